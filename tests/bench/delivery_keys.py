"""Keys of our own to sign with, made once per run."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


@functools.cache
def _file(kind: str) -> str:
    folder = tempfile.mkdtemp(prefix="rounds-bench-keys-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    key = generate_private_key(65537, 2048) if kind == "rsa" else Ed25519PrivateKey.generate()
    file = Path(folder) / f"{kind}.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return str(file)


def signing_options(kind: str) -> dict[str, Any]:
    """The mail backend's options to sign with RSA (`rsa`), or with Ed25519 besides (`both`); none where it is empty."""
    if not kind:
        return {}
    dkim = {"domain": "rounds.example", "selector": "rsa", "key_file": _file("rsa")}
    if kind == "both":
        dkim |= {"ed25519_selector": "ed25519", "ed25519_key_file": _file("ed25519")}
    return {"dkim": dkim}
