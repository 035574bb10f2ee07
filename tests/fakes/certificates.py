"""A certificate for 127.0.0.1 that nobody but the test trusts, made by openssl."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest


def make_certificate(folder: Path, *, name: str = "IP:127.0.0.1") -> Path:
    """A PEM file with key and certificate, valid for one day."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl (apt-get install openssl)")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    names = ["-subj", "/CN=mail.test", "-addext", f"subjectAltName={name}"]
    subprocess.run([openssl, "req", *kind, *files, *names], check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text(key.read_text() + certificate.read_text())
    return both


def server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
