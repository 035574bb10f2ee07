"""Who has left here is off Mailchimp's audience before our clock has a campaign sent there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from newsletter.audience.end import end
from newsletter.audience.erase import erase
from newsletter.delivery import control, start
from newsletter.delivery.remote.standing import ensure_standing_tasks
from newsletter.engine.subscriptions import EndReason
from newsletter.models import MailchimpAudience, RemoteTask, Subscription
from tests.fakes.mailchimp import FakeMailchimp
from tests.fakes.mailchimp.faults import page_of_html
from tests.integration.campaign_there import MINUTE, OFF_GRID, READERS, There, set_up

if TYPE_CHECKING:
    from pytest_django import Settings

    from newsletter.models import Campaign, Newsletter

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ADA = READERS[0]


@pytest.fixture
def there(newsletter: Newsletter, running_mailchimp: FakeMailchimp, settings: Settings) -> There:
    there = set_up(newsletter, running_mailchimp, settings)
    ensure_standing_tasks(there.now)
    return there


@pytest.fixture
def after_an_outage(there: There) -> Campaign:
    """Everybody is known over there, nobody answered for a quarter of an hour, and the campaign has its turn first."""
    campaign = there.make(at=OFF_GRID)
    there.run(until=OFF_GRID - MINUTE)
    there.go_down()
    there.run(until=OFF_GRID + 14 * MINUTE)
    there.come_up()
    RemoteTask.objects.filter(state="pending").update(next_attempt_at=there.now + MINUTE)
    RemoteTask.objects.filter(name=f"campaign:{campaign.pk}").update(next_attempt_at=there.now)
    return campaign


def ada() -> Subscription:
    return Subscription.objects.get(subscriber__email=ADA)


def leave(there: There) -> None:
    end(ada(), reason=EndReason.UNSUBSCRIBED, source="test", now=there.now)


def mailed(there: There) -> list[str]:
    return sorted(address for _campaign, address in there.fake.mailed())


def check_all_but_ada_got_it(there: There, campaign: Campaign) -> None:
    campaign.refresh_from_db()
    assert (campaign.state, mailed(there)) == ("sent", [*READERS[1:]])


def test_who_left_during_an_outage_is_not_mailed_after_it(there: There, after_an_outage: Campaign) -> None:
    leave(there)
    there.run(minutes=5)
    check_all_but_ada_got_it(there, after_an_outage)
    assert there.fake.statuses(there.audience.list_id)[ADA] == "unsubscribed"


def test_who_was_erased_during_an_outage_is_not_mailed_after_it(there: There, after_an_outage: Campaign) -> None:
    erase(ada().subscriber, now=there.now)
    there.run(minutes=5)
    check_all_but_ada_got_it(there, after_an_outage)


def test_before_everybody_over_there_was_looked_at_nothing_is_sent(there: There) -> None:
    leave(there)
    MailchimpAudience.objects.update(polled_until=None)
    RemoteTask.objects.filter(kind__in=["poll", "push"]).update(next_attempt_at=OFF_GRID + 5 * MINUTE)
    campaign = there.make(at=OFF_GRID)
    there.run(until=OFF_GRID + 10 * MINUTE)
    check_all_but_ada_got_it(there, campaign)


def test_meanwhile_it_says_what_it_waits_for(there: There, after_an_outage: Campaign) -> None:
    leave(there)
    there.fail("PATCH", "/lists/*/members/*", page_of_html(), times=1000)
    there.run(minutes=0.5)
    after_an_outage.refresh_from_db()
    assert after_an_outage.state == "waiting"
    assert "Readers who have left here are still on Mailchimp’s audience" in after_an_outage.reason
    there.check_nobody_mailed()


def test_a_person_may_send_it_where_nothing_goes_on_there(there: There, after_an_outage: Campaign) -> None:
    leave(there)
    there.fail("PATCH", "/lists/*/members/*", page_of_html(), times=100_000)
    there.run(minutes=1)
    there.set_clock(OFF_GRID + start.late_after() + MINUTE)
    there.run(minutes=1)
    after_an_outage.refresh_from_db()
    assert after_an_outage.state == "held"
    MailchimpAudience.objects.update(problem="It asks for a telephone number.")
    control.release(after_an_outage.pk, now=there.now)
    there.run(minutes=1)
    assert mailed(there) == sorted(READERS)
