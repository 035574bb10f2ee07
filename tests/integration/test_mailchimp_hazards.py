"""What machines and strangers do to a campaign: it stays one campaign, mailed once, and nobody is subscribed again.

The faults that `test_mailchimp_campaigns_lines` does not have, and each webhook that is not what it says.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from newsletter.audience.erase import erase
from newsletter.audience.mailchimp.hooks import PURPOSE
from newsletter.audience.sealing import seal
from newsletter.backends.mailchimp.ids import member_hash
from newsletter.delivery import control
from newsletter.models import MailchimpAudience, MailchimpMember, Subscriber, Subscription
from newsletter.webhooks.mailchimp import MOST_BYTES
from tests.factories import make_subscription
from tests.fakes.mailchimp import FakeMailchimp, hooks
from tests.fakes.mailchimp.faults import Fault, delayed, drips, forbidden, hangs
from tests.integration.campaign_there import AT, MINUTE, NOW, OFF_GRID, READERS, There, set_up
from tests.integration.mailchimp_audience import HOOK, HOOK_SECRET, PATH_SECRET

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import Settings

    from newsletter.models import Campaign, Newsletter
    from tests.fakes.mailchimp.problems import Json

pytestmark = pytest.mark.django_db

ADA, BO, CY = READERS
LEFT = "left@example.com"
#: What a machine on the way says of itself; Mailchimp's own has a document.
NOT_FOUND_PAGE = Fault(kind="answer", status=404, body="<h1>Not Found</h1>", headers={"Content-Type": "text/html"})


@pytest.fixture
def there(newsletter: Newsletter, running_mailchimp: FakeMailchimp, settings: Settings) -> There:
    """Readers since a month, and somebody who has left, here and there."""
    scene = set_up(newsletter, running_mailchimp, settings)
    Subscription.objects.update(confirmed_at=NOW - timedelta(days=30))
    running_mailchimp.add_member(scene.audience.list_id, LEFT, status="unsubscribed")
    make_subscription(newsletter, LEFT, state="ended", ended_reason="unsubscribed", ended_at=NOW)
    return scene


def check_sent_once(there: There, campaign: Campaign) -> None:
    campaign.refresh_from_db()
    assert (campaign.state, campaign.recipients) == ("sent", 3)
    there.check_mailed_once()
    check_nobody_came_back(there)


def check_nobody_came_back(there: There) -> None:
    assert (there.fake.state.resubscribed, there.fake.state.confirmations) == ([], [])
    assert there.fake.statuses(there.audience.list_id)[LEFT] == "unsubscribed"
    assert Subscription.objects.get(subscriber__email=LEFT).state == "ended"


#: Asked by a worker that waits half a second at most.
FAULTS = {
    "no answer in time, and done": hangs(3, done=True),
    "no answer in time, and not done": hangs(3, done=False),
    "an answer that comes too late": delayed(1),
    "an answer that drips": drips(0.05),
    "403 without a body": forbidden(),
    "404 of another machine": NOT_FOUND_PAGE,
}
ROUTES = {
    "create": ("POST", "/campaigns"),
    "content": ("PUT", "/campaigns/*/content"),
    "schedule": ("POST", "/campaigns/*/actions/schedule"),
    "status": ("GET", "/campaigns/*"),
}


@pytest.mark.slow
@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_is_answered_on_the_way_it_goes_out_once(there: There, fault: str, route: str) -> None:
    there.set_deadline(0.5)
    there.fail(*ROUTES[route], FAULTS[fault])
    campaign = there.make()
    there.run(until=AT + 5 * MINUTE)
    check_sent_once(there, campaign)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_is_answered_to_send_nobody_is_mailed_twice(there: There, fault: str) -> None:
    there.set_deadline(0.5)
    there.fail("POST", "/campaigns/*/actions/send", FAULTS[fault])
    campaign = there.make(at=OFF_GRID)
    there.run(until=OFF_GRID + 5 * MINUTE)
    campaign.refresh_from_db()
    if campaign.state == "held":  # nobody can know: it is asked once more only by a person
        assert there.called("send") == 1
        there.check_nobody_mailed()
        control.release(campaign.pk, now=there.now)
        there.run(minutes=5)
    check_sent_once(there, campaign)


def test_one_that_is_scheduled_there_is_not_called_cancelled_by_the_word_of_another_machine(there: There) -> None:
    campaign = there.make()
    there.run(minutes=1)
    control.cancel(campaign.pk, now=there.now)
    there.fail("*", "/campaigns/**", NOT_FOUND_PAGE, times=100)
    there.set_deadline(0.05)
    there.run(minutes=3)
    campaign.refresh_from_db()
    assert campaign.state != "cancelled"
    there.come_up()
    there.run(minutes=3)
    campaign.refresh_from_db()
    assert (campaign.state, there.fake.campaigns()) == ("cancelled", [])
    there.set_clock(AT + 60 * MINUTE)
    there.check_nobody_mailed()


WRONG: tuple[hooks.Variant, ...] = ("forged", "unsigned", "stale")


class Stranger:
    """Posts to our webhook, with or without Mailchimp's secret, at an instant of the scene's clock."""

    def __init__(self, client: Client, there: There) -> None:
        self.client, self.there = client, there
        MailchimpAudience.objects.update(
            hook_path_digest=hashlib.sha256(PATH_SECRET.encode()).hexdigest(),
            sealed_hook_secret=seal(HOOK_SECRET.encode(), purpose=PURPOSE),
        )

    def posts(
        self, kind: str, address: str, *, variant: hooks.Variant = "", about: str = "", more: Json | None = None
    ) -> int:
        list_id = about or self.there.audience.list_id
        body = hooks.form(kind, list_id, address, at=self.there.now, more=more)
        return self.delivers(body, hooks.headers(HOOK_SECRET, body, at=self.there.now, variant=variant))

    def delivers(self, body: bytes, headers: dict[str, str]) -> int:
        given: Any = {name: value for name, value in headers.items() if name != "Content-Type"}
        with time_machine.travel(self.there.now, tick=False):
            answer = self.client.post(HOOK, body, content_type=headers["Content-Type"], headers=given)
        return answer.status_code


def test_no_webhook_of_a_stranger_keeps_a_reader_from_a_campaign_or_brings_one_back(
    there: There, client: Client
) -> None:
    stranger = Stranger(client, there)
    campaign = there.make()
    there.run(minutes=1)
    for kind, address in (("unsubscribe", ADA), ("cleaned", ADA), ("subscribe", LEFT)):
        for variant in WRONG:
            assert stranger.posts(kind, address, variant=variant) == 403
        assert stranger.posts(kind, address, about="ffffffffff") == 403
        assert stranger.posts(kind, address, more={"data[merges][X]": "x" * MOST_BYTES}) == 400
        assert stranger.posts(kind, address, more={"data[merges][X]": "x" * 10_000_000}) == 400
        assert stranger.posts(kind, address, more={"data" + "[a]" * 2000: "x"}) == 400
        assert stranger.posts(kind, address, more={"data[email][0]": address}) == 400
    there.run(until=AT + 5 * MINUTE)
    check_sent_once(there, campaign)


def test_a_webhook_that_is_replayed_brings_nobody_back_who_left_meanwhile(there: There, client: Client) -> None:
    stranger = Stranger(client, there)
    campaign = there.make()
    body = hooks.form("subscribe", there.audience.list_id, BO, at=there.now)
    genuine = hooks.headers(HOOK_SECRET, body, at=there.now)
    assert stranger.delivers(body, genuine) == 200
    there.run(minutes=1)
    there.fake.unsubscribe(there.audience.list_id, BO)
    assert stranger.posts("unsubscribe", BO) == 200
    assert Subscription.objects.get(subscriber__email=BO).state == "ended"

    assert stranger.delivers(body, genuine) == 200

    there.run(until=AT + 5 * MINUTE)
    assert stranger.delivers(body, genuine) == 403  # after five minutes not even that
    campaign.refresh_from_db()
    assert campaign.state == "sent"
    assert sorted(address for _campaign, address in there.fake.mailed()) == [ADA, CY]
    assert set(there.fake.mailed().values()) == {1}
    assert Subscription.objects.get(subscriber__email=BO).state == "ended"
    check_nobody_came_back(there)


@pytest.mark.parametrize(
    ("kind", "status"),
    [("subscribe", "subscribed"), ("profile", "subscribed"), ("unsubscribe", "unsubscribed"), ("cleaned", "cleaned")],
)
def test_an_erased_reader_whom_somebody_puts_back_there_is_deleted_again_and_not_mailed(
    there: There, client: Client, kind: str, status: str
) -> None:
    stranger = Stranger(client, there)
    campaign = there.make()
    erase(Subscriber.objects.get(email=CY), now=there.now)
    there.run(minutes=1)
    assert CY not in there.fake.statuses(there.audience.list_id)
    known = MailchimpMember.objects.filter(member_hash=member_hash(CY))
    assert not known.exists(), "Mailchimp has confirmed it: nothing is left that names the reader"
    there.fake.add_member(there.audience.list_id, CY, status=status)

    assert stranger.posts(kind, CY) == 200

    there.run(until=AT + 5 * MINUTE)
    campaign.refresh_from_db()
    assert campaign.state == "sent"
    assert CY not in there.fake.statuses(there.audience.list_id)
    assert sorted(address for _campaign, address in there.fake.mailed()) == [ADA, BO]
    assert not Subscriber.objects.filter(email=CY).exists()
    check_nobody_came_back(there)
