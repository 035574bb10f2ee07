"""Schedules, run by the clock: what they compose, once, and what becomes of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction
from wagtail.models import ModelLogEntry

from newsletter.backends import memory
from newsletter.delivery import agenda
from newsletter.delivery.sending import send_waiting
from newsletter.delivery.slowed_domains import SlowedDomains
from newsletter.delivery.stopping import Stop
from newsletter.issues.due import next_due
from newsletter.models import (
    Campaign,
    ComposedInto,
    Issue,
    IssueTemplate,
    OutgoingMail,
    RunOutcome,
    ScheduledStory,
    ScheduleRun,
    Segment,
)
from tests.factories import make_subscription
from tests.factories_delivery import make_campaign
from tests.factories_schedules import (
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    TUESDAY,
    WEEK,
    make_editor,
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


class TestByItself:
    def test_it_is_scheduled_for_its_instant_with_the_minutes_left_to_call_it_back(
        self, newsletter: Newsletter, stories: StoryIndexPage
    ) -> None:
        schedule = make_schedule(newsletter)
        publish_at(stories, MONDAY + HOUR, title="Sleep")
        publish_at(stories, MONDAY + 2 * HOUR, title="Light")
        tick(TUESDAY - 11 * MINUTE)
        assert outcomes(schedule) == []
        assert agenda.next_due(now=TUESDAY - 11 * MINUTE) == TUESDAY - 10 * MINUTE
        tick(TUESDAY - 10 * MINUTE)
        assert outcomes(schedule) == [RunOutcome.SCHEDULED]
        campaign = only_campaign()
        assert (campaign.scheduled_at, campaign.time_zone, campaign.state) == (TUESDAY, "Europe/Berlin", "scheduled")
        assert (campaign.created_by, campaign.frequency) == (None, "weekly")
        issue = campaign.issue
        assert titles(issue) == ["Light", "Sleep"], "the newest first"
        assert (issue.live, issue.fits_reader, issue.frequency) == (True, True, "weekly")
        assert issue.subject == "Light and 1 more"
        assert ModelLogEntry.objects.filter(action="wagtail.publish", object_id=str(issue.pk), user=None).exists()

    def test_only_readers_of_its_frequency_get_it(self, newsletter: Newsletter, stories: StoryIndexPage) -> None:
        make_schedule(newsletter)
        for frequency in ("weekly", "monthly", "each_story"):
            make_subscription(newsletter, f"{frequency}@example.com", frequency=frequency)
        publish_at(stories, MONDAY + HOUR)
        Campaign.objects.update(backend="memory")
        tick(TUESDAY - 5 * MINUTE)
        Campaign.objects.update(backend="memory")
        memory.outbox.clear()
        tick(TUESDAY)
        send_waiting("worker", stop=Stop(), clock=lambda: TUESDAY, max_seconds=5, slowed=SlowedDomains())
        assert [message.recipient for message in memory.outbox] == ["weekly@example.com"]

    def test_a_blocker_leaves_it_a_draft_with_its_reasons_and_people_are_told(
        self, newsletter: Newsletter, stories: StoryIndexPage
    ) -> None:
        make_editor()
        schedule = make_schedule(newsletter)
        publish_at(stories, MONDAY + HOUR, title="{{ settings.KEY }}")
        from core.models import PublicationSettings

        PublicationSettings.objects.update(postal_address="")
        tick(TUESDAY - 5 * MINUTE)
        run = schedule.runs.get()
        assert (run.outcome, Campaign.objects.count()) == (RunOutcome.BLOCKED, 0)
        assert "postal address" in run.detail
        assert run.issue is not None
        assert not run.issue.live
        mail = OutgoingMail.objects.get(kind="issue_composed")
        assert b"nobody was mailed" in bytes(mail.content)
        tick(TUESDAY + 5 * MINUTE)
        assert outcomes(schedule) == [RunOutcome.BLOCKED]
        assert OutgoingMail.objects.filter(kind="issue_composed").count() == 1

    def test_found_late_it_goes_out_after_the_minutes_to_call_it_back(
        self, newsletter: Newsletter, stories: StoryIndexPage
    ) -> None:
        make_schedule(newsletter)
        publish_at(stories, MONDAY + HOUR)
        tick(TUESDAY + HOUR)
        assert only_campaign().scheduled_at == TUESDAY + HOUR + 10 * MINUTE

    def test_a_story_unpublished_between_composing_and_sending_holds_it(
        self, newsletter: Newsletter, stories: StoryIndexPage
    ) -> None:
        make_schedule(newsletter)
        story = publish_at(stories, MONDAY + HOUR, title="Sleep")
        tick(TUESDAY - 5 * MINUTE)
        story.unpublish()
        tick(TUESDAY)
        campaign = only_campaign()
        assert campaign.state == "held"
        assert "“Sleep” was unpublished" in campaign.reason


class TestAsDraft:
    def test_it_is_composed_hours_before_its_time_and_those_who_may_approve_are_told_where(
        self, newsletter: Newsletter, stories: StoryIndexPage
    ) -> None:
        make_editor()
        schedule = make_schedule(newsletter, composed_into=ComposedInto.DRAFT, lead_hours=5)
        publish_at(stories, MONDAY + HOUR, title="Sleep")
        tick(TUESDAY - 5 * HOUR - MINUTE)
        assert not Issue.objects.exists()
        tick(TUESDAY - 5 * HOUR)
        run = schedule.runs.get()
        assert (run.outcome, run.due_at, run.stories) == (RunOutcome.DRAFTED, TUESDAY, 1)
        assert run.issue is not None
        assert not run.issue.live
        assert run.issue.latest_revision is not None
        assert not Campaign.objects.exists()
        mail = OutgoingMail.objects.get(kind="issue_composed")
        text = re.sub(rb"=\r\n", b"", bytes(mail.content)).decode()
        assert mail.recipient == "edda@example.com"
        assert f"/admin/newsletter/issues/schedule/{run.issue.pk}/?at=3D2026-01-06T08%3A00%3A00%2B00%3A00" in text
        assert "2026-01-06 09:00 (Europe/Berlin)" in text
        tick(TUESDAY + HOUR)
        assert outcomes(schedule) == [RunOutcome.DRAFTED]
        assert next_due(schedule).at == TUESDAY + WEEK  # type: ignore[union-attr]

    def test_it_starts_from_its_template_with_the_stories_where_they_belong(
        self, newsletter: Newsletter, stories: StoryIndexPage
    ) -> None:
        template = IssueTemplate.objects.create(
            name="Weekly",
            body=[("text", "<p>Dear reader</p>"), ("new_stories", {"display": "headline"}), ("divider", None)],
        )
        make_schedule(newsletter, composed_into=ComposedInto.DRAFT, template=template)
        publish_at(stories, MONDAY + HOUR)
        publish_at(stories, MONDAY + 2 * HOUR)
        tick(TUESDAY - HOUR)
        issue = Issue.objects.get()
        assert [block.block_type for block in issue.body] == ["text", "story", "story", "divider"]
        assert {block.value["display"] for block in issue.body if block.block_type == "story"} == {"headline"}
        assert "Dear reader" in str(issue.body[0].value)

    def test_a_template_without_a_place_for_stories_gets_them_at_its_end(
        self, newsletter: Newsletter, stories: StoryIndexPage
    ) -> None:
        template = IssueTemplate.objects.create(name="Weekly", body=[("text", "<p>Dear reader</p>")])
        make_schedule(newsletter, composed_into=ComposedInto.DRAFT, template=template)
        publish_at(stories, MONDAY + HOUR)
        tick(TUESDAY - HOUR)
        assert [block.block_type for block in Issue.objects.get().body] == ["text", "story"]


class TestWhichStories:
    def test_only_what_was_published_since_it_was_switched_on(
        self, newsletter: Newsletter, stories: StoryIndexPage
    ) -> None:
        publish_at(stories, MONDAY - HOUR)
        schedule = make_schedule(newsletter)
        tick(TUESDAY)
        assert outcomes(schedule) == [RunOutcome.NOTHING_NEW]
        assert not Issue.objects.exists()

    @pytest.mark.slow
    def test_what_is_over_the_maximum_comes_with_the_next_one_and_nothing_twice(
        self, newsletter: Newsletter, stories: StoryIndexPage
    ) -> None:
        schedule = make_schedule(newsletter, most_stories=2)
        for number in range(5):
            publish_at(stories, MONDAY + HOUR, title=f"No. {number}")  # all in the same second
        found = []
        for week in range(4):
            tick(TUESDAY + week * WEEK)
            found.append([title for issue in Issue.objects.order_by("-pk")[:1] for title in titles(issue)])
        assert outcomes(schedule) == ["scheduled", "scheduled", "scheduled", "nothing_new"]
        assert found[:3] == [["No. 1", "No. 0"], ["No. 3", "No. 2"], ["No. 4"]]

    def test_too_few_wait_for_the_next_one(self, newsletter: Newsletter, stories: StoryIndexPage) -> None:
        schedule = make_schedule(newsletter, least_stories=2)
        publish_at(stories, MONDAY + HOUR, title="First")
        tick(TUESDAY)
        publish_at(stories, MONDAY + 3 * DAY, title="Second")
        tick(TUESDAY + WEEK)
        assert outcomes(schedule) == [RunOutcome.TOO_FEW, RunOutcome.SCHEDULED]
        assert titles(Issue.objects.get()) == ["Second", "First"]

    def test_a_story_that_was_offline_that_day_comes_with_the_next_one(
        self, newsletter: Newsletter, stories: StoryIndexPage
    ) -> None:
        schedule = make_schedule(newsletter)
        away = publish_at(stories, MONDAY + HOUR, title="Away")
        publish_at(stories, MONDAY + 2 * HOUR, title="There")
        away.unpublish()
        tick(TUESDAY)
        away.refresh_from_db()
        away.save_revision().publish()
        tick(TUESDAY + WEEK)
        assert outcomes(schedule) == ["scheduled", "scheduled"]
        assert [titles(issue) for issue in Issue.objects.order_by("pk")] == [["There"], ["Away"]]

    @pytest.mark.parametrize(
        ("fields", "comes"),
        [
            ({}, False),
            ({"frequency": "weekly"}, False),
            ({"frequency": "monthly"}, True),
            ({"state": "cancelled"}, True),
            ({"state": "failed"}, True),
            ({"state": "sent"}, False),
            ({"segment_rules": {"rule": "tag", "value": "berlin"}}, True),
        ],
    )
    def test_what_every_reader_of_it_got_otherwise_is_left_out(
        self, newsletter: Newsletter, stories: StoryIndexPage, fields: dict[str, object], comes: bool
    ) -> None:
        schedule = make_schedule(newsletter)
        story = publish_at(stories, MONDAY + HOUR)
        campaign = make_campaign(newsletter, **{"state": "sent", **fields})
        campaign.stories.create(story=story)
        tick(TUESDAY)
        assert outcomes(schedule) == [RunOutcome.SCHEDULED if comes else RunOutcome.NOTHING_NEW]

    def test_another_newsletters_campaign_takes_nothing_away(
        self, newsletter: Newsletter, stories: StoryIndexPage
    ) -> None:
        from tests.factories import make_newsletter

        other = make_newsletter(name="Other", slug="other")
        schedule = make_schedule(newsletter)
        make_campaign(other, state="sent").stories.create(story=publish_at(stories, MONDAY + HOUR))
        tick(TUESDAY)
        assert outcomes(schedule) == [RunOutcome.SCHEDULED]

    def test_each_frequency_has_its_own_turn(self, newsletter: Newsletter, stories: StoryIndexPage) -> None:
        weekly = make_schedule(newsletter)
        each = make_schedule(newsletter, frequency="each_story", quiet_minutes=30)
        publish_at(stories, MONDAY + HOUR)
        tick(MONDAY + HOUR + 30 * MINUTE)
        tick(TUESDAY)
        assert (outcomes(each), outcomes(weekly)) == (["scheduled"], ["scheduled"])
        assert sorted(Campaign.objects.values_list("frequency", flat=True)) == ["each_story", "weekly"]

    def test_the_database_refuses_a_second_turn_and_a_second_run_of_one_instant(
        self, newsletter: Newsletter, stories: StoryIndexPage
    ) -> None:
        schedule = make_schedule(newsletter)
        story = publish_at(stories, MONDAY + HOUR)
        tick(TUESDAY)
        run = schedule.runs.get()
        with pytest.raises(IntegrityError), transaction.atomic():
            ScheduledStory.objects.create(schedule=schedule, run=run, story=story)
        with pytest.raises(IntegrityError), transaction.atomic():
            ScheduleRun.objects.create(
                schedule=schedule, due_at=run.due_at, made_at=TUESDAY, outcome="missed", covers_until=TUESDAY
            )


def test_a_segment_of_an_issue_narrows_beside_its_frequency(newsletter: Newsletter) -> None:
    from newsletter.issues.reach import reach

    make_subscription(newsletter, frequency="weekly")
    make_subscription(newsletter, frequency="monthly")
    issue = Issue(newsletter=newsletter, subject="For some", frequency="weekly")
    found = reach(issue)
    assert (found.recipients, found.readers, found.frequency, found.segment) == (1, 2, "Weekly", "")
    issue.segment = Segment(name="Monthly", rules={"rule": "frequency", "value": "monthly"})
    assert reach(issue).recipients == 0


def test_an_instant_in_a_gap_of_clocks_is_its_end(newsletter: Newsletter) -> None:
    from datetime import time

    schedule = make_schedule(newsletter, weekday=6, time=time(2, 30), timed_from=datetime(2026, 3, 26, tzinfo=UTC))
    due = next_due(schedule)
    assert due is not None
    assert due.at == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert due.at - due.compose_at == timedelta(minutes=10)
