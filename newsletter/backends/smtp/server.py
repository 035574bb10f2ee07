"""A relay as the operator describes it: where it is, how to get in, and how it is trusted."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.backends.base import BackendConfigurationError
from newsletter.backends.smtp.terms import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """`context` is None exactly when nothing is encrypted. `access_token` is asked before each connection."""

    host: str
    port: int
    weight: int
    context: ssl.SSLContext | None
    terms: Terms
    access_token: Callable[[], str] | None = field(default=None, repr=False)


def trust(ca_file: str) -> ssl.SSLContext:
    """Verifies the chain and the host's name; TLS 1.2 at least.

    Raises:
        BackendConfigurationError: the file holds no certificates.
    """
    if ca_file and not Path(ca_file).is_file():
        raise BackendConfigurationError(f"ca_file: there is no file {ca_file}")
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
    except ssl.SSLError:
        raise BackendConfigurationError(f"ca_file: {ca_file} holds no certificates in PEM form") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def own_name() -> str:
    """What we say in EHLO: a host's name, or the address literal that RFC 5321 section 4.1.4 wants without one."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"
