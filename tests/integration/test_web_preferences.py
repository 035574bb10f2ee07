"""The page where a reader chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.test import Client

from blog.models import Topic
from newsletter.audience.reader import token_for
from newsletter.models import ConsentEvent, Subscription
from tests.factories import make_subscription

if TYPE_CHECKING:
    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db


@pytest.fixture
def subscription(home: HomePage, newsletter: Newsletter) -> Subscription:
    cache.clear()
    return make_subscription(newsletter, "ada@example.com")


@pytest.fixture
def link(subscription: Subscription) -> str:
    return f"/preferences/{token_for(subscription)}/"


def test_name_frequency_and_topics_are_kept_with_the_evidence(
    client: Client, subscription: Subscription, link: str
) -> None:
    sleep = Topic.objects.create(name="Sleep", slug="sleep")
    Topic.objects.create(name="Ketamine", slug="ketamine")

    response = client.post(link, {"name": "Ada", "frequency": "weekly", "topics": [sleep.pk]})

    subscription.refresh_from_db()
    assert response.status_code == 200
    assert "Saved." in response.content.decode()
    assert (subscription.subscriber.name, subscription.frequency) == ("Ada", "weekly")
    assert list(subscription.topics.all()) == [sleep]
    assert ConsentEvent.objects.get().kind == "changed"


def test_saving_what_is_so_already_leaves_no_evidence(client: Client, subscription: Subscription, link: str) -> None:
    client.post(link, {"name": "", "frequency": "each_story"})

    assert not ConsentEvent.objects.exists()


@pytest.mark.parametrize(
    "data",
    [
        {"name": "Ada\nBcc: x", "frequency": "weekly"},
        {"frequency": "hourly"},
        {"frequency": "weekly", "topics": ["999"]},
    ],
)
def test_a_wrong_choice_is_named_and_changes_nothing(
    client: Client, subscription: Subscription, link: str, data: dict[str, str]
) -> None:
    before = Subscription.objects.values().get()

    response = client.post(link, data)

    assert response.status_code == 400
    assert "error-summary" in response.content.decode()
    assert Subscription.objects.values().get() == before


def test_the_preferences_of_another_are_refused(client: Client, subscription: Subscription, link: str) -> None:
    """Security case 22."""
    other = make_subscription(subscription.newsletter, "eve@example.com")
    mine, hers = link.split("/")[2], token_for(other)
    mixed = mine[: len(mine) // 2] + hers[len(mine) // 2 :]

    for guess in (str(other.pk), mixed, mine + "A"):
        assert client.get(f"/preferences/{guess}/").status_code == 404
        assert client.post(f"/preferences/{guess}/", {"frequency": "weekly"}).status_code == 404
    client.post(link, {"frequency": "weekly"})
    other.refresh_from_db()
    assert other.frequency == "each_story"


def test_a_reader_token_gives_no_address_and_no_right_over_the_data(
    client: Client, subscription: Subscription, link: str
) -> None:
    """Security case 23: a forwarded issue must not give a stranger export, erasure or a change of address."""
    html = client.get(link).content.decode()

    client.post(link, {"frequency": "weekly", "email": "eve@example.com", "erase": "1", "state": "ended"})

    assert "ada@" not in html
    assert 'type="email"' not in html
    subscription.refresh_from_db()
    assert (subscription.subscriber.email, subscription.state) == ("ada@example.com", "confirmed")


@pytest.mark.parametrize(("state", "words"), [("pending", "Not confirmed yet"), ("ended", "You are unsubscribed")])
def test_only_a_confirmed_subscription_can_be_changed(
    client: Client, subscription: Subscription, link: str, state: str, words: str
) -> None:
    Subscription.objects.update(state=state)

    response = client.post(link, {"frequency": "weekly"})

    subscription.refresh_from_db()
    assert words in response.content.decode()
    assert subscription.frequency == "each_story"


def test_a_name_is_escaped_wherever_it_is_shown(client: Client, subscription: Subscription, link: str) -> None:
    """Security case 13, for names that came in by another way than the forms."""
    subscription.subscriber.name = '"><script>alert(1)</script>'
    subscription.subscriber.save()

    assert "<script>alert" not in client.get(link).content.decode()


def test_the_page_leaves_no_trace_elsewhere(client: Client, link: str) -> None:
    """Security case 24."""
    for response in (client.get(link), client.post(link, {"frequency": "weekly"})):
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["Cache-Control"] == "no-store"
        assert response["X-Robots-Tag"] == "noindex"
        assert not response.cookies
