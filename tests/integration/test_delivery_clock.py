"""The clock: what happens by itself, once, and each thing for itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from wagtail.models import ModelLogEntry, PageLogEntry
from wagtail.signals import page_published

from blog.models import StoryIndexPage, StoryPage
from newsletter.delivery import agenda, health, start, store
from newsletter.delivery.clock import Clock
from newsletter.delivery.freeze import freeze as really_freeze
from newsletter.delivery.publishing import publish_scheduled
from newsletter.models import Campaign, CampaignStory, Issue, Newsletter, StoryRelease, Subscription
from tests.factories import make_story, make_subscription, make_subscriptions
from tests.factories_delivery import NOON, make_campaign, make_sending_campaign

MINUTE = timedelta(minutes=1)


def schedule(story: StoryPage, *, minutes: float) -> None:
    """As the editor's "go live" date does it."""
    story.go_live_at = timezone.now() + minutes * MINUTE
    story.save_revision(approved_go_live_at=story.go_live_at).publish()


@pytest.fixture
def refusing() -> Any:
    """Stories with this title can't be published: something behind the signal fails."""

    def receiver(instance: StoryPage, **_: Any) -> None:
        if instance.live and instance.title == "Refused":
            raise ValueError("this one is refused")

    page_published.connect(receiver, sender=StoryPage)
    yield
    page_published.disconnect(receiver, sender=StoryPage)


def test_a_story_that_is_only_scheduled_is_not_released_and_later_it_is(stories: StoryIndexPage) -> None:
    """Wagtail sends `page_published` with `live=False` when a page is scheduled."""
    with time_machine.travel(NOON, tick=False):
        story = make_story(stories, live=False)
        schedule(story, minutes=5)
        assert publish_scheduled(timezone.now()) == 0
        assert not StoryRelease.objects.exists()
    with time_machine.travel(NOON + 6 * MINUTE, tick=False):
        assert publish_scheduled(timezone.now()) == 1
        story.refresh_from_db()
        assert story.live
        assert StoryRelease.objects.filter(story=story).count() == 1
        assert publish_scheduled(timezone.now()) == 0


def test_one_refused_page_keeps_no_other_from_going_live(stories: StoryIndexPage, refusing: None) -> None:
    with time_machine.travel(NOON, tick=False):
        bad, good = make_story(stories, live=False, title="Refused"), make_story(stories, live=False)
        schedule(bad, minutes=1)
        schedule(good, minutes=2)
    with time_machine.travel(NOON + 5 * MINUTE, tick=False):
        assert publish_scheduled(timezone.now()) == 1
        bad.refresh_from_db()
        good.refresh_from_db()
        assert (bad.live, good.live) == (False, True)
        assert agenda.next_due(now=timezone.now()) is None, "the refused one is off the schedule"
        assert PageLogEntry.objects.filter(page=bad.pk, action="wagtail.schedule.cancel").exists()


def test_a_page_goes_offline_when_its_time_is_over(stories: StoryIndexPage) -> None:
    with time_machine.travel(NOON, tick=False):
        story = make_story(stories)
        StoryPage.objects.filter(pk=story.pk).update(expire_at=NOON + MINUTE)
    with time_machine.travel(NOON + 2 * MINUTE, tick=False):
        assert publish_scheduled(timezone.now()) == 1
        story.refresh_from_db()
        assert (story.live, story.expired) == (False, True)


def test_an_issue_is_never_approved_by_the_clock(newsletter: Newsletter) -> None:
    issue = Issue.objects.create(newsletter=newsletter, subject="Draft", live=False)
    issue.save_revision(approved_go_live_at=NOON)
    assert publish_scheduled(NOON + MINUTE) == 0
    issue.refresh_from_db()
    assert not issue.live
    assert not ModelLogEntry.objects.filter(action="wagtail.publish.scheduled").exists()


def test_a_campaign_whose_story_was_unpublished_is_held(newsletter: Newsletter, stories: StoryIndexPage) -> None:
    story = make_story(stories, title="Sleep and mood")
    campaign = make_campaign(newsletter)
    CampaignStory.objects.create(campaign=campaign, story=story)
    story.unpublish()
    Clock("worker").tick(now=NOON)
    campaign.refresh_from_db()
    assert campaign.state == "held"
    assert "“Sleep and mood” was unpublished" in campaign.reason


def test_a_campaign_whose_story_was_deleted_is_held(newsletter: Newsletter) -> None:
    campaign = make_campaign(newsletter)
    CampaignStory.objects.create(campaign=campaign, story=None)
    Clock("worker").tick(now=NOON)
    campaign.refresh_from_db()
    assert (campaign.state, "was deleted" in campaign.reason) == ("held", True)


def test_a_campaign_left_half_prepared_by_a_killed_clock_is_finished(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_campaign(newsletter, state="preparing")
    Clock("worker").tick(now=NOON)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.recipients) == ("sending", 2)


def test_a_clock_that_jumps_ahead_sends_nothing_twice(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_campaign(newsletter)
    for hours in (0, 1, 0, 1):
        Clock("worker").tick(now=NOON + timedelta(hours=hours))
    campaign.refresh_from_db()
    assert (campaign.state, campaign.deliveries.count()) == ("sending", 2)


def test_a_campaign_is_not_started_before_its_instant(newsletter: Newsletter) -> None:
    campaign = make_campaign(newsletter, scheduled_at=NOON + timedelta(seconds=1))
    Clock("worker").tick(now=NOON)
    campaign.refresh_from_db()
    assert campaign.state == "scheduled"


def test_only_the_clock_ticks(newsletter: Newsletter) -> None:
    campaign = make_campaign(newsletter)
    assert store.take_clock("other", now=NOON)
    assert not Clock("worker").tick(now=NOON)
    campaign.refresh_from_db()
    assert campaign.state == "scheduled"


def test_a_step_that_fails_keeps_no_other_from_happening(
    newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(now: object) -> int:
        raise ValueError("this step is broken")

    monkeypatch.setattr("newsletter.delivery.clock.publish_scheduled", broken)
    campaign = make_campaign(newsletter)
    assert Clock("worker").tick(now=NOON)
    campaign.refresh_from_db()
    assert campaign.state == "sent"


def test_stale_sign_ups_are_purged(newsletter: Newsletter) -> None:
    make_subscription(newsletter, state="pending", created_at=NOON - timedelta(days=30))
    Clock("worker").tick(now=NOON)
    assert not Subscription.objects.exists()


def test_the_clock_sleeps_until_the_next_thing_is_due_but_not_long(newsletter: Newsletter) -> None:
    clock = Clock("worker")
    assert clock.sleep(now=NOON) == 5
    make_campaign(newsletter, scheduled_at=NOON + timedelta(seconds=3))
    assert clock.sleep(now=NOON) == 3
    assert clock.sleep(now=NOON + timedelta(seconds=10)) == pytest.approx(0.2)


def test_the_last_tick_is_known(db: None) -> None:
    assert health.health(now=NOON).worker == "never"
    Clock("worker").tick(now=NOON)
    assert health.health(now=NOON + MINUTE / 2) == health.Health(database=True, worker="ticking", last_tick=NOON)
    assert health.health(now=NOON + 2 * MINUTE).worker == "late"


@pytest.mark.parametrize(
    ("fields", "is_idle"),
    [
        ({"state": "scheduled", "scheduled_at": NOON + timedelta(seconds=1)}, False),
        ({"state": "scheduled", "scheduled_at": NOON + timedelta(seconds=3)}, True),
        ({"state": "preparing"}, False),
        ({"state": "waiting", "retry_at": NOON + timedelta(seconds=1)}, False),
        ({"state": "waiting", "retry_at": NOON + timedelta(seconds=5)}, True),
        ({"state": "sending"}, False),
        ({"state": "paused"}, True),
        ({"state": "held"}, True),
        ({"state": "sent"}, True),
    ],
)
def test_a_worker_is_idle_when_no_campaign_moves_within_two_seconds(
    newsletter: Newsletter, fields: dict[str, Any], is_idle: bool
) -> None:
    make_campaign(newsletter, **fields)
    assert agenda.is_idle(now=NOON) is is_idle


def test_a_worker_is_not_idle_while_a_dead_one_s_lease_runs(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 1)
    campaign = make_sending_campaign(newsletter)
    assert store.claim_next(store.Wish(owner="dead", backend="memory"), now=NOON)
    assert store.pause(campaign.pk)
    assert not agenda.is_idle(now=NOON)
    store.reclaim_expired(now=NOON + MINUTE)
    assert agenda.is_idle(now=NOON)


def test_retries_further_off_do_not_keep_a_worker(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 1)
    campaign = make_sending_campaign(newsletter)
    campaign.deliveries.update(state="deferred", next_attempt_at=NOON + MINUTE, deferred_since=NOON)
    campaign.chunks.update(closed_at=NOON)
    assert agenda.is_idle(now=NOON)
    assert not agenda.is_idle(now=NOON + MINUTE)


def test_a_campaign_that_breaks_the_start_keeps_no_other_from_starting(
    newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = make_campaign(newsletter, scheduled_at=NOON - MINUTE)
    fine = make_campaign(newsletter)

    def freeze(campaign: Campaign, *, now: datetime) -> bool:
        if campaign.pk == broken.pk:
            raise ValueError("nobody thought of this")
        return really_freeze(campaign, now=now)

    monkeypatch.setattr(start, "freeze", freeze)
    Clock("worker").tick(now=NOON)
    fine.refresh_from_db()
    assert fine.state == "sent"
