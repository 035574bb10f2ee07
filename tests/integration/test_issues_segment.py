"""An issue for some readers only: counted, frozen, held when its rules hold no more, never sent to all instead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from newsletter.audience.pause import pause
from newsletter.backends import memory
from newsletter.delivery import control, report
from newsletter.delivery.start import start
from newsletter.issues.compose import compose
from newsletter.issues.preflight import preflight
from newsletter.issues.reach import reach, recipients_of
from newsletter.issues.schedule import ScheduleError, schedule
from newsletter.models import Campaign, Segment, SubscriberTag, SubscriberTagging
from tests.factories import make_story, make_subscription
from tests.factories_delivery import make_campaign
from tests.stages import stage

if TYPE_CHECKING:
    from blog.models import StoryIndexPage
    from newsletter.models import Issue, Newsletter

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)
BERLIN = {"rule": "tag", "value": "berlin"}
BOSTON = {"rule": "tag", "value": "boston"}


@stage
def readers(newsletter: Newsletter) -> None:
    """Berlin: ada, ben and dora, who is paused; Boston: ben; carl has no tag; eve left."""
    tags = {slug: SubscriberTag.objects.create(name=slug.title(), slug=slug) for slug in ("berlin", "boston")}
    ended: dict[str, Any] = {"state": "ended", "ended_reason": "unsubscribed", "ended_at": NOW}
    for name, tagged, fields in (
        ("ada", ["berlin"], {}),
        ("ben", ["berlin", "boston"], {}),
        ("carl", [], {}),
        ("dora", ["berlin"], {}),
        ("eve", ["berlin"], ended),
    ):
        subscription = make_subscription(newsletter, f"{name}@example.com", **fields)
        for slug in tagged:
            SubscriberTagging.objects.create(tag=tags[slug], subscriber=subscription.subscriber)
        if name == "dora":
            pause(subscription, weeks=4, source="test", now=timezone.now())


@stage
def segment(readers: None) -> Segment:
    return Segment.objects.create(name="Berliners", rules=BERLIN)


@stage
def issue(stories: StoryIndexPage, newsletter: Newsletter, segment: Segment) -> Issue:
    make_story(stories, title="Sleep first")
    issue = compose(newsletter)
    issue.segment = segment
    issue.save_revision()
    return issue


def plan(issue: Issue) -> Campaign:
    return schedule(issue, at=LATER, time_zone="Europe/Berlin", approve=True, now=NOW)


def reached() -> list[str]:
    return sorted(envelope.recipient.partition("@")[0] for envelope in memory.outbox)


def work() -> None:
    memory.outbox.clear()
    call_command("worker", "--until-idle", "--max-seconds", "60")


def test_an_issue_tells_whom_it_would_reach(issue: Issue) -> None:
    found = reach(issue)
    assert (found.recipients, found.readers, found.segment) == (2, 3, "Berliners")
    assert found.described == "has the tag Berlin"


def test_an_issue_for_everybody_reaches_who_is_not_paused(issue: Issue) -> None:
    issue.segment = None
    found = reach(issue)
    assert (found.recipients, found.readers, found.described) == (3, 3, "")


def test_a_draft_remembers_its_segment(issue: Issue, segment: Segment) -> None:
    assert issue.get_latest_revision_as_object().segment == segment


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_only_the_segment_is_mailed_and_each_of_them_once(newsletter: Newsletter, readers: None) -> None:
    campaign = make_campaign(newsletter, segment_rules={"any": [BERLIN, BOSTON]}, scheduled_at=timezone.now())
    work()
    assert reached() == ["ada", "ben"]
    assert report.counts(campaign)["accepted"] == 2
    campaign.refresh_from_db()
    assert report.show(campaign)["only_for"] == "has the tag Berlin, or has the tag Boston"


def test_scheduling_freezes_the_rules(issue: Issue, segment: Segment) -> None:
    campaign = plan(issue)
    segment.rules = BOSTON
    segment.save()
    campaign.refresh_from_db()
    assert campaign.segment_rules == BERLIN
    assert recipients_of(campaign) == 2
    assert plan(issue) == campaign


def test_a_campaign_without_a_segment_has_no_rules(issue: Issue) -> None:
    issue.segment = None
    issue.save_revision()
    assert plan(issue).segment_rules == {}


def test_rules_that_hold_no_more_block_the_issue(issue: Issue) -> None:
    SubscriberTag.objects.get(slug="berlin").delete()
    (finding,) = [one for one in preflight(issue) if one.rule == "segment"]
    assert finding.level == "B"
    assert "“berlin” does not exist any more" in finding.text
    with pytest.raises(ScheduleError, match="berlin"):
        plan(issue)
    assert not Campaign.objects.exists()


def test_a_segment_without_readers_is_a_warning(issue: Issue) -> None:
    SubscriberTagging.objects.all().delete()
    (finding,) = [one for one in preflight(issue) if one.rule == "recipients"]
    assert finding.level == "W"
    assert "Berliners" in finding.text


def test_a_campaign_whose_rules_broke_is_held_and_mails_nobody(newsletter: Newsletter, readers: None) -> None:
    now = timezone.now()
    campaign = make_campaign(newsletter, segment_rules=BERLIN, scheduled_at=now)
    SubscriberTag.objects.get(slug="berlin").delete()
    assert not start(campaign.pk, now=now)
    campaign.refresh_from_db()
    assert campaign.state == "held"
    assert "“berlin” does not exist any more" in campaign.reason
    assert not campaign.deliveries.exists()
    with pytest.raises(control.ControlError, match="schedule the issue again"):
        control.release(campaign.pk, now=now)


def test_a_held_campaign_goes_out_once_its_tag_is_back(newsletter: Newsletter, readers: None) -> None:
    now = timezone.now()
    campaign = make_campaign(newsletter, segment_rules=BERLIN, scheduled_at=now)
    tag = SubscriberTag.objects.get(slug="berlin")
    taggings = list(tag.taggings.values_list("subscriber_id", flat=True))
    tag.delete()
    start(campaign.pk, now=now)
    tag = SubscriberTag.objects.create(name="Berlin", slug="berlin")
    SubscriberTagging.objects.bulk_create(SubscriberTagging(tag=tag, subscriber_id=pk) for pk in taggings)
    control.release(campaign.pk, now=now)
    assert sorted(campaign.deliveries.values_list("address", flat=True)) == ["ada@example.com", "ben@example.com"]
