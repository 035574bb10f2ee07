"""Addresses that leave the site: in feeds, mails, canonical links."""

from django.conf import settings


def absolute(path: str) -> str:
    """The address under the configured BASE_URL, never under what a request's Host header claims."""
    return f"{settings.BASE_URL}{path}"
