"""Two clocks at once, in real threads, on a database where two writers meet row by row."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from newsletter.delivery import halt, scheduled_runs
from newsletter.issues.due import next_due
from newsletter.models import Campaign, Issue, OutgoingMail, Schedule, ScheduledStory, ScheduleRun
from tests.factories_delivery import make_sending_campaign
from tests.factories_schedules import HOUR, MINUTE, MONDAY, TUESDAY, make_editor, make_schedule, publish_at

if TYPE_CHECKING:
    from blog.models import StoryIndexPage
    from newsletter.issues.due import Due
    from newsletter.models import Newsletter

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
CLOCKS = 4


def at_once(act: Any) -> list[Any]:
    def alone(_: int) -> Any:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(CLOCKS) as threads:
        return list(threads.map(alone, range(CLOCKS)))


@pytest.mark.parametrize("composed_into", ["campaign", "draft"])
def test_clocks_at_once_compose_once(
    newsletter: Newsletter, stories: StoryIndexPage, composed_into: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_editor()
    schedule = make_schedule(newsletter, composed_into=composed_into)
    for _ in range(3):
        publish_at(stories, MONDAY + HOUR)
    ready = Barrier(CLOCKS)
    looked: dict[int, int] = {}

    def look_together(schedule: Schedule) -> Due | None:
        """Every clock has found that it is due before any of them takes the lock."""
        import threading

        due = next_due(schedule)
        mine = threading.get_ident()
        looked[mine] = looked.get(mine, 0) + 1
        if looked[mine] == 1:
            ready.wait(timeout=30)
        return due

    monkeypatch.setattr(scheduled_runs, "next_due", look_together)
    runs = at_once(lambda: scheduled_runs.run_due(TUESDAY - 5 * MINUTE))
    assert sorted(runs) == [0, 0, 0, 1]
    assert ScheduleRun.objects.get().schedule == schedule
    assert Issue.objects.count() == 1
    assert Campaign.objects.count() == (composed_into == "campaign")
    assert OutgoingMail.objects.count() == (composed_into == "draft")
    assert ScheduledStory.objects.count() == 3


def test_a_story_published_while_another_is_composed_is_not_lost(
    newsletter: Newsletter, stories: StoryIndexPage
) -> None:
    """What was committed late was released before what was taken: no instant would tell it from what is done."""
    schedule = make_schedule(newsletter)
    late = publish_at(stories, MONDAY + HOUR, live=False)
    publish_at(stories, MONDAY + 2 * HOUR)
    assert scheduled_runs.run_due(TUESDAY - 5 * MINUTE) == 1
    from newsletter.models import StoryRelease
    from tests.factories import publish

    publish(late)
    StoryRelease.objects.filter(story=late).update(released_at=MONDAY + HOUR)
    assert scheduled_runs.run_due(TUESDAY + 7 * 24 * HOUR) == 1
    assert set(schedule.had_their_turn.values_list("story_id", flat=True)) >= {late.pk}


def test_halting_at_once_pauses_each_campaign_once_and_remembers_it(newsletter: Newsletter) -> None:
    campaigns = [make_sending_campaign(newsletter) for _ in range(3)]
    Campaign.objects.update(state="sending")
    found = at_once(lambda: halt.halt(reason="Wrong list", now=TUESDAY))
    assert {one.reason for one in found} == {"Wrong list"}
    assert set(Campaign.objects.values_list("state", flat=True)) == {"paused"}
    ended = at_once(lambda: halt.go_on(now=TUESDAY))
    assert [sorted(one) for one in ended if one is not None] == [sorted(one.pk for one in campaigns)]
    assert set(Campaign.objects.values_list("state", flat=True)) == {"sending"}
