"""When a reader was last sent something."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from newsletter.delivery import store
from newsletter.delivery.store.last_sent import remember_last_sent
from newsletter.engine.machine import DeliveryState
from newsletter.models import Campaign, Chunk, Delivery, Subscription
from tests.factories import make_newsletter, make_subscription, make_subscriptions
from tests.factories_delivery import NOON, make_sending_campaign

if TYPE_CHECKING:
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db

ENDS = NOON + timedelta(hours=5)


def end_with(campaign: Campaign, *states: DeliveryState) -> None:
    """Put its deliveries into these states, as their chunks would leave them, and let the clock find it done."""
    for delivery, state in zip(Delivery.objects.filter(campaign=campaign).order_by("pk"), states, strict=True):
        Delivery.objects.filter(pk=delivery.pk).update(state=state)
    Chunk.objects.filter(campaign=campaign).update(closed_at=NOON)
    assert store.complete(campaign.pk, now=ENDS)


def noted(newsletter: Newsletter) -> list[object]:
    return list(newsletter.subscriptions.order_by("pk").values_list("last_sent_at", flat=True))


def test_a_sent_campaign_is_noted_with_whom_it_may_have_reached(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 4)
    campaign = make_sending_campaign(newsletter)
    end_with(campaign, DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN, DeliveryState.REFUSED, DeliveryState.SKIPPED)
    assert noted(newsletter) == [NOON, NOON, None, None]


def test_a_cancelled_campaign_is_noted_with_those_who_got_it(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 3)
    campaign = make_sending_campaign(newsletter)
    first, second, _ = Delivery.objects.filter(campaign=campaign).order_by("pk")
    Delivery.objects.filter(pk=first.pk).update(state=DeliveryState.ACCEPTED)
    Delivery.objects.filter(pk=second.pk).update(state=DeliveryState.HANDED_OVER)
    assert store.cancel(campaign.pk, now=ENDS)
    assert noted(newsletter) == [NOON, NOON, None]


def test_another_newsletter_of_the_reader_is_left_alone(newsletter: Newsletter) -> None:
    mine = make_subscription(newsletter)
    other = Subscription.objects.create(
        subscriber=mine.subscriber, newsletter=make_newsletter(slug="other"), state="confirmed", confirmed_at=NOON
    )
    end_with(make_sending_campaign(newsletter), DeliveryState.ACCEPTED)
    other.refresh_from_db()
    assert other.last_sent_at is None


def test_an_older_campaign_that_ends_later_does_not_turn_time_back(newsletter: Newsletter) -> None:
    subscription = make_subscription(newsletter)
    campaign = make_sending_campaign(newsletter)
    Subscription.objects.filter(pk=subscription.pk).update(last_sent_at=ENDS)
    end_with(campaign, DeliveryState.ACCEPTED)
    assert noted(newsletter) == [ENDS]


def test_noting_twice_changes_nothing(newsletter: Newsletter) -> None:
    make_subscription(newsletter)
    campaign = make_sending_campaign(newsletter)
    end_with(campaign, DeliveryState.ACCEPTED)
    assert remember_last_sent(campaign.pk) == 0


def test_a_campaign_cancelled_before_it_began_is_noted_nowhere(newsletter: Newsletter) -> None:
    make_subscription(newsletter)
    campaign = make_sending_campaign(newsletter)
    Campaign.objects.filter(pk=campaign.pk).update(started_at=None)
    assert remember_last_sent(campaign.pk) == 0
    assert noted(newsletter) == [None]
