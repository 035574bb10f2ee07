"""What Mailchimp refuses to us it may do all the same, and what it never answers is said."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from newsletter.delivery import control
from newsletter.models import OutgoingMail
from tests.fakes.mailchimp import FakeMailchimp
from tests.fakes.mailchimp.faults import broken, refused
from tests.integration.campaign_there import AT, There, set_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings

    from newsletter.models import Campaign, Newsletter

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
OFF_GRID = AT + 7 * MINUTE
BLOCKED = refused(403, json.dumps({"title": "Compliance Related", "detail": "This account is blocked."}))
REVOKED = refused(401, json.dumps({"title": "API Key Invalid", "detail": "No."}))


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeMailchimp]:
    with FakeMailchimp().running() as running:
        yield running


@pytest.fixture
def there(newsletter: Newsletter, fake: FakeMailchimp, settings: Settings) -> There:
    return set_up(newsletter, fake, settings)


@pytest.fixture
def going_out(there: There) -> Campaign:
    """In the middle of it."""
    there.fake.set(sending_for=600.0)
    campaign = there.make(at=OFF_GRID)
    there.run(until=OFF_GRID + MINUTE)
    return campaign


def check_sent(there: There, campaign: Campaign) -> None:
    campaign.refresh_from_db()
    assert (campaign.state, campaign.recipients, campaign.reason) == ("sent", 3, "")
    there.check_mailed_once()


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
