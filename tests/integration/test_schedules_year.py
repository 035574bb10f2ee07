"""A year of schedules in zones whose clocks change: each instant once, through the clock itself."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import time_machine

from blog.models import StoryPage
from newsletter.delivery import clock as clock_module
from newsletter.delivery.clock import Clock
from newsletter.models import Campaign, ComposedInto, Issue, ScheduledStory, StoryRelease
from tests.factories_schedules import DAY, HOUR, MINUTE, make_schedule

if TYPE_CHECKING:
    from blog.models import StoryIndexPage
    from newsletter.models import Newsletter

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
#: A zone, a wall time that clocks skip and show twice, and the two instants that count then.
ZONES = {
    "Europe/Berlin": (time(2, 30), "2026-03-29T01:00", "2026-10-25T00:30"),
    "America/New_York": (time(1, 30), "", "2026-11-01T05:30"),
    "Australia/Lord_Howe": (time(2, 15), "2026-10-03T15:30", ""),
}


@pytest.fixture(autouse=True)
def _seldom_purged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A year has many rounds, and what they purge is no part of this."""
    monkeypatch.setattr(clock_module, "_PURGE_EVERY", timedelta(days=99))


def released(stories: StoryIndexPage, at: datetime, title: str) -> StoryPage:
    """A story that is live and new, without the editorial check's second for each."""
    story: StoryPage = stories.add_child(instance=StoryPage(title=title, slug=f"at-{at:%Y%m%d%H%M}", live=True))
    StoryRelease.objects.create(story=story, released_at=at)
    return story


def shown(zone: str, wall: time, weekday: int) -> list[datetime]:
    """Every instant of the year at which a clock in the zone shows it on that weekday, the first of two: looked up
    minute by minute.
    """
    found: dict[object, datetime] = {}
    at = BEGIN + MINUTE
    while at < END:
        local = at.astimezone(ZoneInfo(zone))
        if local.weekday() != weekday:
            at += 3 * HOUR if (local + 4 * HOUR).weekday() != weekday else 15 * MINUTE
            continue
        if local.time() == wall:
            found.setdefault(local.date(), at)
        at += MINUTE
    return list(found.values())


def instant(text: str) -> list[datetime]:
    return [datetime.fromisoformat(text).replace(tzinfo=UTC)] if text else []


@pytest.mark.parametrize("zone", ZONES)
def test_a_year_of_weekly_digests_at_the_hour_that_changes(
    zone: str, newsletter: Newsletter, stories: StoryIndexPage
) -> None:
    wall, in_gap, in_fold = ZONES[zone]
    planned = sorted([*shown(zone, wall, 6), *instant(in_gap)])
    assert len(planned) == 52
    assert set(instant(in_fold)) <= set(planned)
    schedule = make_schedule(newsletter, weekday=6, time=wall, time_zone=zone, since=BEGIN - HOUR, timed_from=BEGIN)
    new = {at - 2 * HOUR: f"Week {number}" for number, at in enumerate(planned)}
    close = {at + shift for at in planned for shift in (-2 * HOUR, -10 * MINUTE, 0 * MINUTE, HOUR)}
    clock = Clock("worker")
    for now in sorted({*close, *(BEGIN + number * DAY for number in range(365))}):
        with time_machine.travel(now, tick=False):
            if now in new:
                released(stories, now, new[now])
            assert clock.tick(now=now)
    campaigns = list(Campaign.objects.order_by("scheduled_at"))
    assert [campaign.scheduled_at for campaign in campaigns] == planned
    assert {campaign.state for campaign in campaigns} == {"sent"}
    assert [issue.subject for issue in Issue.objects.order_by("pk")] == [f"Week {number}" for number in range(52)]
    assert list(schedule.runs.order_by("due_at").values_list("due_at", "outcome")) == [
        (at, "scheduled") for at in planned
    ]
    assert ScheduledStory.objects.count() == 52


@pytest.mark.parametrize("zone", ZONES)
def test_a_year_of_monthly_drafts_on_the_last_sunday(
    zone: str, newsletter: Newsletter, stories: StoryIndexPage
) -> None:
    schedule = make_schedule(
        newsletter,
        frequency="monthly",
        week=5,
        weekday=6,
        time_zone=zone,
        time=time(9),
        composed_into=ComposedInto.DRAFT,
        lead_hours=48,
        since=BEGIN - HOUR,
        timed_from=BEGIN,
    )
    clock = Clock("worker")
    for now in (BEGIN + number * 24 * HOUR for number in range(365)):
        with time_machine.travel(now, tick=False):
            if now.day == 1:
                released(stories, now, f"Month {now.month}")
            assert clock.tick(now=now)
    runs = list(schedule.runs.order_by("due_at"))
    local = [run.due_at.astimezone(ZoneInfo(zone)) for run in runs]
    assert [at.month for at in local] == list(range(1, 13))
    assert {(at.hour, at.minute, at.weekday()) for at in local} == {(9, 0, 6)}
    assert all((at + 7 * DAY).month != at.month for at in local)
    assert {run.outcome for run in runs} == {"drafted"}
    assert all(timedelta() <= run.made_at - (run.due_at - 48 * HOUR) < DAY for run in runs)
    assert [run.issue.subject for run in runs if run.issue] == [f"Month {number}" for number in range(1, 13)]
