"""System checks of the sending's settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error

from newsletter.delivery.store.lease import SHORTEST, USUAL


def check_lease(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """E004: a lease so short that a moment's pause of the machine would cost a worker its chunk."""
    seconds = getattr(settings, "NEWSLETTER_LEASE", USUAL)
    if isinstance(seconds, int) and seconds >= SHORTEST:
        return []
    return [Error(f"NEWSLETTER_LEASE must be a whole number of seconds, {SHORTEST} at least.", id="newsletter.E004")]
