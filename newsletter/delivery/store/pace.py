"""Limits that all workers keep together: a row for each, moved on by compare-and-swap. The arithmetic is the engine's.

Every function is one or more statements of their own, and may be repeated after a lost answer: what was reserved twice
is not sent, which is on the safe side of a limit. The machines' clocks should agree, as the leases need anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import F

from newsletter.engine import pace
from newsletter.engine.pace import Rate, Reservation
from newsletter.engine.time_zones import TimeZoneError, local_instant, zone_of
from newsletter.engine.warm_up import cap
from newsletter.models import Newsletter, Pace

#: Other workers may be quicker this many times; each time one of them got its share.
_TRIES = 20

#: Rows that nobody has asked for since are of no use.
_KEPT = timedelta(days=3)


def reserve(
    name: str, count: int, per_hour: int | Rate, now: datetime, *, spots: Sequence[datetime] | None = None
) -> Reservation:
    """Permits for up to `count` messages under the limit `name`; see `newsletter.engine.pace.reserve`.

    Whoever shares a name shares the rate. No other worker gets any of them. Fewer are granted, or none, where others
    have reserved what lies ahead.
    """
    rate = per_hour if isinstance(per_hour, Rate) else pace.rate_of(per_hour)
    for _ in range(_TRIES):
        seen = _row(name, now).next_at
        plan = pace.reserve(seen, count=count, rate=rate, now=now, spots=spots)
        if plan.next_at is None or Pace.objects.filter(name=name, next_at=seen).update(next_at=plan.next_at):
            return plan.reservation
    return Reservation(start=now, interval=rate.interval, granted=0)


class Share(NamedTuple):
    """Of one day's messages: `granted` now, `most` on the whole day, which ends at `until`."""

    granted: int
    most: int
    until: datetime


def reserve_today(newsletter: Newsletter, count: int, now: datetime) -> Share | None:
    """Up to `count` of the messages that the newsletter may send today; None where today has no limit.

    A day is one of the newsletter's time zone. Its fields `warms_up_from` and `time_zone` decide.
    """
    if newsletter.warms_up_from is None:
        return None
    zone = _zone(newsletter)
    today = now.astimezone(zone).date()
    most = cap((today - newsletter.warms_up_from).days + 1)
    if most is None:
        return None
    midnight = datetime.combine(today + timedelta(days=1), datetime.min.time())
    until = local_instant(midnight, zone.key)
    for _ in range(_TRIES):
        granted = _grant(f"day:{newsletter.pk}", count, most=most, until=until, now=now)
        if granted is not None:
            return Share(granted=granted, most=most, until=until)
    return Share(granted=0, most=most, until=until)


def give_back_today(newsletter: Newsletter, count: int, now: datetime) -> None:
    """Of what was granted on the day of `now`, so many messages were not sent."""
    if count > 0:
        row = Pace.objects.filter(name=f"day:{newsletter.pk}", next_at__gt=now, reserved__gte=count)
        row.update(reserved=F("reserved") - count)


def forget_paces(now: datetime) -> int:
    """Delete the rows of limits that nobody uses any more; returns how many."""
    return Pace.objects.filter(next_at__lt=now - _KEPT).delete()[0]


def _grant(name: str, count: int, *, most: int, until: datetime, now: datetime) -> int | None:
    """None when another worker was quicker."""
    row = _row(name, now)
    # A day lasts until its own end, also when the newsletter moves to another time zone in the middle of it.
    is_today = now < row.next_at <= now + timedelta(days=2)
    reserved = row.reserved if is_today else 0
    granted = max(min(count, most - reserved), 0)
    if granted == 0 and is_today:
        return 0
    unchanged = Pace.objects.filter(name=name, next_at=row.next_at, reserved=row.reserved)
    changed = unchanged.update(next_at=row.next_at if is_today else until, reserved=reserved + granted)
    return granted if changed else None


def _row(name: str, now: datetime) -> Pace:
    """The row as it is; made where nobody has asked before, so that those who ask at once meet on it."""
    row = Pace.objects.filter(name=name).first()
    if row is None:
        Pace.objects.bulk_create([Pace(name=name, next_at=now)], ignore_conflicts=True)
        row = Pace.objects.get(name=name)
    return row


def _zone(newsletter: Newsletter) -> ZoneInfo:
    try:
        return zone_of(newsletter.time_zone)
    except TimeZoneError:  # a zone that the system no longer knows must not stop the sending
        return ZoneInfo("UTC")
