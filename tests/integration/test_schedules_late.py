"""Schedules, run by the clock: each story after its quiet, what comes too late, and what fails."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from newsletter.delivery import agenda, scheduled_runs
from newsletter.models import (
    Campaign,
    Issue,
    RunOutcome,
    Schedule,
)
from tests.factories_schedules import (
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    TUESDAY,
    WEEK,
    make_schedule,
    outcomes,
    publish_at,
    tick,
    titles,
)

if TYPE_CHECKING:
    from blog.models import StoryIndexPage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db


def only_campaign() -> Campaign:
    return Campaign.objects.get()


class TestLate:
    def test_a_run_that_no_worker_saw_is_noted_and_its_stories_come_with_the_next_one(
        self, newsletter: Newsletter, stories: StoryIndexPage
    ) -> None:
        schedule = make_schedule(newsletter)
        publish_at(stories, MONDAY + HOUR, title="Sleep")
        tick(TUESDAY + 2 * WEEK + 7 * HOUR)
        assert outcomes(schedule) == [RunOutcome.MISSED] * 3
        assert not Issue.objects.exists()
        assert "7 hours late" in schedule.runs.order_by("-due_at")[0].detail
        tick(TUESDAY + 3 * WEEK)
        assert titles(Issue.objects.get()) == ["Sleep"]

    def test_one_that_is_switched_off_does_nothing(self, newsletter: Newsletter, stories: StoryIndexPage) -> None:
        schedule = make_schedule(newsletter, active=False)
        publish_at(stories, MONDAY + HOUR)
        tick(TUESDAY)
        assert outcomes(schedule) == []
        assert agenda.next_due(now=TUESDAY) is None

    def test_one_that_fails_keeps_no_other_waiting_is_shown_and_is_tried_again(
        self, newsletter: Newsletter, stories: StoryIndexPage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from newsletter.issues import digest

        broken = make_schedule(newsletter, frequency="weekly")
        fine = make_schedule(newsletter, frequency="monthly", week=1)
        publish_at(stories, MONDAY + HOUR)
        really = digest.run

        def run(schedule: Schedule, due: object, *, now: datetime) -> object:
            if schedule.pk == broken.pk:
                raise ValueError("nobody thought of this")
            return really(schedule, due, now=now)  # type: ignore[arg-type]

        monkeypatch.setattr(digest, "run", run)
        tick(TUESDAY)
        broken.refresh_from_db()
        assert outcomes(fine) == [RunOutcome.SCHEDULED]
        assert (broken.failure, broken.failing_since) == ("ValueError: nobody thought of this", TUESDAY)
        assert agenda.next_due(now=TUESDAY + MINUTE) == broken.retry_at == TUESDAY + scheduled_runs.TRY_AGAIN_AFTER
        monkeypatch.setattr(digest, "run", really)
        tick(TUESDAY + MINUTE)
        assert outcomes(broken) == []
        tick(TUESDAY + 6 * MINUTE)
        broken.refresh_from_db()
        assert outcomes(broken) == [RunOutcome.SCHEDULED]
        assert (broken.failure, broken.failing_since, broken.retry_at) == ("", None, None)

    def test_a_zone_that_nobody_knows_is_shown(self, newsletter: Newsletter) -> None:
        schedule = make_schedule(newsletter, time_zone="Mars/Olympus")
        tick(TUESDAY)
        schedule.refresh_from_db()
        assert "Mars/Olympus" in schedule.failure
        assert agenda.next_due(now=TUESDAY) == schedule.retry_at


class TestEachStory:
    def test_it_waits_for_quiet_and_takes_along_what_is_published_close_to_it(
        self, newsletter: Newsletter, stories: StoryIndexPage
    ) -> None:
        schedule = make_schedule(newsletter, frequency="each_story", quiet_minutes=30)
        publish_at(stories, MONDAY + HOUR, title="One")
        assert agenda.next_due(now=MONDAY + HOUR) == MONDAY + HOUR + 30 * MINUTE
        tick(MONDAY + HOUR + 20 * MINUTE)
        publish_at(stories, MONDAY + HOUR + 25 * MINUTE, title="Two")
        tick(MONDAY + HOUR + 30 * MINUTE)
        assert outcomes(schedule) == []
        tick(MONDAY + HOUR + 55 * MINUTE)
        assert outcomes(schedule) == [RunOutcome.SCHEDULED]
        assert titles(Issue.objects.get()) == ["Two", "One"]
        assert only_campaign().scheduled_at == MONDAY + HOUR + 65 * MINUTE, "ten minutes to call it back"
        publish_at(stories, MONDAY + 5 * HOUR, title="Three")
        tick(MONDAY + 5 * HOUR + 30 * MINUTE)
        assert [titles(issue) for issue in Issue.objects.order_by("pk")] == [["Two", "One"], ["Three"]]

    def test_it_waits_four_times_its_quiet_at_the_most(self, newsletter: Newsletter, stories: StoryIndexPage) -> None:
        schedule = make_schedule(newsletter, frequency="each_story", quiet_minutes=30, most_stories=20)
        start = MONDAY + HOUR
        for minutes in range(0, 140, 20):
            publish_at(stories, start + minutes * MINUTE)
            tick(start + minutes * MINUTE)
        assert schedule.runs.get().due_at == start + 120 * MINUTE
        assert schedule.runs.get().stories == 7

    def test_of_too_many_the_rest_follows_after_another_quiet(
        self, newsletter: Newsletter, stories: StoryIndexPage
    ) -> None:
        schedule = make_schedule(newsletter, frequency="each_story", quiet_minutes=30, most_stories=2)
        for _ in range(3):
            publish_at(stories, MONDAY + HOUR)
        for minutes in (30, 31, 60, 61, 90):
            tick(MONDAY + HOUR + minutes * MINUTE)
        assert list(schedule.runs.order_by("due_at").values_list("due_at", "stories")) == [
            (MONDAY + HOUR + 30 * MINUTE, 2),
            (MONDAY + HOUR + 60 * MINUTE, 1),
        ]

    def test_too_few_wait_for_another_story_and_are_not_asked_about_again(
        self, newsletter: Newsletter, stories: StoryIndexPage
    ) -> None:
        schedule = make_schedule(newsletter, frequency="each_story", least_stories=2)
        publish_at(stories, MONDAY + HOUR)
        tick(MONDAY + 2 * HOUR)
        tick(MONDAY + 3 * HOUR)
        assert outcomes(schedule) == [RunOutcome.TOO_FEW]
        assert agenda.next_due(now=MONDAY + 3 * HOUR) is None
        publish_at(stories, MONDAY + 4 * HOUR)
        tick(MONDAY + 5 * HOUR)
        assert outcomes(schedule) == [RunOutcome.TOO_FEW, RunOutcome.SCHEDULED]
        assert Issue.objects.get().schedule_runs.get().stories == 2

    def test_one_that_no_worker_saw_for_long_comes_with_the_next_story(
        self, newsletter: Newsletter, stories: StoryIndexPage
    ) -> None:
        schedule = make_schedule(newsletter, frequency="each_story")
        publish_at(stories, MONDAY + HOUR, title="Old")
        tick(MONDAY + DAY)
        tick(MONDAY + DAY + HOUR)
        assert outcomes(schedule) == [RunOutcome.MISSED]
        publish_at(stories, MONDAY + 2 * DAY, title="New")
        tick(MONDAY + 2 * DAY + HOUR)
        assert titles(Issue.objects.get()) == ["New", "Old"]
