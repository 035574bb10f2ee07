"""Instants as Mailchimp reads them. The client writes none: a datetime in a body is an error to it."""

from __future__ import annotations

from datetime import UTC, datetime

#: Mailchimp starts scheduled campaigns at :00, :15, :30 and :45.
QUARTER = 15


def written(at: datetime) -> str:
    """In UTC, whole seconds.

    Raises:
        ValueError: it has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(UTC).isoformat(timespec="seconds")


def on_the_quarter(at: datetime) -> str:
    """Raises:
    ValueError: it lies beside the quarters of an hour, or has no time zone.
    """
    text = written(at)
    there = at.astimezone(UTC)
    if there.minute % QUARTER or there.second or there.microsecond:
        raise ValueError("Mailchimp starts campaigns on the quarters of an hour only")
    return text
