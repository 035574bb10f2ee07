"""System checks of NEWSLETTER_BACKENDS: a mistake is found at the start, not when the first campaign comes due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's own name

from newsletter.backends import registry
from newsletter.backends.base import BackendConfigurationError

_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


def check_backends(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """E001: the setting; E002: no `default`; E003: an entry; W001: a password that would travel in the clear."""
    try:
        entries = registry.configured()
    except BackendConfigurationError as error:
        return [Error(f"{error}.", id="newsletter.E001")]
    return [*_default(entries), *_each(entries)]


def _default(entries: Mapping[str, Any]) -> Iterator[CheckMessage]:
    if "default" not in entries:
        yield Error(
            "NEWSLETTER_BACKENDS has no backend 'default'.",
            hint="Single mails (confirmations, test sends) and new newsletters use it.",
            id="newsletter.E002",
        )


def _each(entries: Mapping[str, Any]) -> Iterator[CheckMessage]:
    for name, entry in entries.items():
        try:
            registry.build(name, entry)
        except BackendConfigurationError as error:
            yield Error(f"{error}.", id="newsletter.E003")
            continue
        options = entry.get("OPTIONS", {})
        if any(map(_shows_its_password, (options, *options.get("relays", ())))):
            yield Warning(
                f"NEWSLETTER_BACKENDS[{name!r}] sends its password without encryption.",
                hint="Use tls=starttls or tls=implicit in SMTP_URL.",
                id="newsletter.W001",
            )


def _shows_its_password(relay: Mapping[str, Any]) -> bool:
    is_elsewhere = relay.get("host") not in _THIS_MACHINE
    return relay.get("tls") == "none" and bool(relay.get("password")) and is_elsewhere
