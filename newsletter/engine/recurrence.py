"""When a rule comes due: the instants of "every Tuesday at nine" and of "the first Monday of a month", and quiet."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from newsletter.engine.time_zones import local_instant, zone_of

LAST = 5
_DAY = timedelta(days=1)
#: A day's wall time is never further than this from the same time in UTC.
_FURTHEST_OFFSET = 2 * _DAY
#: For so many times its quiet a story waits at most, however many others follow it closely.
MOST_QUIETS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """A weekday and a time in a zone: every week, or in one week of each month.

    `weekday` counts from Monday, 0. `week` is 1 to 4 for that one of the month, `LAST` for its last, None for each
    week.
    """

    weekday: int
    time: time
    zone: str
    week: int | None = None

    def instants(self, *, after: datetime) -> Iterator[datetime]:
        """Its instants (UTC) later than `after`, in their order, without end but for the calendar's.

        A wall time that clocks skip on that day becomes the end of the gap; of one that they show twice the first
        counts.

        Raises:
            TimeZoneError: unknown zone.
        """
        zone_of(self.zone)
        for day in self._days(_early(after)):
            try:
                instant = local_instant(datetime.combine(day, self.time), self.zone)
            except ValueError:  # the calendar ends, or has just begun
                continue
            if instant > after:
                yield instant

    def _days(self, first: date) -> Iterator[date]:
        return _weekly(first, self.weekday) if self.week is None else _monthly(first, self.weekday, self.week)


def joined(releases: Iterable[datetime], *, quiet: timedelta) -> datetime:
    """When a story goes out that waits for others: `quiet` after the last one of those that follow each other closely,
    and at the latest `MOST_QUIETS` times that after the first.

    Args:
        releases: at least one; those that came later than this instant are the next one's.
    """
    ordered = sorted(releases)
    first, ends = ordered[0], ordered[0] + quiet
    for released in ordered[1:]:
        if released > ends:
            break
        ends = min(released + quiet, first + MOST_QUIETS * quiet)
    return ends


def _early(after: datetime) -> date:
    try:
        return (after.astimezone(UTC) - _FURTHEST_OFFSET).date()
    except OverflowError:
        return date.min


def _weekly(first: date, weekday: int) -> Iterator[date]:
    try:
        day = first + (weekday - first.weekday()) % 7 * _DAY
        while True:
            yield day
            day += 7 * _DAY
    except OverflowError:
        return


def _monthly(first: date, weekday: int, week: int) -> Iterator[date]:
    year, month = first.year, first.month
    while year <= date.max.year:
        yield _in_month(year, month, weekday, week)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def _in_month(year: int, month: int, weekday: int, week: int) -> date:
    first_weekday, length = monthrange(year, month)
    number = 1 + (weekday - first_weekday) % 7 + (week - 1) * 7
    return date(year, month, number if number <= length else number - 7)
