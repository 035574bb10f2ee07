"""The time as it goes on while something is asked: what is written down as asked was not asked when the turn began."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

Clock = Callable[[], datetime]


def clock_from(now: datetime) -> Clock:
    """A clock that shows `now`, and goes on from there."""
    started = monotonic()
    return lambda: now + timedelta(seconds=monotonic() - started)
