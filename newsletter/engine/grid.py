"""The instants that a service starts at: a grid counted in UTC from midnight. Pure arithmetic."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

_DAY = timedelta(days=1)


def is_on(grid: timedelta, at: datetime) -> bool:
    """Whether `at` (aware) is an instant of the grid, to the microsecond."""
    return _before(grid, at) == _in_utc(at)


def next_on(grid: timedelta, at: datetime) -> datetime:
    """The first instant of the grid that is not before `at`, in UTC."""
    before, after = nearest(grid, at)
    return before if before == _in_utc(at) else after


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
    instant = _in_utc(at)
    midnight = _midnight(instant)
    return midnight + (instant - midnight) // grid * grid


def _in_utc(at: datetime) -> datetime:
    """To be compared: a wall time in a gap or a fold equals no instant of another zone (PEP 495)."""
    return at.astimezone(UTC)


def _midnight(at: datetime) -> datetime:
    return datetime.combine(at.date(), time(), tzinfo=UTC)
