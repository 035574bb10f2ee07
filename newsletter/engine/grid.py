"""The instants that a service starts at: a grid counted in UTC from midnight. Pure arithmetic."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

_DAY = timedelta(days=1)


def is_on(grid: timedelta, at: datetime) -> bool:
    """Whether `at` (aware) is an instant of the grid, to the microsecond."""
    return _before(grid, at) == at


def next_on(grid: timedelta, at: datetime) -> datetime:
    """The first instant of the grid that is not before `at`, in UTC."""
    before, after = nearest(grid, at)
    return before if before == at else after


def nearest(grid: timedelta, at: datetime) -> tuple[datetime, datetime]:
    """The last instant of the grid that is not later than `at`, and the first one after that, in UTC."""
    before = _before(grid, at)
    return before, min(before + grid, _midnight(before) + _DAY)


def _before(grid: timedelta, at: datetime) -> datetime:
    """
    Raises:
        ValueError: the grid is no stretch of a day, or `at` has no zone.
    """
    if not timedelta(0) < grid <= _DAY:
        raise ValueError("a grid is longer than nothing and no longer than a day")
    if at.tzinfo is None:
        raise ValueError("a wall time is on no grid: it needs a zone")
    midnight = _midnight(at.astimezone(UTC))
    return midnight + (at - midnight) // grid * grid


def _midnight(at: datetime) -> datetime:
    return datetime.combine(at.date(), time(), tzinfo=UTC)
