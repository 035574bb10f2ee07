"""The page where a reader chooses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from blog.models import Topic
from newsletter.audience.reader import token_for
from newsletter.models import ConsentEvent, Subscriber, Subscription
from tests.factories import make_newsletter, make_subscription

if TYPE_CHECKING:
    from pytest_django import Settings

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
    event = ConsentEvent.objects.get()
    assert (event.kind, event.source) == ("changed", "/preferences/")
    assert event.detail == "name; frequency: weekly; topics: sleep"


def test_saving_what_is_so_already_leaves_no_evidence(client: Client, subscription: Subscription, link: str) -> None:
    client.post(link, {"name": "", "frequency": "each_story"})

    assert not ConsentEvent.objects.exists()


@pytest.mark.parametrize(
    "data",
    [
        {"name": "Ada\nBcc: x", "frequency": "weekly"},
        {"frequency": "hourly"},
        {"frequency": "weekly", "topics": ["999"]},
        {"frequency": "weekly", "time_zone": "Mars/Olympus_Mons"},
        {"pause": "1", "weeks": "520"},
        {"pause": "1", "weeks": ""},
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


def test_a_time_zone_is_chosen_from_a_list_and_given_up_again(
    client: Client, subscription: Subscription, link: str
) -> None:
    html = client.get(link).content.decode()
    assert "As the newsletter: New York" in html
    assert '<optgroup label="Europe">' in html
    assert '<option value="America/Argentina/Buenos_Aires">Buenos Aires (Argentina)</option>' in html

    client.post(link, {"frequency": "each_story", "time_zone": "Europe/Lisbon"})
    assert Subscriber.objects.get().time_zone == "Europe/Lisbon"
    client.post(link, {"frequency": "each_story"})  # a page that was open since before it was asked for
    assert Subscriber.objects.get().time_zone == "Europe/Lisbon"
    client.post(link, {"frequency": "each_story", "time_zone": ""})
    assert Subscriber.objects.get().time_zone == ""
    assert [event.detail for event in ConsentEvent.objects.all()] == [
        "time_zone: Europe/Lisbon",
        "time_zone: as the newsletter",
    ]


def test_an_old_name_of_a_time_zone_can_be_kept(client: Client, subscription: Subscription, link: str) -> None:
    Subscriber.objects.update(time_zone="US/Eastern")

    assert client.post(link, {"frequency": "weekly", "time_zone": "US/Eastern"}).status_code == 200
    assert Subscriber.objects.get().time_zone == "US/Eastern"


def test_the_language_is_asked_for_where_there_is_a_choice(
    client: Client, subscription: Subscription, link: str, settings: Settings
) -> None:
    assert 'name="language"' not in client.get(link).content.decode()
    settings.LANGUAGES = [("en", "English"), ("de", "German")]

    assert "As the newsletter: English" in client.get(link).content.decode()
    client.post(link, {"frequency": "each_story", "language": "de"})
    assert Subscriber.objects.get().language == "de"
    assert client.post(link, {"frequency": "each_story", "language": "tlh"}).status_code == 400
    assert Subscriber.objects.get().language == "de"


@pytest.mark.parametrize(("weeks", "day"), [("1", "30 November 2026"), ("12", "15 February 2027")])
def test_a_pause_lasts_as_long_as_was_chosen(
    client: Client, subscription: Subscription, link: str, weeks: str, day: str
) -> None:
    with time_machine.travel("2026-11-23 20:00Z", tick=False):
        html = client.post(link, {"pause": "1", "weeks": weeks}).content.decode()

    subscription.refresh_from_db()
    assert subscription.paused_until == datetime(2026, 11, 23, 20, tzinfo=UTC) + timedelta(weeks=int(weeks))
    assert f"until {day}" in html
    assert "Enjoy the quiet" in html
    assert not Subscription.objects.receiving(subscription.paused_until - timedelta(seconds=1)).exists()
    assert Subscription.objects.receiving(subscription.paused_until).exists()


def test_a_pause_ends_when_the_reader_says_so(client: Client, subscription: Subscription, link: str) -> None:
    client.post(link, {"pause": "1", "weeks": "8"})

    html = client.post(link, {"resume": "1"}).content.decode()

    subscription.refresh_from_db()
    assert subscription.paused_until is None
    assert "Good to have you back" in html
    assert [event.detail for event in ConsentEvent.objects.all()] == ["paused: 8 weeks", "pause ended"]
    client.post(link, {"resume": "1"})
    assert ConsentEvent.objects.count() == 2


def test_the_day_a_pause_ends_is_that_of_the_readers_own_zone(
    client: Client, subscription: Subscription, link: str
) -> None:
    Subscriber.objects.update(time_zone="Asia/Tokyo")
    Subscription.objects.update(paused_until=datetime(2099, 1, 1, 20, tzinfo=UTC))

    assert "until 2 January 2099" in client.get(link).content.decode()


def test_a_forwarded_link_does_not_tell_what_else_somebody_reads(
    client: Client, subscription: Subscription, link: str
) -> None:
    letters = make_newsletter(slug="letters", name="Letters on Grief", hidden=True)
    Subscription.objects.create(subscriber=subscription.subscriber, newsletter=letters, state="confirmed")

    assert "Letters on Grief" not in client.get(link).content.decode()


def test_other_newsletters_are_offered_where_there_are_any(client: Client, link: str) -> None:
    assert "other newsletters" not in client.get(link).content.decode()
    make_newsletter(slug="letters")

    assert "other newsletters" in client.get(link).content.decode()


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
