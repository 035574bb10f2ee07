"""Which worker runs the clock: one row, taken by conditional UPDATE. Two clocks at once do no harm, only work twice."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from newsletter.models import ClockLease

NAME = "clock"

#: Longer than the longest pause between two ticks, so that a living clock is never taken for dead.
CLOCK_LEASE = timedelta(seconds=12)


def take_clock(owner: str, *, now: datetime) -> bool:
    """Become or stay the clock; False while another worker is."""
    free = Q(owner=owner) | Q(owner="") | Q(lease_until__lt=now)
    row = ClockLease.objects.filter(free, name=NAME)
    if row.update(owner=owner, lease_until=now + CLOCK_LEASE):
        return True
    if ClockLease.objects.filter(name=NAME).exists():
        return False
    ClockLease.objects.bulk_create([ClockLease(name=NAME)], ignore_conflicts=True)
    return bool(row.update(owner=owner, lease_until=now + CLOCK_LEASE))


def note_tick(owner: str, *, now: datetime) -> None:
    """The clock has done its round."""
    ClockLease.objects.filter(name=NAME, owner=owner).update(ticked_at=now)


def leave_clock(owner: str) -> None:
    """Let another worker be the clock at once."""
    ClockLease.objects.filter(name=NAME, owner=owner).update(owner="", lease_until=None)
