"""What people do with a campaign that is at Mailchimp, here and there: nothing is made or mailed a second time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from newsletter.delivery import control, speed
from newsletter.delivery.control import ControlError
from newsletter.models import Campaign, CampaignStory, OutgoingMail
from tests.factories import make_story
from tests.fakes.mailchimp import FakeMailchimp
from tests.fakes.mailchimp.faults import lost
from tests.integration.campaign_there import AT, MINUTE, OFF_GRID, There, set_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client
    from pytest_django import Settings

    from blog.models import HomePage, StoryIndexPage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeMailchimp]:
    with FakeMailchimp().running() as running:
        yield running


@pytest.fixture
def there(newsletter: Newsletter, fake: FakeMailchimp, settings: Settings) -> There:
    return set_up(newsletter, fake, settings)


@pytest.fixture
def campaign(there: There) -> Campaign:
    return there.scheduled()


@pytest.fixture
def draft(there: There) -> Campaign:
    return there.prepared()


def id_of(there: There, campaign: Campaign) -> str:
    return there.remote(campaign).remote_id


def check_held(there: There, campaign: Campaign, words: str) -> None:
    """Nobody was mailed, it is on no schedule, and it says why."""
    campaign.refresh_from_db()
    assert campaign.state == "held"
    assert words in campaign.reason
    assert all(seen["status"] == "save" for seen in there.fake.campaigns())
    there.check_nobody_mailed()


def check_sent(there: There, campaign: Campaign) -> None:
    campaign.refresh_from_db()
    assert (campaign.state, campaign.recipients) == ("sent", 3)
    there.check_mailed_once()


def release(there: There, campaign: Campaign) -> None:
    control.release(campaign.pk, now=there.now)
    there.run(minutes=1)


def test_edited_words_are_taken_from_the_schedule_and_ours_put_back_by_a_person(
    there: There, campaign: Campaign
) -> None:
    before = there.fake.content(id_of(there, campaign))
    there.fake.edit_content(id_of(there, campaign), "<p>Buy now</p>")
    there.run(minutes=2)
    check_held(there, campaign, "was changed at Mailchimp")
    release(there, campaign)
    assert there.fake.content(id_of(there, campaign)) == before
    assert there.status(campaign) == "schedule"
    there.run(until=AT + 5 * MINUTE)
    check_sent(there, campaign)


SETTINGS = {"subject_line": "Buy", "from_name": "Shop", "reply_to": "shop@example.com", "preview_text": "Buy now"}


@pytest.mark.parametrize("name", SETTINGS)
def test_what_readers_see_in_their_mailbox_is_noticed_and_put_right(
    there: There, campaign: Campaign, name: str
) -> None:
    before = there.fake.campaign(id_of(there, campaign))["settings"]
    there.fake.edit_settings(id_of(there, campaign), **{name: SETTINGS[name]})
    there.run(minutes=2)
    check_held(there, campaign, "was changed at Mailchimp")
    release(there, campaign)
    assert there.fake.campaign(id_of(there, campaign))["settings"] == before
    assert there.status(campaign) == "schedule"


TRACKING: dict[str, tuple[object, str]] = {
    "opens": (True, "opens"),
    "html_clicks": (True, "clicks"),
    "text_clicks": (True, "clicks in plain text"),
    "goal_tracking": (True, "visits to the website"),
    "ecomm360": (True, "purchases"),
    "google_analytics": ("spring", "Google Analytics"),
    "clicktale": ("spring", "ClickTale"),
}


@pytest.mark.parametrize("name", TRACKING)
def test_tracking_that_was_turned_on_is_named_and_turned_off_again(there: There, campaign: Campaign, name: str) -> None:
    before = there.fake.campaign(id_of(there, campaign))["tracking"]
    assert not any(before.values())
    value, called = TRACKING[name]
    there.fake.edit_tracking(id_of(there, campaign), **{name: value})
    there.run(minutes=2)
    check_held(there, campaign, f"Tracking was turned on at Mailchimp ({called})")
    assert "Release it to put our version back, without tracking" in campaign.reason
    release(there, campaign)
    assert there.fake.campaign(id_of(there, campaign))["tracking"] == before
    there.run(until=AT + 5 * MINUTE)
    check_sent(there, campaign)
    assert there.remote(campaign).surprise == ""


def test_tracking_turned_on_a_moment_before_our_clock_sends_it_goes_to_nobody(there: There, draft: Campaign) -> None:
    there.run(until=OFF_GRID - timedelta(seconds=1))
    there.fake.edit_tracking(id_of(there, draft), opens=True, html_clicks=True)
    there.run(minutes=5)
    check_held(there, draft, "(opens, clicks)")


def test_what_is_not_said_of_tracking_is_off(there: There, campaign: Campaign) -> None:
    there.fake.edit_tracking(id_of(there, campaign), **dict.fromkeys(TRACKING))
    assert there.fake.campaign(id_of(there, campaign))["tracking"] == {}
    there.run(until=AT + 5 * MINUTE)
    check_sent(there, campaign)


def test_what_was_sent_there_with_tracking_turned_on_says_so(there: There, campaign: Campaign) -> None:
    there.fake.edit_tracking(id_of(there, campaign), opens=True)
    there.fake.send_campaign(id_of(there, campaign))
    there.run(until=AT + 5 * MINUTE)
    check_sent(there, campaign)
    surprise = there.remote(campaign).surprise
    assert "somebody did it there" in surprise
    assert "tracking was turned on at Mailchimp (opens)" in surprise


def test_where_the_plan_insists_on_tracking_nothing_goes_out_and_that_is_said(there: There) -> None:
    there.fake.set(always_tracked=["html_clicks"])
    campaign = there.make()
    there.run(minutes=2)
    check_held(there, campaign, "Mailchimp tracks its readers (clicks) although it was asked not to")
    release(there, campaign)
    check_held(there, campaign, "Turn it off there, then release it; or cancel it")
    there.fake.set(always_tracked=[])
    release(there, campaign)
    there.run(until=AT + 5 * MINUTE)
    check_sent(there, campaign)


def test_an_edit_a_moment_before_our_clock_sends_it_goes_to_nobody(there: There, draft: Campaign) -> None:
    there.run(until=OFF_GRID - timedelta(seconds=1))
    there.fake.edit_content(id_of(there, draft), "<p>Buy now</p>")
    there.run(minutes=5)
    check_held(there, draft, "was changed at Mailchimp")


def test_deleted_there_it_is_not_made_anew_but_by_a_person(there: There, campaign: Campaign) -> None:
    first = there.remote(campaign)
    there.fake.delete_campaign(first.remote_id)
    there.run(minutes=30)
    check_held(there, campaign, "deleted at Mailchimp")
    assert there.fake.campaigns() == []
    assert "deleted" in there.remote(campaign).surprise
    release(there, campaign)
    there.run(minutes=5)
    check_sent(there, campaign)
    assert there.remote(campaign).title != first.title


@pytest.mark.parametrize("which", ["campaign", "draft"])
def test_sent_there_by_hand_it_is_recorded_and_not_sent_again(
    there: There, which: str, request: pytest.FixtureRequest
) -> None:
    campaign: Campaign = request.getfixturevalue(which)
    there.fake.send_campaign(id_of(there, campaign))
    there.run(until=OFF_GRID + 5 * MINUTE)
    check_sent(there, campaign)
    assert there.called("send") == 0
    assert "somebody did it there" in there.remote(campaign).surprise


def test_scheduled_there_by_hand_it_is_surfaced_and_not_sent_by_us(there: There, draft: Campaign) -> None:
    there.fake.schedule_campaign(id_of(there, draft), OFF_GRID + 8 * MINUTE)
    there.run(until=OFF_GRID + MINUTE)
    assert "not from here" in there.remote(draft).surprise
    there.check_nobody_mailed()
    there.run(minutes=12)
    check_sent(there, draft)
    assert there.called("send") == 0


def test_moved_there_to_another_instant_it_is_surfaced_and_goes_out_then(there: There, campaign: Campaign) -> None:
    there.fake.unschedule_campaign(id_of(there, campaign))
    there.fake.schedule_campaign(id_of(there, campaign), AT + 60 * MINUTE)
    there.run(minutes=2)
    assert "for 2026-03-02 13:30 UTC, and not from here" in there.remote(campaign).surprise
    there.run(until=AT + 59 * MINUTE)
    there.check_nobody_mailed()
    there.run(minutes=5)
    check_sent(there, campaign)
    assert there.called("send") == 0


def test_taken_from_the_schedule_there_it_waits_for_a_person(there: There, campaign: Campaign) -> None:
    there.fake.unschedule_campaign(id_of(there, campaign))
    there.run(until=AT + 5 * MINUTE)
    check_held(there, campaign, "taken from its schedule at Mailchimp")
    release(there, campaign)
    there.run(minutes=5)
    check_sent(there, campaign)


def test_stopped_there_in_the_middle_it_is_cancelled_here(there: There) -> None:
    there.fake.set(sending_for=600.0)
    campaign = there.make(at=OFF_GRID)
    there.run(until=OFF_GRID + 5 * MINUTE)
    there.fake.cancel_campaign(id_of(there, campaign))
    there.run(minutes=5)
    campaign.refresh_from_db()
    assert campaign.state == "cancelled"
    assert campaign.recipients == len(there.fake.mailed()) < 3
    assert "stopped at Mailchimp" in there.remote(campaign).surprise


def test_stopped_there_before_anything_was_counted_the_ledger_says_later_who_got_it(there: There) -> None:
    there.fake.set(sending_for=36_000.0)
    campaign = there.make(at=OFF_GRID)
    there.run(until=OFF_GRID + MINUTE)
    there.fake.cancel_campaign(id_of(there, campaign))
    there.run(minutes=1)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.recipients) == ("cancelled", 0)
    with there.fake.settled() as state:
        state.campaign(id_of(there, campaign))["emails_sent"] = 2
    there.run(minutes=60)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.recipients, campaign.deliveries.count()) == ("cancelled", 2, 2)


def test_whoever_scheduled_it_is_told_by_mail(home: HomePage, there: There, draft: Campaign) -> None:
    editor = get_user_model().objects.create_user("ed", "ed@rounds.example", "a long word")
    Campaign.objects.filter(pk=draft.pk).update(created_by=editor)
    there.fake.delete_campaign(id_of(there, draft))
    there.run(minutes=5)
    note = OutgoingMail.objects.get()
    assert note.recipient == "ed@rounds.example"


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
