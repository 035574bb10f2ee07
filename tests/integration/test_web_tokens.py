"""Every page behind a token, and everything that is no token of it: not found, run out, never an error."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from config.settings import base
from newsletter.audience.consent import ip_hash, record
from newsletter.audience.suppression import SuppressionReason, is_suppressed, suppress, suppressed_among
from newsletter.engine.tokens import KeyRing, Purpose, seal
from newsletter.models import (
    AddressChange,
    ConsentEvent,
    ConsentKind,
    OutgoingMail,
    Subscriber,
    Subscription,
    Suppression,
)
from newsletter.models.keys import key_ring
from newsletter.urls import urlpatterns
from tests.factories import make_subscription
from tests.integration.token_pages import EVERYTHING, ONE_CLICK, PAGES, links

if TYPE_CHECKING:
    from datetime import datetime

    from pytest_django import Settings

    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
NEW_KEY = "a second key for tests only, as long as a real one would be"
#: A request each; the tests of `newsletter.engine.tokens` try thousands. No example changes the database.
few = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def subscription(home: HomePage, newsletter: Newsletter) -> Subscription:
    cache.clear()
    return make_subscription(newsletter, "ada@example.com")


def rows() -> list[object]:
    return [
        list(model._base_manager.order_by("pk").values())
        for model in (Subscriber, Subscription, ConsentEvent, AddressChange, OutgoingMail, Suppression)
    ]


def refused_everywhere(client: Client, tokens: dict[str, str], status: int = 404) -> None:
    """GET and POST of every page with this token instead of its own change nothing and give this status."""
    before = rows()
    for page, token in tokens.items():
        path = f"/{page}/{quote(token, safe='')}/"
        for response in (client.get(path), client.post(path, EVERYTHING), client.post(path, ONE_CLICK)):
            assert response.status_code == status, path
    assert rows() == before


def test_the_pages_here_are_all_that_take_a_token() -> None:
    taking = {str(pattern.pattern).split("/")[0] for pattern in urlpatterns if "token" in str(pattern.pattern)}

    assert taking == set(PAGES)


def test_the_log_hides_what_follows_each_of_their_names() -> None:
    """Security case 24: of a link that was cut or altered, most may be genuine."""
    hidden = base.LOGGING["formatters"]["line"]["secret_after"]  # type: ignore[index]
    assert {f"/{page}/" for page in PAGES} <= set(hidden)
    for pattern in urlpatterns:
        before, _, after = str(pattern.pattern).partition("<str:secret>")
        assert not after or f"/{before}" in hidden, pattern


@few
@given(
    st.sampled_from(PAGES),
    st.text(min_size=1, max_size=90)
    | st.binary(min_size=1, max_size=70).map(lambda raw: base64.urlsafe_b64encode(raw).decode()),
)
def test_no_text_opens_a_page(client: Client, subscription: Subscription, page: str, text: str) -> None:
    """Security case 21."""
    assume(text not in {".", ".."})  # a browser makes another path of them
    assume("/" not in text and "\x00" not in text)  # other paths than these pages have
    refused_everywhere(client, {page: text})


@few
@given(st.sampled_from(PAGES), st.data())
def test_a_flipped_bit_opens_nothing(
    client: Client, subscription: Subscription, page: str, data: st.DataObject
) -> None:
    """Security case 11."""
    token = links(subscription)[page]
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    refused_everywhere(client, {page: base64.urlsafe_b64encode(raw).rstrip(b"=").decode()})


@few
@given(st.sampled_from(PAGES), st.data())
def test_a_link_that_was_cut_or_grew_opens_nothing(
    client: Client, subscription: Subscription, page: str, data: st.DataObject
) -> None:
    token = links(subscription)[page]
    cut = st.integers(1, len(token) - 1)
    altered = cut.map(lambda place: token[:place]) | cut.map(lambda place: token[place:])
    grown = st.sampled_from(["=", "A", " ", "é", "\n", ")", ".", "%"]).map(lambda more: token + more)
    refused_everywhere(client, {page: data.draw(altered | grown)})


def test_a_huge_token_opens_nothing(client: Client, subscription: Subscription) -> None:
    """Security case 14, for links."""
    for token in ("A" * 100_000, "𝓐" * 10_000):
        refused_everywhere(client, dict.fromkeys(PAGES, token))


def test_a_token_of_another_purpose_opens_nothing(client: Client, subscription: Subscription) -> None:
    """Security case 10."""
    tokens = links(subscription)
    for page, token in tokens.items():
        others = {other for other in PAGES if tokens[other] != token}
        assert len(others) >= len(PAGES) - 2, page
        refused_everywhere(client, dict.fromkeys(others, token))


def test_a_seal_around_something_else_opens_nothing(client: Client, subscription: Subscription) -> None:
    """Of the right purpose and the right length: an end of a change that there is not, a change that never was."""
    purposes = (Purpose.CONFIRM, Purpose.READER, Purpose.READER, Purpose.MAILBOX, Purpose.ADDRESS)
    for page, purpose in zip(PAGES, purposes, strict=True):
        for payload in (b"\xff" * 24, b"\x00" * 23 + b"\x07", b"\x7f" * 16, b"1"):
            token = base64.urlsafe_b64encode(seal(payload, purpose=purpose, ring=key_ring())).rstrip(b"=").decode()
            assert client.post(f"/{page}/{token}/", EVERYTHING).status_code in {200, 404, 410}
    assert Subscription.objects.get().state == "confirmed"


def test_a_token_from_another_site_opens_nothing(
    client: Client, subscription: Subscription, settings: Settings
) -> None:
    """Security case 21."""
    own, settings.SECRET_KEY = settings.SECRET_KEY, NEW_KEY
    foreign = links(subscription)
    settings.SECRET_KEY = own

    refused_everywhere(client, foreign)


def test_an_expired_token_is_refused_and_says_what_to_do(client: Client, subscription: Subscription) -> None:
    """Security case 9."""
    expired = links(subscription, hours=-0.001)
    refused_everywhere(client, {page: expired[page] for page in ("confirm", "your-data", "change-address")}, 410)


def test_every_link_goes_on_working_after_the_key_was_rotated(
    client: Client, subscription: Subscription, settings: Settings
) -> None:
    """Twice: the first key is then the last of three."""
    Subscription.objects.update(state="pending", confirmed_at=None)
    tokens = links(subscription)
    settings.SECRET_KEY_FALLBACKS = [
        "the key that came between, for tests only, as long as a real one",
        settings.SECRET_KEY,
    ]
    settings.SECRET_KEY = NEW_KEY

    assert "Welcome" in client.post(f"/confirm/{tokens['confirm']}/").content.decode()
    client.post(f"/preferences/{tokens['preferences']}/", {"frequency": "weekly"})
    subscription.refresh_from_db()
    assert (subscription.state, subscription.frequency) == ("confirmed", "weekly")
    client.post(f"/unsubscribe/{tokens['unsubscribe']}/", ONE_CLICK)
    subscription.refresh_from_db()
    assert subscription.state == "ended"
    client.post(f"/change-address/{tokens['change-address']}/", {"yes": "1"})
    assert AddressChange.objects.get().old_agreed_at
    client.post(f"/your-data/{tokens['your-data']}/", {"act": "erase-now"})
    assert not Subscriber.objects.exists()


def test_links_die_with_their_key(client: Client, subscription: Subscription, settings: Settings) -> None:
    tokens = links(subscription)
    settings.SECRET_KEY = NEW_KEY
    settings.SECRET_KEY_FALLBACKS = []

    refused_everywhere(client, tokens)


def test_keyed_hashes_are_found_after_the_key_was_rotated(subscription: Subscription, settings: Settings) -> None:
    suppress("eve@example.com", reason=SuppressionReason.COMPLAINED, now=subscription.created_at)
    before = event_hash(subscription, subscription.created_at)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = NEW_KEY

    assert is_suppressed("eve@example.com")
    assert suppressed_among(["eve@example.com", "ada@example.com"]) == {"eve@example.com"}
    # A hash says which key made it: under that key the same client is still recognised.
    name, _, digest = before.partition(":")
    assert name in dict(key_ring().named())
    assert ip_hash("192.0.2.7") != before
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = settings.SECRET_KEY_FALLBACKS[0], []
    assert ip_hash("192.0.2.7") == before
    assert len(digest) == 64


def event_hash(subscription: Subscription, now: datetime) -> str:
    return record(subscription, ConsentKind.CONFIRMED, source="/confirm/", now=now, ip="192.0.2.7").ip_hash


def test_a_foreign_ring_seals_nothing_that_opens_here(client: Client, subscription: Subscription) -> None:
    foreign = links(subscription, ring=KeyRing.of([NEW_KEY]))

    refused_everywhere(client, {page: foreign[page] for page in ("confirm", "your-data", "change-address")})
