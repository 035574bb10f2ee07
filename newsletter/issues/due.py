"""When a schedule comes due next, and when what goes out then is composed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from newsletter.engine.recurrence import Recurrence, joined
from newsletter.issues.new_for_readers import waiting_stories
from newsletter.issues.starts import earliest, grid_of
from newsletter.models import ComposedInto, Frequency, RunOutcome

if TYPE_CHECKING:
    from newsletter.models import Schedule, ScheduleRun

#: Runs that made no issue: what was there then waits for a story that comes later.
MADE_NOTHING = (RunOutcome.NOTHING_NEW, RunOutcome.TOO_FEW, RunOutcome.MISSED)
#: More than follow each other closely: what comes after them is another issue's.
_ENOUGH = 200
_SHORTEST_PAUSE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """`at` is the instant that the rule names, `compose_at` when its issue is made, so that people can look at it."""

    at: datetime
    compose_at: datetime


def next_due(schedule: Schedule) -> Due | None:
    """What it did not do yet, in the past or to come; None while nothing is planned: no story waits for its quiet.

    Raises:
        TimeZoneError: its zone is unknown.
    """
    last = schedule.runs.order_by("-due_at").first()
    if schedule.frequency == Frequency.EACH_STORY:
        at = _after_quiet(schedule, last)
        return None if at is None else Due(at=at, compose_at=at)
    after = max(schedule.timed_from, last.due_at) if last else schedule.timed_from
    at = next(instants(schedule, after=after), None)
    return None if at is None else Due(at=at, compose_at=at - ahead(schedule))


def instants(schedule: Schedule, *, after: datetime) -> Iterator[datetime]:
    """The instants of a weekly or monthly one.

    Raises:
        TimeZoneError: its zone is unknown.
    """
    monthly = schedule.frequency == Frequency.MONTHLY
    rule = Recurrence(
        weekday=schedule.weekday,
        time=schedule.time,
        zone=schedule.time_zone,
        week=schedule.week if monthly else None,
    )
    return rule.instants(after=after)


def ahead(schedule: Schedule) -> timedelta:
    """How long before its time an issue is composed: to approve it, or to call it back."""
    if schedule.composed_into == ComposedInto.DRAFT:
        return timedelta(hours=schedule.lead_hours)
    return timedelta(minutes=schedule.newsletter.hold_minutes)


def goes_out_at(schedule: Schedule, due: Due, *, now: datetime) -> datetime:
    """When a campaign composed now goes out: at its instant, or late by the time that is left to call it back, and
    then at an instant that its backend starts at.
    """
    if schedule.frequency != Frequency.EACH_STORY and now <= due.at:
        return due.at
    if grid_of(schedule.newsletter):
        return earliest(schedule.newsletter, now)
    return now + timedelta(minutes=schedule.newsletter.hold_minutes)


def _after_quiet(schedule: Schedule, last: ScheduleRun | None) -> datetime | None:
    waiting = waiting_stories(schedule)
    if last is not None and last.outcome in MADE_NOTHING:
        waiting = waiting.filter(released_at__gt=last.covers_until)
    releases: list[datetime] = list(waiting.values_list("released_at", flat=True)[:_ENOUGH])
    if not releases:
        return None
    quiet = timedelta(minutes=schedule.quiet_minutes)
    at = joined(releases, quiet=quiet)
    return at if last is None else max(at, last.due_at + max(quiet, _SHORTEST_PAUSE))
