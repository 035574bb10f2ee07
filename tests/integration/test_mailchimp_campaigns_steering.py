"""What people do here with a campaign that is at Mailchimp: called back, brought forward, a story of it withdrawn."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from newsletter.delivery import control, speed
from newsletter.delivery.control import ControlError
from newsletter.models import Campaign, CampaignStory
from tests.factories import make_story
from tests.fakes.mailchimp.faults import lost
from tests.integration.campaign_there import AT, MINUTE, OFF_GRID, There, check_held, check_sent, release

if TYPE_CHECKING:
    from django.test import Client

    from blog.models import HomePage, StoryIndexPage

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def campaign(there: There) -> Campaign:
    return there.scheduled()


@pytest.fixture
def draft(there: There) -> Campaign:
    return there.prepared()


def test_called_back_before_anything_is_there_it_is_gone_at_once(there: There) -> None:
    campaign = there.make()
    assert control.cancel(campaign.pk, now=there.now).state == "cancelled"
    there.run(minutes=5)
    assert there.fake.campaigns() == []


@pytest.mark.parametrize("which", ["campaign", "draft"])
def test_called_back_it_is_cancelled_once_it_is_certainly_away(
    there: There, which: str, request: pytest.FixtureRequest
) -> None:
    campaign: Campaign = request.getfixturevalue(which)
    asked = control.cancel(campaign.pk, now=there.now)
    assert asked.state == "scheduled"
    assert control.possible(asked) == frozenset()
    there.run(until=OFF_GRID + 5 * MINUTE)
    campaign.refresh_from_db()
    assert campaign.state == "cancelled"
    assert there.fake.campaigns() == []
    there.check_nobody_mailed()
    assert there.remote(campaign).surprise == ""


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize(("method", "path"), [("POST", "/campaigns/*/actions/unschedule"), ("DELETE", "/campaigns/*")])
def test_a_lost_answer_does_not_let_a_cancelled_one_go(
    there: There, campaign: Campaign, method: str, path: str, done: bool
) -> None:
    there.fail(method, path, lost(done=done))
    control.cancel(campaign.pk, now=there.now)
    there.run(until=AT + 5 * MINUTE)
    campaign.refresh_from_db()
    assert campaign.state == "cancelled"
    assert there.fake.campaigns() == []
    there.check_nobody_mailed()


def test_cancelled_while_its_creation_is_unsure_it_is_looked_for(there: There) -> None:
    there.fail("POST", "/campaigns", lost(done=True))
    campaign = there.make()
    there.run(until=there.now)
    assert there.remote(campaign).unsure_of == "create"
    assert control.cancel(campaign.pk, now=there.now).state == "scheduled"
    there.run(minutes=5)
    campaign.refresh_from_db()
    assert campaign.state == "cancelled"
    assert there.fake.campaigns() == []


def test_in_the_middle_it_is_stopped_where_the_plan_can(there: There) -> None:
    there.fake.set(sending_for=600.0)
    campaign = there.make(at=OFF_GRID)
    there.run(until=OFF_GRID + 5 * MINUTE)
    control.cancel(campaign.pk, now=there.now)
    there.run(minutes=5)
    campaign.refresh_from_db()
    assert (campaign.state, there.status(campaign)) == ("cancelled", "canceled")
    assert len(there.fake.mailed()) < 3


def test_in_the_middle_a_plan_that_can_not_stop_it_is_told_of(there: There) -> None:
    there.fake.set(sending_for=600.0, cancel_refused=403)
    campaign = there.make(at=OFF_GRID)
    there.run(until=OFF_GRID + 5 * MINUTE)
    control.cancel(campaign.pk, now=there.now)
    there.run(minutes=1)
    assert "can't stop it in the middle" in there.remote(campaign).surprise
    there.run(minutes=10)
    check_sent(there, campaign)


def test_too_late_to_cancel_is_said(there: There, campaign: Campaign) -> None:
    there.set_clock(AT + MINUTE)  # it went out, and no worker has looked yet
    control.cancel(campaign.pk, now=there.now)
    there.run(minutes=5)
    check_sent(there, campaign)
    assert "had been sent" in there.remote(campaign).surprise


def test_brought_forward_it_is_taken_from_the_schedule_and_sent(there: There, campaign: Campaign) -> None:
    control.bring_forward(campaign.pk, now=there.now)
    there.run(minutes=1)
    check_sent(there, campaign)
    assert (there.called("unschedule"), there.called("send")) == (1, 1)
    assert there.remote(campaign).surprise == ""


def test_what_makes_no_sense_for_it_is_not_offered_and_refused(there: There, campaign: Campaign) -> None:
    campaign.refresh_from_db()
    assert control.possible(campaign) == {"cancel", "call_back", "bring_forward"}
    Campaign.objects.filter(pk=campaign.pk).update(state="sending")
    campaign.refresh_from_db()
    assert control.possible(campaign) == {"cancel"}
    for refused in (control.pause, control.resume):
        with pytest.raises(ControlError, match="as a whole"):
            refused(campaign.pk, now=there.now)
    with pytest.raises(ControlError, match="its own speed"):
        speed.change_speed(campaign.pk, 100, now=there.now)


def test_a_withdrawn_story_takes_it_from_the_schedule(
    there: There, campaign: Campaign, stories: StoryIndexPage
) -> None:
    story = make_story(stories, title="Sleep first")
    CampaignStory.objects.create(campaign=campaign, story=story)
    story.unpublish()
    there.run(until=AT + 5 * MINUTE)
    check_held(there, campaign, "“Sleep first” was unpublished")
    release(there, campaign)
    there.run(minutes=5)
    check_sent(there, campaign)


def test_what_was_let_pass_is_that_story_and_no_other(
    there: There, campaign: Campaign, stories: StoryIndexPage
) -> None:
    first, second = make_story(stories, title="Sleep first"), make_story(stories, title="And then eat")
    for story in (first, second):
        CampaignStory.objects.create(campaign=campaign, story=story)
    first.unpublish()
    there.run(minutes=5)
    release(there, campaign)
    there.run(minutes=2)
    assert there.status(campaign) == "schedule"
    second.unpublish()
    there.run(until=AT + 5 * MINUTE)
    check_held(there, campaign, "“And then eat” was unpublished")


def test_what_is_brought_forward_is_held_for_a_withdrawn_story_all_the_same(
    there: There, draft: Campaign, stories: StoryIndexPage
) -> None:
    story = make_story(stories)
    CampaignStory.objects.create(campaign=draft, story=story)
    story.unpublish()
    control.bring_forward(draft.pk, now=there.now)
    there.run(minutes=2)
    check_held(there, draft, "was unpublished")


def test_a_story_withdrawn_a_moment_before_is_seen(there: There, draft: Campaign, stories: StoryIndexPage) -> None:
    story = make_story(stories)
    CampaignStory.objects.create(campaign=draft, story=story)
    there.run(until=OFF_GRID - timedelta(seconds=1))
    story.unpublish()
    there.run(minutes=5)
    check_held(there, draft, "was unpublished")


def test_whoever_calls_it_back_reads_that_it_takes_a_moment(
    home: HomePage, there: There, campaign: Campaign, admin_client: Client
) -> None:
    address = reverse("newsletter_campaigns:control", args=[campaign.pk, "call-back"])
    page = admin_client.post(address, follow=True).content.decode()
    assert "It is being taken back at Mailchimp" in page
    assert "nothing was sent" not in page
