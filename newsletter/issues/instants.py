"""Instants as an operator types them."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils.translation import gettext as _

from newsletter.engine.time_zones import TimeZoneError, local_instant
from newsletter.issues.errors import IssueError


class InstantError(IssueError):
    """The text names no instant."""


def read_instant(text: str, *, zone: str, now: datetime) -> datetime:
    """`now`, or an ISO 8601 date with a time; without an offset it is a wall time in `zone`.

    Raises:
        InstantError: neither, or an unknown zone.
    """
    if text.strip().lower() == "now":
        return now
    complaint = _("%(text)s is no instant. Write it as 2026-03-01T09:00, or with its offset, or say now.") % {
        "text": f"{text[:40]!r}"
    }
    if not any(mark in text for mark in "T "):
        raise InstantError(complaint)
    try:
        read = datetime.fromisoformat(text.strip())
        return local_instant(read, zone) if read.tzinfo is None else read.astimezone(UTC)
    except TimeZoneError as error:
        raise InstantError(str(error)) from error
    except (ValueError, OverflowError) as error:
        raise InstantError(complaint) from error
