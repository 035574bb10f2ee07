"""Erasing: nothing that names a reader is left in any table, also in those that come later."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from newsletter.audience.change_address import ask_to_move
from newsletter.audience.erase import erase
from newsletter.audience.sign_ups import request_sign_up, take_sign_ups
from newsletter.audience.suppression import is_suppressed
from newsletter.models import (
    ConsentEvent,
    HookEndpoint,
    OutgoingHook,
    OutgoingMail,
    SignUpRequest,
    Subscriber,
    Subscription,
    Suppression,
)
from tests.factories import make_subscription
from tests.integration.reader_everywhere import ADDRESS, NAME, put_everywhere, traces

if TYPE_CHECKING:
    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.fixture
def reader(home: HomePage, newsletter: Newsletter) -> Subscriber:
    subscription = make_subscription(newsletter, ADDRESS)
    Subscriber.objects.update(name=NAME)
    subscription.refresh_from_db()
    return subscription.subscriber


def test_an_erased_reader_is_found_in_no_table_any_more(reader: Subscriber) -> None:
    tables = put_everywhere(Subscription.objects.get())
    assert {"Delivery", "OutgoingMail", "OutgoingHook", "HookAttempt", "SubscriberNote", "StagedReader"} <= tables
    before = set(traces(ADDRESS, NAME))
    assert {"Subscriber.email", "ConsentEvent.detail", "OutgoingHook.payload", "ModelLogEntry.label"} <= before

    erase(reader, now=NOW)

    assert set(traces(ADDRESS, NAME)) == set()
    assert is_suppressed(ADDRESS)


def test_the_search_sees_what_is_left(reader: Subscriber) -> None:
    assert set(traces(ADDRESS.upper())) == {"Subscriber.email"}
    assert set(traces(NAME.lower())) == {"Subscriber.name"}


def test_other_readers_keep_what_is_theirs(reader: Subscriber, newsletter: Newsletter) -> None:
    other = make_subscription(newsletter, "eve@example.com")
    put_everywhere(Subscription.objects.get(subscriber=reader))
    OutgoingMail.objects.create(
        kind="welcome", envelope_from="editor@rounds.example", recipient="eve@example.com", content=b"x"
    )

    erase(reader, now=NOW)

    other.refresh_from_db()
    assert other.state == "confirmed"
    assert OutgoingMail.objects.get().recipient == "eve@example.com"


def test_other_programs_are_told_by_number_and_nothing_else_waits_for_them(reader: Subscriber) -> None:
    endpoint = HookEndpoint.objects.create(url="https://hooks.example.org/", events=["subscribed", "unsubscribed"])
    OutgoingHook.objects.create(
        endpoint=endpoint, event="subscribed", payload={"data": {"email": ADDRESS}}, subscriber_id=reader.pk
    )
    number = reader.pk

    erase(reader, now=NOW)

    waiting = OutgoingHook.objects.get(state="pending")
    assert (waiting.event, waiting.payload["data"]) == ("unsubscribed", {"subscriber": number, "reason": "erased"})
    assert not any(ADDRESS in str(hook.payload) for hook in OutgoingHook.objects.all())


def test_a_mailbox_that_an_erased_reader_wanted_to_move_to_is_not_mailed_any_more(reader: Subscriber) -> None:
    ask_to_move(reader, "ada@new.example", base_url="https://rounds.example", now=NOW)
    assert OutgoingMail.objects.filter(recipient="ada@new.example").exists()

    erase(reader, now=NOW)

    assert not OutgoingMail.objects.exists()


def test_evidence_stays_without_a_person_and_without_words_about_them(reader: Subscriber) -> None:
    put_everywhere(Subscription.objects.get())
    count = ConsentEvent.objects.count()

    remains = erase(reader, now=NOW)

    assert ConsentEvent.objects.count() == count + 1  # that it ended
    assert remains.events == count + 1
    assert remains.deliveries == 1
    assert not ConsentEvent.objects.exclude(subscription=None, ip_hash="", detail="").exists()


def test_an_erased_reader_can_come_back_by_a_fresh_opt_in_only(reader: Subscriber, newsletter: Newsletter) -> None:
    """Security case 15."""
    erase(reader, now=NOW)
    request_sign_up(newsletter, email=ADDRESS, source="/", ip="", now=NOW)
    take_sign_ups(NOW)

    assert not SignUpRequest.objects.exists()
    assert Subscription.objects.get().state == "pending"
    assert Suppression.objects.exists()


def test_the_command_leaves_nothing_either(reader: Subscriber) -> None:
    put_everywhere(Subscription.objects.get())

    call_command("erase_subscriber", ADDRESS)

    assert set(traces(ADDRESS, NAME)) == set()


def test_the_command_forgets_an_address_that_only_waits(newsletter: Newsletter) -> None:
    """A sign-up that the worker has not taken yet, or holds back while too many come in."""
    request_sign_up(newsletter, email=ADDRESS, name=NAME, source="/", ip="", now=NOW)

    call_command("erase_subscriber", ADDRESS.upper())

    assert set(traces(ADDRESS, NAME)) == set()
    assert is_suppressed(ADDRESS)
    with pytest.raises(CommandError, match="Nothing was changed") as refused:
        call_command("erase_subscriber", ADDRESS)
    assert refused.value.returncode == 1
