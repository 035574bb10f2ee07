"""When a rule comes due, in any zone: every week, in one week of a month, and after some quiet."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.engine.recurrence import LAST, MOST_QUIETS, Recurrence, joined
from newsletter.engine.time_zones import TimeZoneError

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour of summer time
    "America/St_Johns",
    "Asia/Kathmandu",
    "Pacific/Apia",  # a whole day was skipped in 2011
    "Pacific/Kiritimati",
    "UTC",
)
moments = st.datetimes(min_value=datetime(2005, 1, 1), max_value=datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
weekly = st.builds(
    Recurrence,
    weekday=st.integers(0, 6),
    time=st.times().map(lambda found: found.replace(microsecond=0)),
    zone=st.sampled_from(ZONES),
)
monthly = st.builds(
    Recurrence,
    weekday=st.integers(0, 6),
    time=st.times().map(lambda found: found.replace(second=0, microsecond=0)),
    zone=st.sampled_from(ZONES),
    week=st.integers(1, LAST),
)


def first(rule: Recurrence, after: datetime, count: int = 1) -> list[datetime]:
    return list(islice(rule.instants(after=after), count))


def skips(zone: str, day: date) -> bool:
    """Whether clocks are put forward or back on that day or the one before."""
    offsets = {
        datetime.combine(day + timedelta(days=shift), time(), tzinfo=ZoneInfo(zone)).utcoffset() for shift in (-1, 0, 1)
    }
    return len(offsets) > 1


@given(weekly | monthly, moments)
def test_instants_come_later_than_asked_and_in_their_order(rule: Recurrence, after: datetime) -> None:
    found = first(rule, after, 20)
    assert found[0] > after
    assert found == sorted(set(found))


@given(weekly | monthly, moments)
def test_asking_again_after_an_instant_goes_on_where_it_stopped(rule: Recurrence, after: datetime) -> None:
    one, two, three = first(rule, after, 3)
    assert first(rule, one, 2) == [two, three]
    assert first(rule, one - timedelta(seconds=1)) == [one]


@given(weekly, moments)
def test_a_weekly_one_shows_its_weekday_and_time_on_the_clocks_of_its_zone(rule: Recurrence, after: datetime) -> None:
    for instant in first(rule, after, 60):
        local = instant.astimezone(ZoneInfo(rule.zone))
        if not skips(rule.zone, local.date()):
            assert (local.weekday(), local.time()) == (rule.weekday, rule.time)


@given(weekly, moments)
def test_no_week_is_left_out(rule: Recurrence, after: datetime) -> None:
    found = [after, *first(rule, after, 60)]
    for one, two in pairwise(found):
        assert two - one <= timedelta(days=8, hours=2)


@given(monthly, moments)
def test_a_monthly_one_comes_once_in_each_month_in_its_week(rule: Recurrence, after: datetime) -> None:
    days = [instant.astimezone(ZoneInfo(rule.zone)).date() for instant in first(rule, after, 30)]
    for day in days:
        if skips(rule.zone, day):
            continue
        number = (day.day - 1) // 7 + 1
        assert day.weekday() == rule.weekday
        last = day.day + 7 > calendar.monthrange(day.year, day.month)[1]
        assert last if rule.week == LAST else number == rule.week
    months = [day.year * 12 + day.month for day in days]
    assert months == list(range(months[0], months[0] + 30))


@pytest.mark.parametrize(
    ("zone", "day", "wall", "utc"),
    [
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), "2026-03-29T01:00:00+00:00"),  # 02:00 becomes 03:00
        ("Europe/Berlin", date(2026, 10, 25), time(2, 30), "2026-10-25T00:30:00+00:00"),  # twice: the first
        ("America/New_York", date(2026, 3, 8), time(2, 15), "2026-03-08T07:00:00+00:00"),
        ("America/New_York", date(2026, 11, 1), time(1, 15), "2026-11-01T05:15:00+00:00"),
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 10), "2026-10-03T15:30:00+00:00"),  # 02:00, 02:30
        ("Australia/Lord_Howe", date(2026, 4, 5), time(1, 45), "2026-04-04T14:45:00+00:00"),
    ],
)
def test_in_a_gap_it_comes_at_its_end_and_in_a_fold_the_first_time(zone: str, day: date, wall: time, utc: str) -> None:
    rule = Recurrence(weekday=day.weekday(), time=wall, zone=zone)
    assert first(rule, datetime.combine(day, time(), tzinfo=UTC) - timedelta(days=3))[0].isoformat() == utc


def test_the_fifth_is_the_last_one_also_of_a_month_with_four() -> None:
    rule = Recurrence(weekday=1, time=time(9), zone="UTC", week=LAST)
    found = first(rule, datetime(2026, 1, 1, tzinfo=UTC), 3)
    assert [instant.day for instant in found] == [27, 24, 31]


def test_a_calendar_that_ends_ends_the_rule_and_does_not_break_it() -> None:
    for week in (None, LAST):
        rule = Recurrence(weekday=1, time=time(9), zone="Pacific/Kiritimati", week=week)
        found = first(rule, datetime(9999, 11, 1, tzinfo=UTC), 99)
        assert found
        assert len(found) < 10
        assert first(rule, datetime(1, 1, 1, tzinfo=UTC))[0].year == 1


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(TimeZoneError, match="Nowhere"):
        first(Recurrence(weekday=1, time=time(9), zone="Nowhere"), datetime(2026, 1, 1, tzinfo=UTC))


QUIET = timedelta(minutes=30)
releases = st.lists(st.datetimes(timezones=st.just(UTC)).filter(lambda at: at.year < 9000), min_size=1, max_size=12)
close = st.builds(
    lambda begin, minutes: [begin + timedelta(minutes=found) for found in minutes],
    moments,
    st.lists(st.integers(0, 200), min_size=1, max_size=12),
)


@given(releases | close)
def test_a_story_waits_for_its_quiet_and_never_longer_than_four_of_them(found: list[datetime]) -> None:
    due = joined(found, quiet=QUIET)
    assert min(found) + QUIET <= due <= min(found) + MOST_QUIETS * QUIET
    taken = [at for at in found if at <= due]
    assert due == min(max(taken) + QUIET, min(found) + MOST_QUIETS * QUIET)


@given(close, st.integers(1, 12))
def test_what_comes_later_does_not_change_when_the_first_ones_were_due(found: list[datetime], later: int) -> None:
    due = joined(found, quiet=QUIET)
    assert joined([*found, due + timedelta(minutes=later)], quiet=QUIET) == due


def test_stories_published_close_together_are_joined() -> None:
    noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
    at = [noon + timedelta(minutes=minutes) for minutes in (0, 20, 45, 200)]
    assert joined(at, quiet=QUIET) == noon + timedelta(minutes=75)
    crowd = [noon + timedelta(minutes=minutes) for minutes in range(0, 300, 5)]
    assert joined(crowd, quiet=QUIET) == noon + timedelta(minutes=120)
    assert joined([noon], quiet=timedelta()) == noon
