"""Whether the machinery runs: for `/readyz` and the admin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError

from newsletter.models import ClockLease

#: A clock that has not ticked for longer is taken for dead; it ticks every few seconds.
LATE_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`worker` is `ticking`, `late` or `never`."""

    database: bool
    worker: str
    last_tick: datetime | None


def last_tick() -> datetime | None:
    """When a worker's clock last did its round; None before the first."""
    return ClockLease.objects.values_list("ticked_at", flat=True).first()


def health(*, now: datetime) -> Health:
    """Never raises: a database that can't be reached is an answer too."""
    try:
        tick = last_tick()
    except DatabaseError:
        return Health(database=False, worker="never", last_tick=None)
    if tick is None:
        return Health(database=True, worker="never", last_tick=None)
    return Health(database=True, worker="late" if now - tick > LATE_AFTER else "ticking", last_tick=tick)
