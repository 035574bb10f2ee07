"""System check of the backends that newsletters name: one may have gone from the settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Warning  # noqa: A004 - Django's own name
from django.db import connections

from newsletter.backends import registry
from newsletter.backends.base import BackendConfigurationError
from newsletter.models import Newsletter

TABLE = "newsletter_newsletter"


def check_chosen_backends(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """W002: a newsletter names a backend that the settings don't have. Django runs it with `--database` and migrate."""
    try:
        known = set(registry.configured())
    except BackendConfigurationError:  # E001 says so
        return []
    found = [newsletter for alias in databases or () for newsletter in _with_others(alias, known)]
    return [
        Warning(
            f"The newsletter “{name}” is mailed by {backend!r}, which NEWSLETTER_BACKENDS doesn't have.",
            hint="Add it again, or choose another one in the newsletter's form. Nothing of it can go out meanwhile.",
            id="newsletter.W002",
        )
        for name, backend in found
    ]


def _with_others(alias: str, known: set[str]) -> list[tuple[str, str]]:
    with connections[alias].cursor() as cursor:
        if TABLE not in connections[alias].introspection.table_names(cursor):  # about to be created
            return []
    return list(Newsletter.objects.using(alias).exclude(backend__in=known).values_list("name", "backend"))
