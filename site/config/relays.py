"""Reads where mail is handed over: one relay or several, each a URL with its encryption and its weight."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, unquote

from config.env import EnvironmentValueError, split_url

TLS_MODES = frozenset({"starttls", "implicit", "none"})
DEFAULT_PORTS = {"starttls": 587, "implicit": 465, "none": 25}


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpAddress:
    """Where mail is handed over. `tls` is one of `starttls`, `implicit`, `none`.

    `others` are further relays, used beside this one by `weight`; 0 is a stand-by for when the others are down.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    tls: str
    weight: int = 1
    others: tuple[SmtpAddress, ...] = ()


def smtp_address(value: str, name: str = "SMTP_URL") -> SmtpAddress:
    """Read `smtp://user:pass@host:port?tls=starttls|implicit|none&weight=1`, or several of them separated by blanks.

    Raises:
        EnvironmentValueError: the value is not of that form. It is never repeated: it may hold a password.
    """
    first, *others = [_one_smtp_address(url, name) for url in value.split(" ") if url] or [_one_smtp_address("", name)]
    return replace(first, others=tuple(others))


def _one_smtp_address(value: str, name: str) -> SmtpAddress:
    example = "smtp://user:password@mail.example.org:587?tls=starttls"
    parts = split_url(name, value, example)
    options = parse_qs(parts.query, keep_blank_values=True)
    tls = options.pop("tls", ["starttls"])[-1]
    weight = options.pop("weight", ["1"])[-1]
    if parts.scheme != "smtp" or not parts.hostname or parts.path not in {"", "/"}:
        raise EnvironmentValueError(f"{name} must be a smtp:// URL with a host. It should look like {example}")
    if "," in parts.hostname:
        raise EnvironmentValueError(f"{name}: several relays are separated by blanks, each like {example}")
    if tls not in TLS_MODES:
        raise EnvironmentValueError(f"{name}: tls must be starttls, implicit or none, like {example}")
    if not re.fullmatch(r"[0-9]{1,3}", weight):
        raise EnvironmentValueError(f"{name}: weight must be a number from 0 to 999, like {example}&weight=3")
    if options:
        raise EnvironmentValueError(
            f"{name} has an option that nobody knows; only tls and weight are read, like {example}"
        )
    return SmtpAddress(
        host=parts.hostname,
        port=parts.port or DEFAULT_PORTS[tls],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=tls,
        weight=int(weight),
    )
