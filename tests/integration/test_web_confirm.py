"""The page behind the link in a confirmation mail."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from newsletter.audience.reader import token_for
from newsletter.engine.tokens import confirm_token
from newsletter.models import ConsentEvent, Subscription
from newsletter.models.keys import key_ring
from tests.factories import make_subscription
from tests.integration.signing_up import last_mail, link_in, sign_up

if TYPE_CHECKING:
    from pytest_django import Settings

    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(client: Client, home: HomePage, newsletter: Newsletter) -> str:
    """The path in the mail of a fresh sign-up of ada@example.com."""
    cache.clear()
    sign_up(client)
    return link_in(last_mail(), "confirm")


def state() -> str:
    return Subscription.objects.get(subscriber__email="ada@example.com").state


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "delete"])
def test_a_scanner_that_follows_the_link_changes_nothing(client: Client, link: str, method: str) -> None:
    """Security case 6."""
    getattr(client, method)(link)

    assert state() == "pending"
    assert ConsentEvent.objects.count() == 1


def test_the_button_confirms_without_cookie_or_csrf_token(link: str) -> None:
    client = Client(enforce_csrf_checks=True)

    page = client.get(link)
    response = client.post(link)

    assert page.status_code == 200
    assert not page.cookies
    assert response.status_code == 200
    assert state() == "confirmed"
    assert ConsentEvent.objects.filter(kind="confirmed", source="/confirm/").count() == 1


def test_pressing_again_is_the_same(client: Client, link: str) -> None:
    """Security case 7."""
    first, second = client.post(link), client.post(link)

    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert ConsentEvent.objects.filter(kind="confirmed").count() == 1


def test_the_thanks_lead_to_the_preferences(client: Client, link: str) -> None:
    client.post(link)
    subscription = Subscription.objects.get()

    response = client.post(link)

    assert f"/preferences/{token_for(subscription)}/" in response.content.decode()


def test_an_expired_link_says_what_to_do(client: Client, newsletter: Newsletter, home: HomePage) -> None:
    """Security case 9."""
    subscription = make_subscription(newsletter, state="pending", confirmed_at=None)
    expired = confirm_token(subscription.pk, expires_at=timezone.now() - timedelta(seconds=1), ring=key_ring())

    for response in (client.get(f"/confirm/{expired}/"), client.post(f"/confirm/{expired}/")):
        assert response.status_code == 410
        assert 'action="/subscribe/"' in response.content.decode()
    subscription.refresh_from_db()
    assert subscription.state == "pending"


def test_a_link_whose_sign_up_is_gone_says_what_to_do(client: Client, link: str) -> None:
    Subscription.objects.get().subscriber.delete()

    assert client.post(link).status_code == 410


def test_a_reader_token_confirms_nothing(client: Client, newsletter: Newsletter, home: HomePage) -> None:
    """Security case 10."""
    subscription = make_subscription(newsletter, state="pending", confirmed_at=None)

    assert client.post(f"/confirm/{token_for(subscription)}/").status_code == 404
    subscription.refresh_from_db()
    assert subscription.state == "pending"


def test_an_altered_link_is_not_found(client: Client, link: str) -> None:
    """Security case 11."""
    token = link.split("/")[2]
    for place in range(0, len(token), 7):
        altered = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert client.post(f"/confirm/{altered}/").status_code == 404
    assert state() == "pending"


def test_the_page_leaves_no_trace_elsewhere(client: Client, link: str) -> None:
    """Security case 24."""
    for response in (client.get(link), client.post(link), client.get("/confirm/altered/")):
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["Cache-Control"] == "no-store"
        assert response["X-Robots-Tag"] == "noindex"


def test_a_link_survives_the_rotation_of_the_key(client: Client, link: str, settings: Settings) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a second key for tests only, as long as a real one would be"

    assert client.post(link).status_code == 200
    assert state() == "confirmed"
