"""A reader moves to another address: both mailboxes are asked, and no page tells who is known."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from newsletter.audience.reader import token_for
from newsletter.audience.suppression import SuppressionReason, is_suppressed, suppress
from newsletter.engine.tokens import mailbox_token
from newsletter.models import AddressChange, ConsentEvent, Delivery, OutgoingMail, Subscriber, Subscription
from newsletter.models.keys import key_ring
from tests.factories import make_subscription
from tests.factories_delivery import make_sending_campaign
from tests.integration.signing_up import link_in, mail_to

if TYPE_CHECKING:
    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
OLD, NEW = "ada@example.com", "ada@new.example"


@pytest.fixture
def subscription(home: HomePage, newsletter: Newsletter) -> Subscription:
    cache.clear()
    return make_subscription(newsletter, OLD)


def ask(client: Client, subscription: Subscription, new_email: str = NEW) -> str:
    """Post the form on the page of the mailbox; what the page says."""
    subscriber = Subscriber.objects.get(pk=subscription.subscriber_id)
    expires_at = timezone.now() + timedelta(hours=1)
    token = mailbox_token(subscriber.pk, subscriber.email, expires_at=expires_at, ring=key_ring())
    return client.post(f"/your-data/{token}/", {"act": "move", "new_email": new_email}).content.decode()


def links() -> tuple[str, str]:
    """What the mails to the old and to the new address lead to."""
    return link_in(mail_to(OLD), "change-address"), link_in(mail_to(NEW), "change-address")


def address(subscription: Subscription) -> str:
    return Subscriber.objects.get(pk=subscription.subscriber_id).email


@pytest.mark.parametrize("first", [0, 1])
def test_the_address_changes_once_both_mailboxes_have_said_yes(
    client: Client, subscription: Subscription, first: int
) -> None:
    ask(client, subscription)
    both = links()

    one = client.post(both[first], {"yes": "1"}).content.decode()
    assert "one yes of two" in one
    assert address(subscription) == OLD

    two = client.post(both[1 - first], {"yes": "1"}).content.decode()
    assert "Your address is changed" in two
    assert address(subscription) == NEW
    event = ConsentEvent.objects.get(kind="moved")
    assert (event.subscription, event.detail, event.source) == (
        subscription,
        "both mailboxes agreed",
        "/change-address/",
    )


def test_saying_yes_again_moves_nobody_twice(client: Client, subscription: Subscription) -> None:
    """Security case 7."""
    ask(client, subscription)
    for link in (*links(), *links()):
        assert client.post(link, {"yes": "1"}).status_code == 200

    assert ConsentEvent.objects.filter(kind="moved").count() == 1


def test_two_yes_of_one_mailbox_are_one(client: Client, subscription: Subscription) -> None:
    ask(client, subscription)
    new = links()[1]

    client.post(new, {"yes": "1"})
    client.post(new, {"yes": "1"})

    assert address(subscription) == OLD


@pytest.mark.parametrize("end", [0, 1])
@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_a_scanner_that_follows_the_links_agrees_to_nothing(
    client: Client, subscription: Subscription, method: str, end: int
) -> None:
    """Security case 6."""
    ask(client, subscription)
    both = links()
    client.post(both[1 - end], {"yes": "1"})

    getattr(client, method)(both[end])
    client.post(both[end])

    assert address(subscription) == OLD


@pytest.mark.parametrize("end", [0, 1])
def test_either_mailbox_can_say_no(client: Client, subscription: Subscription, end: int) -> None:
    ask(client, subscription)
    both = links()
    client.post(both[1 - end], {"yes": "1"})

    assert "All stays as it was" in client.post(both[end], {"no": "1"}).content.decode()

    for link in both:
        assert client.post(link, {"yes": "1"}).status_code == 410
    assert address(subscription) == OLD


def test_a_no_after_the_move_undoes_nothing(client: Client, subscription: Subscription) -> None:
    ask(client, subscription)
    both = links()
    for link in both:
        client.post(link, {"yes": "1"})

    assert "Your address is changed" in client.post(both[1], {"no": "1"}).content.decode()
    assert address(subscription) == NEW


def test_a_second_request_drops_the_first(client: Client, subscription: Subscription) -> None:
    ask(client, subscription)
    old, new = links()
    ask(client, subscription, "ada@third.example")

    for link in (old, new):
        assert client.post(link, {"yes": "1"}).status_code == 410
    assert AddressChange.objects.get().new_email == "ada@third.example"


def test_the_links_work_for_a_day(client: Client, subscription: Subscription) -> None:
    """Security case 9."""
    with time_machine.travel("2026-11-23 10:00", tick=False) as clock:
        ask(client, subscription)
        both = links()
        clock.shift(timedelta(days=1))
        for link in both:
            response = client.post(link, {"yes": "1"})
            assert response.status_code == 410
            assert "It worked for a day" in response.content.decode()


def test_old_links_go_on_working_and_the_old_mailbox_has_no_rights(client: Client, subscription: Subscription) -> None:
    expires_at = timezone.now() + timedelta(hours=1)
    proof = mailbox_token(subscription.subscriber_id, OLD, expires_at=expires_at, ring=key_ring())
    reader = token_for(subscription)
    ask(client, subscription)
    for link in links():
        client.post(link, {"yes": "1"})

    assert client.post(f"/preferences/{reader}/", {"frequency": "weekly"}).status_code == 200
    assert client.post(f"/your-data/{proof}/", {"act": "export"}).status_code == 410
    client.post(f"/unsubscribe/{reader}/", {"List-Unsubscribe": "One-Click"})
    subscription.refresh_from_db()
    assert (subscription.frequency, subscription.state) == ("weekly", "ended")


def known(newsletter: Newsletter, how: str) -> None:
    match how:
        case "reads":
            make_subscription(newsletter, NEW)
        case "left":
            make_subscription(newsletter, NEW, state="ended", ended_at=timezone.now())
        case "asked":
            make_subscription(newsletter, NEW, state="pending", confirmed_at=None)
        case "suppressed":
            suppress(NEW, reason=SuppressionReason.ERASED, now=timezone.now())


@pytest.mark.parametrize("how", ["reads", "left", "asked", "suppressed"])
def test_no_page_and_no_mail_to_the_old_address_tells_whether_the_new_one_is_known(
    client: Client, subscription: Subscription, newsletter: Newsletter, how: str
) -> None:
    """Security case 1, for readers who type somebody else's address."""
    unknown = ask(client, subscription)
    mail = mail_to(OLD)
    page = client.post(link_in(mail, "change-address"), {"yes": "1"}).content
    OutgoingMail.objects.all().delete()
    cache.clear()
    known(newsletter, how)

    assert ask(client, subscription) == unknown
    again = mail_to(OLD)
    assert again["Subject"] == mail["Subject"]
    assert client.post(link_in(again, "change-address"), {"yes": "1"}).content == page


@pytest.mark.parametrize("how", ["reads", "left"])
def test_a_mailbox_that_we_know_is_told_how_to_get_there_and_joined_with_nobody(
    client: Client, subscription: Subscription, newsletter: Newsletter, how: str
) -> None:
    known(newsletter, how)
    before = list(Subscription.objects.order_by("pk").values())

    ask(client, subscription)

    text = mail_to(NEW).get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "We know this address already" in text
    assert "/subscribe/" in text
    assert OLD not in text
    client.post(link_in(mail_to(OLD), "change-address"), {"yes": "1"})
    assert list(Subscription.objects.order_by("pk").values()) == before
    assert address(subscription) == OLD


def test_a_sign_up_there_that_nobody_confirmed_gives_way(
    client: Client, subscription: Subscription, newsletter: Newsletter
) -> None:
    known(newsletter, "asked")
    ask(client, subscription)
    for link in links():
        client.post(link, {"yes": "1"})

    assert address(subscription) == NEW
    assert Subscriber.objects.count() == 1


def test_who_starts_to_read_there_meanwhile_is_joined_with_nobody(
    client: Client, subscription: Subscription, newsletter: Newsletter
) -> None:
    ask(client, subscription)
    old, new = links()
    client.post(new, {"yes": "1"})
    known(newsletter, "reads")

    assert client.post(old, {"yes": "1"}).status_code == 200
    assert address(subscription) == OLD


def test_the_yes_of_a_suppressed_mailbox_lifts_it_and_the_mail_alone_does_not(
    client: Client, subscription: Subscription, newsletter: Newsletter
) -> None:
    """Security case 15."""
    known(newsletter, "suppressed")
    ask(client, subscription)
    old, new = links()
    client.post(old, {"yes": "1"})
    assert is_suppressed(NEW)

    client.post(new, {"yes": "1"})
    assert not is_suppressed(NEW)
    assert not is_suppressed(OLD)


def test_what_waits_for_the_old_address_goes_to_the_new_one_and_what_went_stays(
    client: Client, subscription: Subscription, newsletter: Newsletter
) -> None:
    earlier, campaign = make_sending_campaign(newsletter), make_sending_campaign(newsletter)
    Delivery.objects.filter(campaign=earlier).update(state="accepted")
    ask(client, subscription)
    both = links()
    OutgoingMail.objects.all().delete()
    for kind in ("welcome", "mailbox"):
        content = f"To: {OLD}\r\nSubject: x\r\n\r\nwords".encode()
        OutgoingMail.objects.create(kind=kind, envelope_from="e@rounds.example", recipient=OLD, content=content)

    for link in both:
        client.post(link, {"yes": "1"})

    assert Delivery.objects.get(campaign=campaign).address == NEW
    assert Delivery.objects.get(campaign=earlier).address == OLD
    mail = OutgoingMail.objects.get()
    assert (mail.kind, mail.recipient) == ("welcome", NEW)
    assert bytes(mail.content).startswith(f"To: {NEW}\r\n".encode())


@pytest.mark.parametrize("typed", ["", "no address", "ada@example.com\nBcc: eve@example.com", OLD, "ADA@Example.com"])
def test_an_address_that_can_not_be_is_named_and_nobody_is_mailed(
    client: Client, subscription: Subscription, typed: str
) -> None:
    assert "error-summary" in ask(client, subscription, typed)
    assert not OutgoingMail.objects.exists()
    assert not AddressChange.objects.exists()


def test_a_stranger_is_mailed_twice_a_day_at_most_whoever_asks(client: Client, newsletter: Newsletter) -> None:
    """Security case 2."""
    for number in range(5):
        reader = make_subscription(newsletter, f"reader-{number}@example.com")
        ask(client, reader, "victim@example.net")

    assert OutgoingMail.objects.filter(recipient="victim@example.net").count() == 2


def test_one_reader_asks_three_times_a_day(client: Client, subscription: Subscription) -> None:
    pages = {ask(client, subscription, f"ada-{number}@new.example") for number in range(6)}

    assert len(pages) == 1
    assert OutgoingMail.objects.filter(recipient=OLD).count() == 3
