"""The store: freezing, claiming and completing; every change is conditional."""

from __future__ import annotations

import pytest

from newsletter.delivery import store
from newsletter.delivery.freeze import freeze
from newsletter.models import Campaign, Chunk, Delivery, Newsletter
from tests.factories import make_newsletter, make_subscription, make_subscriptions
from tests.factories_delivery import NOON, make_campaign, make_sending_campaign, states
from tests.integration.claiming import SECOND, claim, ids, none_is_free


def test_the_audience_is_every_confirmed_subscription_of_the_newsletter_and_nobody_else(
    newsletter: Newsletter,
) -> None:
    other = make_newsletter(slug="other")
    make_subscription(newsletter, "in@example.com")
    make_subscription(newsletter, "pending@example.com", state="pending")
    make_subscription(newsletter, "left@example.com", state="ended")
    make_subscription(other, "elsewhere@example.com")
    campaign = make_sending_campaign(newsletter)
    assert list(Delivery.objects.filter(campaign=campaign).values_list("address", flat=True)) == ["in@example.com"]
    assert campaign.recipients == 1
    assert (campaign.state, campaign.started_at, campaign.sender_domain) == ("sending", NOON, "rounds.example")


def test_a_second_freeze_changes_nothing(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 3)
    campaign = make_sending_campaign(newsletter)
    make_subscriptions(newsletter, 3)
    assert not freeze(campaign, now=NOON)
    assert states(campaign) == ["pending"] * 3


def test_chunks_cover_every_delivery_once(newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsletter.delivery.store.audience.CHUNK_SIZE", 4)
    make_subscriptions(newsletter, 10)
    campaign = make_sending_campaign(newsletter)
    ids = list(Delivery.objects.filter(campaign=campaign).order_by("pk").values_list("pk", flat=True))
    ranges = list(Chunk.objects.filter(campaign=campaign).order_by("pk").values_list("first_id", "last_id"))
    assert ranges == [(ids[0], ids[3]), (ids[4], ids[7]), (ids[8], ids[9])]


def test_a_campaign_without_readers_is_frozen_and_complete(newsletter: Newsletter) -> None:
    campaign = make_sending_campaign(newsletter)
    assert store.complete(campaign.pk, now=NOON)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.recipients) == ("sent", 0)


def test_a_chunk_is_claimed_once(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    make_sending_campaign(newsletter)
    assert claim("first").claim.fence == 1
    assert none_is_free()


@pytest.mark.parametrize("state", ["paused", "waiting", "held", "cancelled", "sent"])
def test_no_chunk_is_claimed_of_a_campaign_that_is_not_being_sent(newsletter: Newsletter, state: str) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_sending_campaign(newsletter)
    Campaign.objects.filter(pk=campaign.pk).update(state=state)
    assert none_is_free()


def test_a_chunk_is_closed_only_when_nothing_of_it_is_pending(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    make_sending_campaign(newsletter)
    claimed = claim()
    first, second = ids(claimed)
    assert not store.give_back(claimed.claim, store.Account(accepted=[first]), now=NOON)
    again = claim("next")
    assert (again.claim.chunk_id, ids(again)) == (claimed.claim.chunk_id, [second])


@pytest.mark.parametrize("state", ["pending", "handed_over", "deferred"])
def test_a_campaign_is_not_complete_while_one_delivery_is_open(newsletter: Newsletter, state: str) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_sending_campaign(newsletter)
    Delivery.objects.filter(campaign=campaign).update(state="accepted")
    Delivery.objects.filter(pk=Delivery.objects.latest("pk").pk).update(state=state)
    Chunk.objects.update(closed_at=NOON)
    assert not store.complete(campaign.pk, now=NOON)


def test_uncertain_deliveries_do_not_hold_completion_back(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_sending_campaign(newsletter)
    Delivery.objects.filter(campaign=campaign).update(state="uncertain")
    Chunk.objects.update(closed_at=NOON)
    assert store.complete(campaign.pk, now=NOON)


def test_a_pending_delivery_in_a_closed_chunk_is_not_forgotten(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 1)
    campaign = make_sending_campaign(newsletter)
    Chunk.objects.update(closed_at=NOON)
    assert not store.complete(campaign.pk, now=NOON)
    assert claim().claim.campaign_id == campaign.pk


def test_one_worker_at_a_time_is_the_clock(db: None) -> None:
    assert store.take_clock("first", now=NOON)
    assert not store.take_clock("second", now=NOON + 5 * SECOND)
    assert store.take_clock("first", now=NOON + 10 * SECOND)
    assert not store.take_clock("second", now=NOON + 15 * SECOND)
    assert store.take_clock("second", now=NOON + 40 * SECOND)


def test_a_clock_that_leaves_is_followed_at_once(db: None) -> None:
    assert store.take_clock("first", now=NOON)
    store.leave_clock("first")
    assert store.take_clock("second", now=NOON)


def test_campaigns_of_two_newsletters_do_not_meet(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    first = make_sending_campaign(newsletter)
    second = make_campaign(newsletter, key="second")
    assert freeze(second, now=NOON)
    assert store.cancel(second.pk, now=NOON)
    assert (states(first), states(second)) == (["pending"] * 2, ["skipped"] * 2)
