"""Schedules for tests, and stories that were published at a given instant."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import time_machine
from django.contrib.auth.models import User
from django.utils import timezone

from newsletter.delivery.clock import Clock
from newsletter.models import ComposedInto, Frequency, Issue, Schedule
from tests.factories import make_story

if TYPE_CHECKING:
    from blog.models import StoryIndexPage, StoryPage
    from newsletter.models import Newsletter

#: A Monday, noon in UTC. Schedules of tests are switched on then.
MONDAY = datetime(2026, 1, 5, 12, tzinfo=UTC)
MINUTE, HOUR, DAY, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
#: When the weekly one of tests goes out first: Tuesday, nine in Berlin.
TUESDAY = datetime(2026, 1, 6, 8, tzinfo=UTC)


def make_schedule(newsletter: Newsletter, **fields: Any) -> Schedule:
    """Weekly, Tuesdays at 09:00 in Berlin, into issues that go out by themselves; switched on `MONDAY`."""
    given: dict[str, Any] = {
        "frequency": Frequency.WEEKLY,
        "weekday": 1,
        "time": time(9),
        "time_zone": "Europe/Berlin",
        "composed_into": ComposedInto.CAMPAIGN,
        "active": True,
        "since": MONDAY,
        "timed_from": MONDAY,
    }
    return Schedule.objects.create(newsletter=newsletter, **{**given, **fields})


def publish_at(stories: StoryIndexPage, at: datetime, **fields: Any) -> StoryPage:
    """A story that went live then."""
    with time_machine.travel(at, tick=False):
        return make_story(stories, hero_alt="", **fields)


def tick(at: datetime, owner: str = "worker") -> None:
    """One round of a real clock at that instant."""
    with time_machine.travel(at, tick=False):
        assert Clock(owner).tick(now=timezone.now())


def make_editor(**fields: Any) -> User:
    """Somebody who may do everything; has an address."""
    return User.objects.create_superuser("edda", "edda@example.com", "a long password", **fields)


def outcomes(schedule: Schedule) -> list[str]:
    return list(schedule.runs.order_by("due_at").values_list("outcome", flat=True))


def titles(issue: Issue) -> list[str]:
    return [block.value["story"].title for block in issue.body if block.block_type == "story"]
