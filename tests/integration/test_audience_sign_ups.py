"""Sign-ups on their way from the page to the mail."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.utils import timezone

from blog.models import Topic
from core.models import PublicationSettings
from newsletter.audience import sign_ups
from newsletter.audience.confirm import confirm
from newsletter.audience.sign_ups import FOR_ONE_ADDRESS, request_mail_again, request_sign_up, take_sign_ups
from newsletter.audience.subscribe import MAIL_WINDOW, subscribe
from newsletter.delivery import agenda
from newsletter.engine.addresses import AddressError
from newsletter.engine.tokens import ExpiredTokenError
from newsletter.models import ConsentEvent, Frequency, OutgoingMail, SignUpRequest, Subscriber, Subscription
from tests.factories import make_newsletter, make_subscription
from tests.integration.signing_up import last_mail, link_in

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _fresh_counters(home: HomePage) -> None:
    cache.clear()


def ask(newsletter: Newsletter, email: str = "ada@example.com", *, now: datetime = NOW, **fields: Any) -> None:
    request_sign_up(newsletter, email=email, now=now, **{"source": "/subscribe/", "ip": "192.0.2.7", **fields})


@pytest.mark.parametrize("known", ["", "pending", "confirmed", "ended"])
def test_asking_is_one_row_whoever_the_address_belongs_to(
    newsletter: Newsletter, known: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Security case 1: there is nothing that could take longer for somebody who is known."""
    if known:
        make_subscription(newsletter, "ada@example.com", state=known)

    with django_assert_num_queries(1) as queries:
        ask(newsletter, name="Ada", frequency=Frequency.WEEKLY)

    assert queries.captured_queries[0]["sql"].startswith("INSERT INTO")


def test_what_was_asked_arrives_in_the_subscription_and_its_evidence(newsletter: Newsletter) -> None:
    sleep = Topic.objects.create(name="Sleep", slug="sleep")
    ask(newsletter, name="Ada", frequency=Frequency.MONTHLY, topics=[sleep], language="de", source="/stories/")

    assert take_sign_ups(NOW + 3 * SECOND) == 1

    subscription = Subscription.objects.select_related("subscriber").get()
    event = ConsentEvent.objects.get()
    assert (subscription.state, subscription.frequency) == ("pending", "monthly")
    assert list(subscription.topics.all()) == [sleep]
    assert (subscription.subscriber.name, subscription.subscriber.language) == ("Ada", "de")
    assert (event.kind, event.source, event.at) == ("requested", "/stories/", NOW)
    assert event.ip_hash
    assert not SignUpRequest.objects.exists()


def test_a_topic_that_is_gone_is_left_out(newsletter: Newsletter) -> None:
    gone = Topic.objects.create(name="Sleep", slug="sleep")
    ask(newsletter, topics=[gone])
    gone.delete()

    take_sign_ups(NOW)

    assert not Subscription.objects.get().topics.exists()


def test_a_bad_address_is_refused_before_anything_is_kept(newsletter: Newsletter) -> None:
    """Security cases 12 and 14."""
    for email, name in (("ada@", ""), ("ada@example.com\nBcc: x@example.com", ""), ("ada@example.com", "Ada\x00")):
        with pytest.raises(AddressError):
            ask(newsletter, email, name=name)

    assert not SignUpRequest.objects.exists()


def test_an_editor_who_adds_a_reader_states_why_and_the_reader_still_opts_in(newsletter: Newsletter) -> None:
    editor = User.objects.create_user("editor")
    ask(newsletter, source="admin", basis="Asked at the congress in May.", by_id=editor.pk, ip="")

    take_sign_ups(NOW)

    added = ConsentEvent.objects.get(kind="added")
    assert (added.detail, added.by, added.source) == ("Asked at the congress in May.", editor, "admin")
    assert ConsentEvent.objects.filter(kind="requested").count() == 1
    assert Subscription.objects.get().state == "pending"
    assert last_mail()["To"] == "ada@example.com"


def test_one_that_fails_is_kept_and_holds_up_nobody(
    newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ask(newsletter, "first@example.com")
    ask(newsletter, "second@example.com")

    def failing(newsletter: Newsletter, **given: Any) -> None:
        if given["email"] == "first@example.com":
            raise RuntimeError("the database has hiccups")
        subscribe(newsletter, **given)

    monkeypatch.setattr(sign_ups, "subscribe", failing)
    with caplog.at_level(logging.ERROR):
        assert take_sign_ups(NOW) == 1
    assert "first@example.com" not in caplog.text
    assert OutgoingMail.objects.get().recipient == "second@example.com"
    assert take_sign_ups(NOW + SECOND) == 0, "not tried all the time"

    monkeypatch.setattr(sign_ups, "subscribe", subscribe)
    assert take_sign_ups(NOW + sign_ups.FIRST_RETRY) == 1
    assert Subscriber.objects.count() == 2


def test_without_a_sender_address_the_sign_ups_wait_until_there_is_one(newsletter: Newsletter) -> None:
    PublicationSettings.objects.update(sender_email="")
    type(newsletter).objects.update(sender_email="")
    ask(newsletter)
    for hour in range(30):
        take_sign_ups(NOW + timedelta(hours=hour))
    assert not OutgoingMail.objects.exists()

    type(newsletter).objects.update(sender_email="editor@rounds.example")
    take_sign_ups(NOW + timedelta(hours=31))

    assert OutgoingMail.objects.get().recipient == "ada@example.com"


def test_the_worker_comes_for_what_waits(newsletter: Newsletter) -> None:
    now = timezone.now()
    assert agenda.is_idle(now=now)
    ask(newsletter, now=now)

    assert agenda.next_due(now=now) == now
    assert not agenda.is_idle(now=now)


def test_a_second_newsletter_within_the_window_is_mailed_when_it_is_over(newsletter: Newsletter) -> None:
    """Security case 2 takes nothing from a reader who wants two newsletters."""
    letters = make_newsletter(name="Letters", slug="letters")
    ask(newsletter)
    for number in range(10):
        ask(letters, now=NOW + SECOND, frequency=Frequency.WEEKLY if number == 9 else Frequency.MONTHLY)
    take_sign_ups(NOW + 2 * SECOND)
    assert OutgoingMail.objects.count() == 1
    assert SignUpRequest.objects.count() == 1

    take_sign_ups(NOW + 2 * SECOND + MAIL_WINDOW)

    assert OutgoingMail.objects.count() == 2
    assert Subscription.objects.get(newsletter=letters).frequency == "weekly"
    assert "Letters" in last_mail()["Subject"]


def test_beyond_a_few_an_hour_nothing_is_looked_up_for_one_address(newsletter: Newsletter) -> None:
    """Security case 2."""
    for _ in range(FOR_ONE_ADDRESS.amount):
        ask(newsletter)
    take_sign_ups(NOW)
    ask(make_newsletter(slug="letters"))

    take_sign_ups(NOW)

    assert not SignUpRequest.objects.exists()
    assert OutgoingMail.objects.count() == 1


def test_the_mail_comes_again_once_the_window_is_over_and_its_link_ends_with_the_first_one(
    newsletter: Newsletter,
) -> None:
    ask(newsletter, frequency=Frequency.WEEKLY)
    take_sign_ups(NOW)
    for _ in range(5):
        request_mail_again(email="ADA@example.com", source="/subscribe/", ip="", now=NOW + SECOND)
    take_sign_ups(NOW + SECOND)
    assert OutgoingMail.objects.count() == 1

    take_sign_ups(NOW + MAIL_WINDOW)

    assert OutgoingMail.objects.count() == 2
    assert ConsentEvent.objects.count() == 1
    token = link_in(last_mail(), "confirm").split("/")[2]
    with pytest.raises(ExpiredTokenError):
        confirm(token, source="/confirm/", ip="", now=NOW + timedelta(days=7))
    confirmed = confirm(token, source="/confirm/", ip="", now=NOW + timedelta(days=7) - SECOND)
    assert confirmed.frequency == "weekly"


@pytest.mark.parametrize("state", ["", "confirmed", "ended"])
def test_nobody_is_mailed_again_who_waits_for_nothing(newsletter: Newsletter, state: str) -> None:
    if state:
        make_subscription(newsletter, "ada@example.com", state=state)
    request_mail_again(email="ada@example.com", source="/subscribe/", ip="", now=NOW)

    take_sign_ups(NOW)

    assert not OutgoingMail.objects.exists()
    assert not SignUpRequest.objects.exists()
