"""What Mailchimp refuses to us it may do all the same, and what it never answers is said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from newsletter.audience.mailchimp.account import keep_key
from newsletter.delivery import control
from newsletter.delivery.held_after_restore import hold_everything
from newsletter.delivery.remote import booking
from newsletter.delivery.remote.looking import Sight
from newsletter.engine.remote_terms import Act, Seen, Step
from newsletter.models import MailchimpCampaign, OutgoingMail
from tests.fakes.mailchimp.faults import broken, refused
from tests.integration.campaign_there import AT, MINUTE, OFF_GRID, There, check_sent

if TYPE_CHECKING:
    from newsletter.models import Campaign

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

BLOCKED = refused(403, json.dumps({"title": "Compliance Related", "detail": "This account is blocked."}))
REVOKED = refused(401, json.dumps({"title": "API Key Invalid", "detail": "No."}))


@pytest.fixture
def going_out(there: There) -> Campaign:
    """In the middle of it."""
    there.fake.set(sending_for=600.0)
    campaign = there.make(at=OFF_GRID)
    there.run(until=OFF_GRID + MINUTE)
    return campaign


def test_an_account_that_is_blocked_while_it_goes_out_is_not_told_as_nothing_was_sent(
    there: There, going_out: Campaign
) -> None:
    there.fail("*", "**", BLOCKED, times=3)
    there.run(minutes=3)
    going_out.refresh_from_db()
    assert (going_out.state, going_out.reason) == ("sending", "")
    assert not OutgoingMail.objects.exists()
    there.run(minutes=15)
    check_sent(there, going_out)


def test_an_account_that_is_blocked_while_it_waits_there_may_send_it_all_the_same(there: There) -> None:
    campaign = there.make()
    there.run(minutes=1)
    there.fail("*", "**", BLOCKED, times=3)
    there.run(minutes=2)
    campaign.refresh_from_db()
    assert campaign.state == "held"
    assert "Look there whether it goes out" in campaign.reason
    assert "nothing was sent" not in campaign.reason
    there.run(minutes=3)
    assert there.status(campaign) == "save"


def test_an_account_that_is_blocked_before_anything_is_on_its_way_has_sent_nothing(there: There) -> None:
    campaign = there.make(at=OFF_GRID)
    there.run(minutes=1)
    there.fail("*", "**", BLOCKED)
    there.run(minutes=2)
    campaign.refresh_from_db()
    assert (campaign.state, "nothing was sent" in campaign.reason) == ("held", True)


def test_a_key_that_is_refused_is_no_answer_to_stopping_it(there: There, going_out: Campaign) -> None:
    control.cancel(going_out.pk, now=there.now)
    there.fail("POST", "/campaigns/*/actions/cancel-send", REVOKED)
    there.fake.set(sending_for=36_000.0)
    there.run(minutes=5)
    remote = there.remote(going_out)
    assert (remote.cancel_wanted_at is not None, remote.surprise) == (True, "")
    there.run(minutes=15)
    going_out.refresh_from_db()
    assert (going_out.state, there.status(going_out)) == ("cancelled", "canceled")


def test_a_creation_that_is_never_answered_waits_and_says_so_once_its_instant_is_over(there: There) -> None:
    there.fail("POST", "/campaigns", broken(500, done=False), times=1000)
    campaign = there.make(at=OFF_GRID)
    there.run(until=OFF_GRID + 10 * MINUTE)
    campaign.refresh_from_db()
    assert campaign.state == "waiting"
    assert "answer was lost" in campaign.reason
    there.fake.heal()
    there.run(minutes=5)
    check_sent(there, campaign)


class TestLockedOut:
    """The key opens nothing any more, perhaps for ever: its newsletter must not be kept for ever."""

    def test_a_draft_is_cancelled_and_what_may_be_left_is_named(self, there: There) -> None:
        campaign = there.make(at=OFF_GRID)
        there.run(minutes=1)
        there.fail("*", "**", REVOKED, times=1000)
        control.cancel(campaign.pk, now=there.now)
        there.run(minutes=1)
        campaign.refresh_from_db()
        remote = there.remote(campaign)
        assert campaign.state == "cancelled"
        assert remote.title in remote.surprise
        there.run(minutes=60)
        there.check_nobody_mailed()

    def test_of_restored_books_nobody_knows_that_it_is_a_draft(self, there: There) -> None:
        campaign = there.make(at=OFF_GRID)
        there.run(minutes=1)
        hold_everything(made_at=there.now, now=there.now)
        there.fail("*", "**", REVOKED, times=1000)
        control.cancel(campaign.pk, now=there.now)
        there.run(minutes=60)
        campaign.refresh_from_db()
        assert campaign.state == "held"

    def test_one_that_is_scheduled_there_is_waited_with_for_a_day_after_its_instant(self, there: There) -> None:
        campaign = there.make()
        there.run(minutes=1)
        there.fail("*", "**", REVOKED, times=1000)
        control.cancel(campaign.pk, now=there.now)
        there.run(until=AT + 23 * 60 * MINUTE)
        campaign.refresh_from_db()
        assert (campaign.state, "key" in campaign.reason) == ("waiting", True)
        there.run(minutes=90)
        campaign.refresh_from_db()
        assert campaign.state == "cancelled"
        assert "Nobody here knows" in there.remote(campaign).surprise
        there.fake.heal()
        there.run(minutes=60)
        assert campaign.deliveries.count() == 3
        assert there.remote(campaign).report["emails_sent"] == 3

    def test_what_nobody_cancelled_waits_for_a_key(self, there: There) -> None:
        campaign = there.make()
        there.run(minutes=1)
        there.fail("*", "**", REVOKED, times=1000)
        there.run(until=AT + 2 * 24 * 60 * MINUTE)
        campaign.refresh_from_db()
        assert campaign.state == "waiting"
        there.fake.heal()
        there.run(minutes=30)
        check_sent(there, campaign)


def test_a_doubt_that_another_worker_has_is_not_forgotten(there: There) -> None:
    campaign = there.make()
    remote = there.remote(campaign)
    remote.unsure_of, remote.unsure_since = "create", there.now - MINUTE
    MailchimpCampaign.objects.filter(pk=remote.pk).update(unsure_of="create", unsure_since=there.now)
    sight = Sight(remote=remote, seen=Seen())
    booking.forget_doubt(sight, None, Step(act=Act.FORGET_DOUBT), there.now)  # type: ignore[arg-type]
    assert there.remote(campaign).unsure_of == "create"


def test_a_blocked_account_that_a_new_key_opens_lets_a_campaign_wait_and_is_asked_again(there: There) -> None:
    campaign = there.make(at=OFF_GRID)
    there.run(minutes=1)
    keep_key(there.fake.key, by=None, now=there.now)
    there.fail("GET", "/", BLOCKED, times=100_000)
    there.run(minutes=2)
    campaign.refresh_from_db()
    assert campaign.state == "waiting"
    assert "blocked this account" in campaign.reason
    there.fake.heal()
    there.set_clock(OFF_GRID + 80 * MINUTE)
    there.run(minutes=10)
    check_sent(there, campaign)


def test_a_draft_that_mailchimp_refuses_to_delete_is_named_and_keeps_nobody_waiting(there: There) -> None:
    campaign = there.prepared()
    there.fail("DELETE", "/campaigns/*", refused(400, json.dumps({"title": "Bad Request", "detail": "No."})), times=999)
    control.cancel(campaign.pk, now=there.now)
    there.run(minutes=2)
    campaign.refresh_from_db()
    assert campaign.state == "scheduled", "it may be a moment's refusal"
    there.run(minutes=10)
    campaign.refresh_from_db()
    assert campaign.state == "cancelled"
    remote = there.remote(campaign)
    assert remote.title in remote.surprise
    assert "delete it there" in remote.surprise
    there.check_nobody_mailed()
