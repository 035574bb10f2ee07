"""What people do over there with a campaign of ours: nothing is made or mailed a second time, and it is said here."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth import get_user_model

from newsletter.models import Campaign, OutgoingMail
from tests.integration.campaign_there import AT, MINUTE, OFF_GRID, There, check_held, check_sent, release

if TYPE_CHECKING:
    from blog.models import HomePage

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def campaign(there: There) -> Campaign:
    return there.scheduled()


@pytest.fixture
def draft(there: There) -> Campaign:
    return there.prepared()


def id_of(there: There, campaign: Campaign) -> str:
    return there.remote(campaign).remote_id


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
