"""The instants that a service starts at: which are on the grid, and which lie next to one that is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.engine.grid import is_on, nearest, next_on

QUARTER = timedelta(minutes=15)
ZONES = ("UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Monrovia")
moments = st.datetimes(
    min_value=datetime(1960, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from(ZONES).map(ZoneInfo),
)
#: Also some that no hour and no day is a multiple of.
grids = st.sampled_from([1, 7, 15, 50, 60, 24 * 60]).map(lambda minutes: timedelta(minutes=minutes))


def day_of(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@given(at=moments, grid=grids)
def test_any_instant_lies_between_its_two_neighbours_or_is_the_first_of_them(at: datetime, grid: timedelta) -> None:
    before, after = nearest(grid, at)

    assert before <= at.astimezone(UTC) < after
    assert after - before <= grid
    assert is_on(grid, before)
    assert is_on(grid, after)
    assert is_on(grid, at) == (before == at.astimezone(UTC))


@given(at=moments, grid=grids)
def test_neighbours_are_counted_in_utc_from_midnight(at: datetime, grid: timedelta) -> None:
    for found in nearest(grid, at):
        assert found.tzinfo is UTC
        assert (found - day_of(found)) % grid == timedelta(0)


@given(at=moments, grid=grids)
def test_the_next_one_is_the_instant_itself_where_that_is_on_the_grid(at: datetime, grid: timedelta) -> None:
    found, instant = next_on(grid, at), at.astimezone(UTC)

    assert instant <= found < instant + grid
    assert is_on(grid, found)
    assert next_on(grid, found) == found


def test_a_wall_time_in_a_gap_or_a_fold_is_on_the_grid_where_its_instant_is() -> None:
    zone = ZoneInfo("America/St_Johns")
    for at in (datetime(1963, 4, 28, 2, 0, tzinfo=zone), datetime(2026, 11, 1, 1, 30, tzinfo=zone)):
        assert is_on(QUARTER, at)
        assert next_on(QUARTER, at) == at.astimezone(UTC)


@given(at=moments)
def test_no_instant_between_two_quarters_is_one(at: datetime) -> None:
    before, after = nearest(QUARTER, at)

    assert after - before == QUARTER
    assert not is_on(QUARTER, before + timedelta(microseconds=1))
    assert not is_on(QUARTER, after - timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("wall", "zone"),
    [("2026-03-01T09:00", "Asia/Kathmandu"), ("2026-03-01T09:30", "Asia/Kolkata"), ("2026-03-01T09:15", "UTC")],
)
def test_quarters_of_zones_with_odd_offsets_are_on_the_grid(wall: str, zone: str) -> None:
    assert is_on(QUARTER, datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone)))


def test_quarters_of_a_zone_off_by_less_are_not() -> None:
    at = datetime(1970, 1, 1, 9, 0, tzinfo=ZoneInfo("Africa/Monrovia"))  # was 44 minutes and 30 seconds behind

    assert not is_on(QUARTER, at)
    assert nearest(QUARTER, at)[0] == datetime(1970, 1, 1, 9, 30, tzinfo=UTC)


def test_a_wall_time_is_on_no_grid() -> None:
    with pytest.raises(ValueError, match="needs a zone"):
        is_on(QUARTER, datetime(2026, 3, 1, 9))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize("grid", [timedelta(0), timedelta(minutes=-15), timedelta(days=2)])
def test_a_grid_is_a_stretch_of_a_day(grid: timedelta) -> None:
    with pytest.raises(ValueError, match="a grid is"):
        nearest(grid, datetime(2026, 3, 1, tzinfo=UTC))
