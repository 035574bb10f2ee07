"""Suppression, erasure and purging: who is not mailed, and what is not kept."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from newsletter.audience.consent import record
from newsletter.audience.end import end
from newsletter.audience.erase import erase
from newsletter.audience.purge import forget_ip_hashes, purge_pending
from newsletter.audience.subscribe import subscribe
from newsletter.audience.suppression import SuppressionReason, is_suppressed, suppress
from newsletter.engine.subscriptions import EndReason
from newsletter.models import (
    AppendOnlyError,
    Campaign,
    ConsentEvent,
    ConsentKind,
    Delivery,
    OutgoingMail,
    Subscriber,
    Subscription,
    Suppression,
)
from tests.factories import make_subscription
from tests.integration.test_web_archive import make_campaign

if TYPE_CHECKING:
    from pytest_django import Settings

    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _fresh_counters(home: HomePage) -> None:
    cache.clear()


def ask(newsletter: Newsletter, now: datetime) -> None:
    subscribe(
        newsletter, email="ada@example.com", source="/", ip="192.0.2.7", now=now, base_url="https://rounds.example"
    )


def make_delivery(campaign: Campaign, subscription: Subscription) -> Delivery:
    return Delivery.objects.create(
        campaign=campaign,
        subscriber=subscription.subscriber,
        address=subscription.subscriber.email,
        name="Ada",
        state="accepted",
        last_reply="250 ok ada@example.com",
    )


def test_a_suppressed_address_is_kept_as_a_keyed_hash_in_every_spelling(newsletter: Newsletter) -> None:
    suppress("Ada@Example.com", reason=SuppressionReason.OPERATOR, now=NOW)

    assert is_suppressed("ada@example.COM")
    assert not is_suppressed("eve@example.com")
    assert "ada" not in str(Suppression.objects.values().get())


def test_suppressing_ends_every_subscription_and_twice_is_once(newsletter: Newsletter) -> None:
    subscription = make_subscription(newsletter, "ada@example.com")

    suppress("ada@example.com", reason=SuppressionReason.BOUNCED, now=NOW)
    suppress("ada@example.com", reason=SuppressionReason.COMPLAINED, now=NOW)

    subscription.refresh_from_db()
    assert (subscription.state, subscription.ended_reason) == ("ended", "bounced")
    assert Suppression.objects.get().reason == "bounced"


def test_a_suppression_survives_the_rotation_of_the_key(settings: Settings) -> None:
    suppress("ada@example.com", reason=SuppressionReason.ERASED, now=NOW)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a second key for tests only, as long as a real one would be"

    suppress("ada@example.com", reason=SuppressionReason.ERASED, now=NOW)

    assert is_suppressed("ada@example.com")
    assert Suppression.objects.count() == 1


def test_an_erased_reader_leaves_counts_and_a_hash_and_nothing_else(newsletter: Newsletter) -> None:
    subscription = make_subscription(newsletter, "ada@example.com")
    delivery = make_delivery(make_campaign(newsletter), subscription)
    other = make_delivery(delivery.campaign, make_subscription(newsletter, "eve@example.com"))
    record(subscription, ConsentKind.CONFIRMED, source="/confirm/", now=NOW, ip="192.0.2.7")
    OutgoingMail.objects.create(
        kind="confirmation", envelope_from="editor@rounds.example", recipient="ada@example.com", content=b"x"
    )

    erase(subscription.subscriber, now=NOW)

    delivery.refresh_from_db()
    other.refresh_from_db()
    assert (delivery.subscriber_id, delivery.address, delivery.name, delivery.last_reply) == (None, "", "", "")
    assert (delivery.state, other.address) == ("accepted", "eve@example.com")
    assert not Subscriber.objects.filter(email="ada@example.com").exists()
    assert not OutgoingMail.objects.exists()
    assert is_suppressed("ada@example.com")
    events = ConsentEvent.objects.filter(subscription=None)
    assert {(event.kind, event.ip_hash) for event in events} == {("confirmed", ""), ("ended", "")}


def test_the_command_erases_and_tells_when_there_is_nobody(newsletter: Newsletter) -> None:
    make_subscription(newsletter, "ada@example.com")
    out = io.StringIO()

    call_command("erase_subscriber", "Ada@Example.com", stdout=out)
    assert "ada" not in out.getvalue().lower()
    assert not Subscriber.objects.exists()

    for unknown in ("ada@example.com", "not an address"):
        with pytest.raises(CommandError) as refused:
            call_command("erase_subscriber", unknown)
        assert refused.value.returncode == 1


def test_a_sign_up_that_nobody_confirmed_is_forgotten_after_seven_days(newsletter: Newsletter) -> None:
    ask(newsletter, NOW)

    assert purge_pending(NOW + timedelta(days=7, seconds=-1)) == 0
    assert purge_pending(NOW + timedelta(days=7)) == 1
    assert not Subscriber.objects.exists()
    assert not ConsentEvent.objects.exists()


def test_asking_once_more_gives_seven_more_days(newsletter: Newsletter) -> None:
    ask(newsletter, NOW)
    ask(newsletter, NOW + timedelta(days=5))

    assert purge_pending(NOW + timedelta(days=8)) == 0
    assert purge_pending(NOW + timedelta(days=12)) == 1


def test_the_purge_leaves_readers_and_their_other_subscriptions_alone(newsletter: Newsletter) -> None:
    from tests.factories import make_newsletter

    make_subscription(newsletter, "ada@example.com")
    ask(make_newsletter(slug="letters"), NOW)

    purge_pending(NOW + timedelta(days=30))

    assert Subscription.objects.get().newsletter == newsletter


def test_who_left_and_was_signed_up_by_a_stranger_is_unsubscribed_again(newsletter: Newsletter) -> None:
    """Security case 41: an import must go on seeing that this reader left."""
    subscription = make_subscription(newsletter, "ada@example.com")
    end(subscription, reason=EndReason.ONE_CLICK, source="/unsubscribe/", now=NOW)
    Subscription.objects.update(created_at=NOW)
    ask(newsletter, NOW)

    assert purge_pending(NOW + timedelta(days=7)) == 1

    subscription.refresh_from_db()
    assert (subscription.state, subscription.ended_reason) == ("ended", "one_click")


def test_hashed_client_addresses_are_forgotten_after_a_month(newsletter: Newsletter) -> None:
    event = record(make_subscription(newsletter), ConsentKind.CONFIRMED, source="/confirm/", now=NOW, ip="192.0.2.7")

    assert forget_ip_hashes(NOW + timedelta(days=29)) == 0
    assert forget_ip_hashes(NOW + timedelta(days=30)) == 1
    event.refresh_from_db()
    assert (event.ip_hash, event.kind) == ("", "confirmed")


def test_evidence_is_neither_changed_nor_deleted_one_by_one(newsletter: Newsletter) -> None:
    event = record(make_subscription(newsletter), ConsentKind.CONFIRMED, source="/confirm/", now=NOW)

    with pytest.raises(AppendOnlyError):
        event.save()
    with pytest.raises(AppendOnlyError):
        event.delete()
