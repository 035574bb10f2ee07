"""The page behind a mailed link: all data as a file, erasure, and the link itself."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from newsletter.audience.reader import token_for
from newsletter.audience.suppression import is_suppressed
from newsletter.engine.tokens import mailbox_token
from newsletter.models import OutgoingMail, Subscriber, Subscription
from newsletter.models.keys import key_ring
from tests.factories import make_newsletter, make_subscription
from tests.integration.signing_up import last_mail, link_in

if TYPE_CHECKING:
    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db
ADA = "ada@example.com"


@pytest.fixture
def subscription(home: HomePage, newsletter: Newsletter) -> Subscription:
    cache.clear()
    return make_subscription(newsletter, ADA)


@pytest.fixture
def preferences(subscription: Subscription) -> str:
    return f"/preferences/{token_for(subscription)}/"


@pytest.fixture
def link(client: Client, preferences: str) -> str:
    """The path of a fresh link, as the mail has it."""
    client.post(preferences, {"mailbox": "1"})
    return link_in(last_mail(), "your-data")


def test_the_link_goes_to_the_readers_own_address_and_to_nobody_elses(
    client: Client, subscription: Subscription, preferences: str
) -> None:
    """Security case 23: the bearer of a forwarded issue learns neither the address nor the link."""
    response = client.post(preferences, {"mailbox": "1", "email": "eve@example.com"})

    assert OutgoingMail.objects.get().recipient == ADA
    assert "your-data" not in response.content.decode()
    assert "ada@" not in response.content.decode()


def test_asking_again_and_again_mails_once_and_says_the_same(client: Client, preferences: str) -> None:
    first = client.post(preferences, {"mailbox": "1"})
    for _ in range(5):
        again = client.post(preferences, {"mailbox": "1"})
        assert (again.status_code, again.content) == (first.status_code, first.content)
    cache.clear()  # a cache may forget; the mails that were made are remembered
    client.post(preferences, {"mailbox": "1"})

    assert OutgoingMail.objects.count() == 1


def test_after_a_quarter_of_an_hour_a_new_link_is_mailed_six_a_day(client: Client, preferences: str) -> None:
    with time_machine.travel("2026-11-23 10:00", tick=False) as clock:
        for _ in range(9):
            client.post(preferences, {"mailbox": "1"})
            clock.shift(timedelta(minutes=16))

    assert OutgoingMail.objects.count() == 6


@pytest.mark.parametrize("state", ["pending", "ended"])
def test_who_reads_no_more_can_still_ask_for_the_link(
    client: Client, subscription: Subscription, preferences: str, state: str
) -> None:
    Subscription.objects.update(state=state)

    assert "Mail me the link" in client.get(preferences).content.decode()
    client.post(preferences, {"mailbox": "1"})

    assert OutgoingMail.objects.get().recipient == ADA


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "delete"])
def test_a_scanner_that_follows_the_link_changes_and_takes_nothing(client: Client, link: str, method: str) -> None:
    response = getattr(client, method)(f"{link}?act=erase-now")

    assert "attachment" not in response.get("Content-Disposition", "")
    assert Subscriber.objects.filter(email=ADA).exists()
    assert client.post(link, {"act": "nonsense"}).status_code == 200
    assert Subscriber.objects.filter(email=ADA).exists()


def test_my_data_come_as_a_file_without_a_name_in_its_name(client: Client, link: str) -> None:
    response = client.post(link, {"act": "export"})

    assert response["Content-Type"].startswith("application/json")
    assert response["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert json.loads(response.content)["address"] == ADA


def test_erasing_is_asked_once_more_and_says_what_remains(client: Client, link: str, newsletter: Newsletter) -> None:
    other = Subscription.objects.create(
        subscriber=Subscriber.objects.get(), newsletter=make_newsletter(slug="letters"), state="confirmed"
    )

    asked = client.post(link, {"act": "erase"})
    assert "Yes, erase me" in asked.content.decode()
    assert Subscription.objects.filter(pk=other.pk).exists()

    erased = client.post(link, {"act": "erase-now"}).content.decode()
    assert "You are erased" in erased
    assert "keyed hash" in erased
    assert "2 records that somebody agreed or left" in erased  # that both subscriptions ended
    assert not Subscriber.objects.exists()
    assert is_suppressed(ADA)


def test_the_link_of_an_erased_reader_has_run_out(client: Client, link: str) -> None:
    client.post(link, {"act": "erase-now"})

    for response in (client.get(link), client.post(link, {"act": "export"})):
        assert response.status_code == 410


def test_the_link_works_for_an_hour(client: Client, subscription: Subscription, preferences: str) -> None:
    """Security case 9."""
    with time_machine.travel("2026-11-23 10:00", tick=False) as clock:
        client.post(preferences, {"mailbox": "1"})
        link = link_in(last_mail(), "your-data")
        clock.shift(timedelta(minutes=59))
        assert client.get(link).status_code == 200
        clock.shift(timedelta(minutes=1))
        for response in (client.get(link), client.post(link, {"act": "erase-now"})):
            assert response.status_code == 410
            assert "Mail me the link" in response.content.decode()
    assert Subscriber.objects.filter(email=ADA).exists()


def test_a_link_that_was_sent_to_another_address_proves_nothing(client: Client, subscription: Subscription) -> None:
    """Who has left a mailbox behind has left its links behind."""
    soon = timezone.now() + timedelta(minutes=5)
    token = mailbox_token(subscription.subscriber_id, "ada@old.example", expires_at=soon, ring=key_ring())

    for data in ({"act": "export"}, {"act": "erase-now"}, {"act": "move", "new_email": "eve@example.com"}):
        assert client.post(f"/your-data/{token}/", data).status_code == 410
    assert Subscriber.objects.filter(email=ADA).exists()


def test_a_reader_token_exports_and_erases_nothing(client: Client, subscription: Subscription) -> None:
    """Security cases 10 and 23."""
    for act in ("export", "erase-now", "move"):
        assert client.post(f"/your-data/{token_for(subscription)}/", {"act": act}).status_code == 404
    assert Subscriber.objects.filter(email=ADA).exists()


def test_the_pages_need_no_cookie_and_leave_no_trace_elsewhere(link: str) -> None:
    """Security case 24."""
    client = Client(enforce_csrf_checks=True)
    for data in ({"act": "export"}, {"act": "move", "new_email": "x"}, {"act": "erase"}, {"act": "erase-now"}):
        response = client.post(link, data)
        assert response.status_code in {200, 400}
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["Cache-Control"] == "no-store"
        assert response["X-Robots-Tag"] == "noindex"
        assert not response.cookies
