"""Who has left here and can't be taken off Mailchimp's audience: a campaign waits for a person before it mails them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from newsletter.audience.end import end
from newsletter.audience.erase import erase
from newsletter.backends.mailchimp.ids import member_hash
from newsletter.delivery import control
from newsletter.delivery.remote.standing import ensure_standing_tasks
from newsletter.engine.subscriptions import EndReason
from newsletter.models import Subscription
from tests.fakes.mailchimp import FakeMailchimp
from tests.fakes.mailchimp.faults import page_of_html, refused
from tests.integration.campaign_there import AT, MINUTE, OFF_GRID, READERS, There, set_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings

    from newsletter.models import Campaign, Newsletter
    from tests.fakes.mailchimp.faults import Fault

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ADA = READERS[0]
NO = refused(400, '{"title": "Invalid Resource", "status": 400, "detail": "Your merge fields were invalid."}')
#: Nothing that is asked again at once.
FAILS = page_of_html()
#: By when a reader who left has long been taken off, if all is well.
JUST_BEFORE = AT - 2 * MINUTE


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeMailchimp]:
    with FakeMailchimp().running() as running:
        yield running


@pytest.fixture
def there(newsletter: Newsletter, fake: FakeMailchimp, settings: Settings) -> There:
    there = set_up(newsletter, fake, settings)
    ensure_standing_tasks(there.now)
    return there


@pytest.fixture
def campaign(there: There) -> Campaign:
    """On the grid, scheduled over there."""
    return there.scheduled()


def leave(there: There, fault: Fault | None = None, *, address: str = ADA) -> None:
    if fault is not None:
        there.fail("PATCH", f"/lists/*/members/{member_hash(address)}", fault, times=100_000)
    subscription = Subscription.objects.get(subscriber__email=address)
    end(subscription, reason=EndReason.UNSUBSCRIBED, source="test", now=there.now)


def mailed(there: There) -> list[str]:
    return sorted(address for _campaign, address in there.fake.mailed())


def state_of(campaign: Campaign) -> str:
    campaign.refresh_from_db()
    return campaign.state


def check_held(there: There, campaign: Campaign) -> None:
    assert state_of(campaign) == "held"
    assert "can’t be taken off Mailchimp’s audience" in campaign.reason
    assert "by hand" in campaign.reason
    assert there.status(campaign) == "save"
    there.check_nobody_mailed()


def test_whom_mailchimp_refuses_to_take_off_holds_what_is_scheduled(there: There, campaign: Campaign) -> None:
    leave(there, NO)
    there.run(minutes=2)
    check_held(there, campaign)
    there.run(until=AT + 5 * MINUTE)
    check_held(there, campaign)


def test_unsubscribed_there_by_hand_it_goes_to_the_others(there: There, campaign: Campaign) -> None:
    leave(there, NO)
    there.run(minutes=2)
    there.fake.heal()
    there.fake.unsubscribe(there.audience.list_id, ADA, by="admin")
    there.run(minutes=1)
    control.release(campaign.pk, now=there.now)
    there.run(until=AT + 5 * MINUTE)
    assert (state_of(campaign), mailed(there)) == ("sent", [*READERS[1:]])
    assert there.called("send") == 0, "it was in time for Mailchimp's clock again"


def test_released_as_it_is_a_person_has_decided(there: There, campaign: Campaign) -> None:
    leave(there, NO)
    there.run(minutes=2)
    check_held(there, campaign)
    control.release(campaign.pk, now=there.now)
    there.run(until=AT + 5 * MINUTE)
    assert (state_of(campaign), mailed(there)) == ("sent", sorted(READERS))


def test_who_was_erased_and_can_not_be_deleted_holds_it_as_well(there: There, campaign: Campaign) -> None:
    there.fail("POST", f"/lists/*/members/{member_hash(ADA)}/actions/delete-permanent", NO, times=100_000)
    there.run(minutes=1)
    erase(Subscription.objects.get(subscriber__email=ADA).subscriber, now=there.now)
    there.run(minutes=2)
    check_held(there, campaign)


def test_refused_days_before_it_is_held_an_hour_before_its_instant(there: There) -> None:
    at = AT + 180 * MINUTE
    campaign = there.make(at=at)
    there.run(minutes=1)
    leave(there, NO)
    there.run(minutes=2)
    there.set_clock(at - 64 * MINUTE)
    there.run(until=at - 62 * MINUTE)
    assert (state_of(campaign), there.status(campaign)) == ("scheduled", "schedule")
    there.run(until=at - 58 * MINUTE)
    check_held(there, campaign)


def test_a_contact_that_fails_takes_it_from_the_schedule_and_it_waits(there: There, campaign: Campaign) -> None:
    there.run(until=JUST_BEFORE)
    leave(there, FAILS)
    there.run(until=AT + MINUTE)
    assert state_of(campaign) == "waiting"
    assert "Readers who have left here are still on Mailchimp’s audience" in campaign.reason
    there.check_nobody_mailed()
    there.fake.heal()
    there.run(minutes=3)
    assert (state_of(campaign), mailed(there)) == ("sent", [*READERS[1:]])
    assert there.remote(campaign).surprise == ""


@pytest.mark.parametrize("at", [AT, OFF_GRID])
def test_a_contact_that_goes_on_failing_is_a_persons_to_decide(there: There, at: datetime) -> None:
    campaign = there.make(at=at)
    there.run(minutes=1)
    there.set_clock(campaign.scheduled_at - 3 * MINUTE)
    there.run(minutes=1)
    leave(there, FAILS)
    there.run(minutes=3)
    there.set_clock(campaign.scheduled_at + 15 * MINUTE - 3 * MINUTE)
    there.run(until=campaign.scheduled_at + 15 * MINUTE - MINUTE)
    assert state_of(campaign) == "waiting"
    there.run(minutes=3)
    check_held(there, campaign)
    control.release(campaign.pk, now=there.now)
    there.run(minutes=7)
    assert (state_of(campaign), mailed(there)) == ("sent", sorted(READERS))


def test_who_leaves_in_the_last_minute_is_taken_off_in_time_and_nothing_else_changes(
    there: There, campaign: Campaign
) -> None:
    there.run(until=AT - timedelta(seconds=50))
    leave(there)
    there.run(until=AT + 5 * MINUTE)
    assert (state_of(campaign), mailed(there)) == ("sent", [*READERS[1:]])
    assert (there.called("unschedule"), there.called("send")) == (0, 0)


def test_brought_forward_it_is_held_all_the_same(there: There, campaign: Campaign) -> None:
    leave(there, NO)
    control.bring_forward(campaign.pk, now=there.now)
    there.run(minutes=2)
    check_held(there, campaign)
