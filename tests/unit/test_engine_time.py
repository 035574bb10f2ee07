"""Retries and wall clocks: when, exactly."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.engine.retry import EXPIRES_AFTER, backend_retry, next_attempt
from newsletter.engine.time_zones import TimeZoneError, local_instant, zone_of

NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
ZONES = ["Europe/Berlin", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]


def test_the_first_retries_come_soon_and_later_ones_hours_apart() -> None:
    waits = [next_attempt(n, now=NOW, deferred_since=NOW, jitter=0.5) for n in range(1, 9)]
    assert [(at - NOW) // timedelta(minutes=1) for at in waits if at] == [5, 15, 30, 60, 120, 180, 180, 180]


@given(
    st.integers(min_value=0, max_value=10_000),
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=5)),
    st.floats(min_value=0, max_value=1),
)
def test_a_retry_lies_ahead_and_within_48_hours_or_is_given_up(attempts: int, passed: timedelta, jitter: float) -> None:
    at = next_attempt(attempts, now=NOW, deferred_since=NOW - passed, jitter=jitter)
    if passed >= EXPIRES_AFTER:
        assert at is None
    else:
        assert at is not None
        assert NOW < at <= NOW - passed + EXPIRES_AFTER


def test_a_recipient_that_is_deferred_for_ever_is_tried_a_last_time_at_48_hours() -> None:
    now, attempts = NOW, 1
    while (at := next_attempt(attempts, now=now, deferred_since=NOW, jitter=0.5)) is not None:
        now, attempts = at, attempts + 1
    assert now == NOW + timedelta(hours=48)
    assert 15 <= attempts <= 30


def test_recipients_of_one_server_do_not_come_back_all_at_once() -> None:
    early = next_attempt(3, now=NOW, deferred_since=NOW, jitter=0)
    late = next_attempt(3, now=NOW, deferred_since=NOW, jitter=1)
    assert early == NOW + timedelta(minutes=27)
    assert late == NOW + timedelta(minutes=33)


def test_a_backend_that_is_down_is_asked_ever_more_rarely_up_to_ten_minutes() -> None:
    waits = [backend_retry(n, now=NOW, jitter=0.5) - NOW for n in (0, 1, 2, 6, 7, 50, 32_000)]
    assert waits == [timedelta(seconds=s) for s in (5, 10, 20, 320, 600, 600, 600)]


@pytest.mark.parametrize(
    ("wall", "zone", "instant"),
    [
        ("2026-11-23T08:00", "America/New_York", "2026-11-23T13:00"),
        ("2026-03-29T01:59:59", "Europe/Berlin", "2026-03-29T00:59:59"),
        ("2026-03-29T02:00", "Europe/Berlin", "2026-03-29T01:00"),  # the gap: 02:00 to 03:00
        ("2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:00"),
        ("2026-03-29T02:59:59.999999", "Europe/Berlin", "2026-03-29T01:00"),
        ("2026-03-29T03:00", "Europe/Berlin", "2026-03-29T01:00"),
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30"),  # the fold: the first 02:30
        ("2026-10-25T03:00", "Europe/Berlin", "2026-10-25T02:00"),
        ("2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:30"),  # jumps by half an hour
        ("2011-12-30T12:00", "Pacific/Apia", "2011-12-30T10:00"),  # a day that never was
        ("2026-11-23T08:00", "UTC", "2026-11-23T08:00"),
    ],
)
def test_a_wall_time_means_one_instant(wall: str, zone: str, instant: str) -> None:
    assert local_instant(datetime.fromisoformat(wall), zone) == datetime.fromisoformat(instant).replace(tzinfo=UTC)


@given(st.datetimes(min_value=datetime(1975, 1, 1), max_value=datetime(2037, 1, 1)), st.sampled_from(ZONES))  # noqa: DTZ001
def test_clocks_at_the_instant_show_the_wall_time_or_a_later_one(wall: datetime, zone: str) -> None:
    shown = local_instant(wall, zone).astimezone(zone_of(zone)).replace(tzinfo=None)
    assert shown == wall or timedelta(0) < shown - wall <= timedelta(days=1)


@pytest.mark.parametrize("zone", ["", "Nowhere", "../../etc/passwd", "America", "/etc/localtime", "a\0b"])
def test_an_unknown_zone_is_named(zone: str) -> None:
    with pytest.raises(TimeZoneError, match="is not a time zone"):
        local_instant(datetime(2026, 1, 1), zone)  # noqa: DTZ001


def test_an_instant_is_no_wall_time() -> None:
    with pytest.raises(ValueError, match="no zone of its own"):
        local_instant(NOW, "UTC")


@pytest.mark.parametrize(("wall", "zone"), [("0001-01-01", "Asia/Kolkata"), ("9999-12-31T23:59", "America/New_York")])
def test_the_edge_of_the_calendar_is_refused(wall: str, zone: str) -> None:
    with pytest.raises(ValueError, match="calendar"):
        local_instant(datetime.fromisoformat(wall), zone)
