"""The options of the SMTP backend: read strictly, and made into servers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, cast

from django.utils.module_loading import import_string

from newsletter.backends.base import BackendConfigurationError
from newsletter.backends.smtp.login import WAYS
from newsletter.backends.smtp.server import Server, own_name, trust
from newsletter.backends.smtp.terms import Terms

TLS_MODES = ("starttls", "implicit", "none")

#: An access token: a string, a function that gives one, or where that is found.
Token = str | Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayOptions:
    """One relay as the settings describe it; checked when a server is made of it."""

    host: object
    port: object = 587
    user: str = ""
    password: str = ""
    tls: str = "starttls"
    weight: object = 1
    auth: str = ""
    access_token: Token = ""
    ca_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedOptions:
    """What holds for every relay."""

    timeout: float
    message_timeout: float
    window: int
    sign: Callable[[bytes], bytes] | None


def relay_options(given: Sequence[Mapping[str, Any]]) -> list[RelayOptions]:
    """Each entry of `relays`.

    Raises:
        BackendConfigurationError: an entry is no dictionary, or has an option that nobody knows.
    """
    known = {field.name for field in fields(RelayOptions)}
    if isinstance(given, str | Mapping) or not given:
        raise BackendConfigurationError('relays must be a list like [{"host": "mail.example.org", "weight": 1}]')
    for entry in given:
        if not isinstance(entry, Mapping) or "host" not in entry:
            raise BackendConfigurationError("relays: each entry must be a dictionary with a host")
        if unknown := set(entry) - known:
            raise BackendConfigurationError(
                f"relays: nobody knows {', '.join(sorted(map(str, unknown)))}; known are {', '.join(sorted(known))}"
            )
    return [RelayOptions(**entry) for entry in given]


def server(relay: RelayOptions, shared: SharedOptions) -> Server:
    """The server of one relay.

    Raises:
        BackendConfigurationError: an option is out of range; the text names it and repeats no secret.
    """
    if relay.tls not in TLS_MODES:
        raise BackendConfigurationError(f"tls must be one of {', '.join(TLS_MODES)}, not {relay.tls!r}")
    if not isinstance(relay.host, str) or not relay.host:
        raise BackendConfigurationError("host must name the mail server")
    if relay.auth and relay.auth not in WAYS:
        raise BackendConfigurationError(f"auth must be one of {', '.join(sorted(WAYS))}, not {relay.auth!r}")
    if relay.auth == "XOAUTH2" and not relay.access_token:
        raise BackendConfigurationError("auth XOAUTH2 needs an access_token")
    port, weight = in_range("port", relay.port, 1, 65535), in_range("weight", relay.weight, 0, 1000)
    return Server(
        host=relay.host,
        port=int(port),
        weight=int(weight),
        context=None if relay.tls == "none" else trust(relay.ca_file),
        access_token=_token(relay.access_token),
        terms=Terms(
            server=f"{relay.host}:{port}",
            own_name=own_name(),
            tls=relay.tls,
            user=relay.user,
            password=relay.password,
            auth=relay.auth,
            timeout=shared.timeout,
            message_timeout=shared.message_timeout,
            window=shared.window,
            sign=shared.sign,
        ),
    )


def in_range(name: str, value: object, low: float, high: float) -> float:
    """The number.

    Raises:
        BackendConfigurationError: none, or out of range.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise BackendConfigurationError(f"{name} must be a number from {low:g} to {high:g}, not {value!r}")
    return value


def _token(given: Token) -> Callable[[], str] | None:
    """Tokens last an hour or so: what is configured is mostly a function that gets a fresh one."""
    if callable(given):
        return given
    if re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", given, re.ASCII):
        try:
            found = import_string(given)
        except ImportError:
            pass  # dots and letters, but a token
        else:
            if not callable(found):
                raise BackendConfigurationError("access_token names something that can't be called")
            return cast("Callable[[], str]", found)
    return (lambda: given) if given else None
