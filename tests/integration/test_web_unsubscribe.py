"""Leaving, from a page and by the mail program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from newsletter.audience.erase import erase
from newsletter.audience.reader import token_for
from newsletter.engine.tokens import KeyRing, ReaderClaim, confirm_token, reader_token
from newsletter.models import ConsentEvent, OutgoingMail, Subscription
from newsletter.models.keys import key_ring
from tests.factories import make_newsletter, make_subscription
from tests.integration.signing_up import last_mail, link_in, take

if TYPE_CHECKING:
    from pytest_django import Settings

    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def subscription(home: HomePage, newsletter: Newsletter) -> Subscription:
    cache.clear()
    return make_subscription(newsletter, "ada@example.com")


@pytest.fixture
def link(subscription: Subscription) -> str:
    return f"/unsubscribe/{token_for(subscription)}/"


def ended(subscription: Subscription) -> tuple[str, str]:
    subscription.refresh_from_db()
    return subscription.state, subscription.ended_reason


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_scanner_that_follows_the_link_ends_nothing(
    client: Client, subscription: Subscription, link: str, method: str
) -> None:
    """Security case 19."""
    response = getattr(client, method)(link)

    assert response.status_code == 200
    assert ended(subscription) == ("confirmed", "")


def test_the_button_ends_the_subscription_and_keeps_the_evidence(
    client: Client, subscription: Subscription, link: str
) -> None:
    response = client.post(link, {"cause": "too_many"})

    assert response.status_code == 200
    assert ended(subscription) == ("ended", "unsubscribed")
    assert subscription.left_because == "too_many"
    event = ConsentEvent.objects.get()
    assert (event.kind, event.source) == ("ended", "/unsubscribe/")


def test_why_somebody_left_is_asked_afterwards_and_once(client: Client, subscription: Subscription, link: str) -> None:
    assert "Would you tell us why?" not in client.get(link).content.decode()
    assert "Would you tell us why?" in client.post(link).content.decode()

    assert "Thank you for telling us." in client.post(link, {"cause": "other"}).content.decode()

    assert ended(subscription) == ("ended", "unsubscribed")
    assert subscription.left_because == "other"
    assert "Would you tell us why?" not in client.get(link).content.decode()
    assert ConsentEvent.objects.count() == 1


@pytest.mark.parametrize("data", [{}, {"cause": "nonsense"}])
def test_nobody_is_kept_for_lack_of_a_reason(
    client: Client, subscription: Subscription, link: str, data: dict[str, str]
) -> None:
    assert client.post(link, data).status_code == 200
    assert ended(subscription) == ("ended", "unsubscribed")
    assert subscription.left_because == ""


@pytest.mark.parametrize("multipart", [True, False])
def test_one_click_needs_no_cookie_no_csrf_token_and_redirects_nowhere(
    subscription: Subscription, link: str, multipart: bool
) -> None:
    """Security case 20 (RFC 8058 section 3.2 allows both encodings)."""
    client = Client(enforce_csrf_checks=True)

    if multipart:
        response = client.post(link, ONE_CLICK)
    else:
        body = "List-Unsubscribe=One-Click"
        response = client.post(link, body, content_type="application/x-www-form-urlencoded")

    assert response.status_code == 200
    assert not response.cookies
    assert ended(subscription) == ("ended", "one_click")


@pytest.mark.parametrize("data", [{"less": "weekly"}, {"less": "monthly"}])
def test_less_often_is_one_press(client: Client, subscription: Subscription, link: str, data: dict[str, str]) -> None:
    html = client.post(link, data).content.decode()

    subscription.refresh_from_db()
    assert (subscription.state, subscription.frequency) == ("confirmed", data["less"])
    assert "Good that you stay" in html
    assert link in html  # and the way out is still there
    assert ConsentEvent.objects.get().detail == f"frequency: {data['less']}"


def test_a_pause_is_one_press(client: Client, subscription: Subscription, link: str) -> None:
    html = client.post(link, {"pause": "4"}).content.decode()

    subscription.refresh_from_db()
    assert subscription.state == "confirmed"
    assert subscription.paused_until is not None
    assert "then it goes on by itself" in html


def test_the_way_out_comes_before_the_other_offers(client: Client, link: str) -> None:
    html = client.get(link).content.decode()

    assert html.index(">Unsubscribe</button>") < html.index("Or rather less of it?")


def test_what_the_page_does_not_offer_changes_nothing(client: Client, subscription: Subscription, link: str) -> None:
    client.post(link, {"less": "hourly"})

    assert ended(subscription) == ("confirmed", "")
    assert not ConsentEvent.objects.exists()


def test_one_click_ends_it_whatever_else_is_posted(client: Client, subscription: Subscription, link: str) -> None:
    client.post(link, {**ONE_CLICK, "less": "weekly", "pause": "4", "again": "1"})

    assert ended(subscription) == ("ended", "one_click")


def test_who_has_left_gets_no_less(client: Client, subscription: Subscription, link: str) -> None:
    client.post(link)

    assert "You are unsubscribed" in client.post(link, {"less": "weekly"}).content.decode()
    assert ended(subscription) == ("ended", "unsubscribed")


def test_a_second_click_changes_nothing(client: Client, subscription: Subscription, link: str) -> None:
    client.post(link, ONE_CLICK)
    first = Subscription.objects.values().get()

    assert client.post(link, ONE_CLICK).status_code == 200
    assert client.post(link).status_code == 200
    assert Subscription.objects.values().get() == first
    assert ConsentEvent.objects.count() == 1


def test_a_guessed_or_foreign_token_is_not_found(client: Client, subscription: Subscription, link: str) -> None:
    """Security cases 10 and 21."""
    claim = ReaderClaim(
        delivery_id=0, subscriber_id=subscription.subscriber_id, newsletter_id=subscription.newsletter_id
    )
    foreign = reader_token(claim, ring=KeyRing.of(["another site's key"]))
    confirming = confirm_token(subscription.pk, expires_at=timezone.now().replace(year=2100), ring=key_ring())
    token = link.split("/")[2]

    for guess in ("a", "1", token[:-1], token[:-1] + "A", foreign, confirming):
        assert client.post(f"/unsubscribe/{guess}/", ONE_CLICK).status_code == 404
    assert ended(subscription) == ("confirmed", "")


def test_a_token_ends_only_its_own_newsletter(client: Client, subscription: Subscription, link: str) -> None:
    other = Subscription.objects.create(
        subscriber=subscription.subscriber, newsletter=make_newsletter(slug="letters"), state="confirmed"
    )

    client.post(link, ONE_CLICK)

    assert ended(other) == ("confirmed", "")


def test_a_token_survives_the_rotation_of_the_key_and_many_years(
    client: Client, subscription: Subscription, link: str, settings: Settings
) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a second key for tests only, as long as a real one would be"

    assert client.post(link, ONE_CLICK).status_code == 200
    assert ended(subscription) == ("ended", "one_click")


def test_a_hidden_newsletter_can_still_be_left(client: Client, subscription: Subscription, link: str) -> None:
    subscription.newsletter.hidden = True
    subscription.newsletter.save()

    assert client.get(link).status_code == 200
    assert client.post(link, ONE_CLICK).status_code == 200
    assert ended(subscription) == ("ended", "one_click")


def test_the_link_of_an_erased_reader_still_answers(client: Client, subscription: Subscription, link: str) -> None:
    erase(subscription.subscriber, now=timezone.now())

    assert client.get(link).status_code == 200
    assert client.post(link, ONE_CLICK).status_code == 200


def test_subscribing_again_takes_a_fresh_opt_in(client: Client, subscription: Subscription, link: str) -> None:
    client.post(link)

    response = client.post(link, {"again": "1"})
    take()

    assert "Look into your inbox" in response.content.decode()
    assert ended(subscription)[0] == "pending"
    client.post(link_in(last_mail(), "confirm"))
    assert ended(subscription) == ("confirmed", "")


def test_asking_again_many_times_sends_one_mail(client: Client, subscription: Subscription, link: str) -> None:
    """Security case 2, by the bearer of a forwarded link."""
    client.post(link)
    for _ in range(20):
        client.post(link, {"again": "1"})
    take()

    assert OutgoingMail.objects.count() == 1


def test_the_pages_leave_no_trace_elsewhere_and_name_no_address(
    client: Client, subscription: Subscription, link: str
) -> None:
    """Security case 24: the bearer of a forwarded issue doesn't learn whose it was."""
    for response in (client.get(link), client.post(link), client.get(link), client.post(link, ONE_CLICK)):
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["Cache-Control"] == "no-store"
        assert response["X-Robots-Tag"] == "noindex"
        assert "ada@" not in response.content.decode()
