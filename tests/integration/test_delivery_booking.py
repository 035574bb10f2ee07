"""Booking: what became of messages is written down under the fence of their chunk."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsletter.audience.suppression import SuppressionReason, suppress
from newsletter.backends.base import Outcome, Result
from newsletter.delivery import store
from newsletter.engine.retry import EXPIRES_AFTER
from newsletter.models import Campaign, Chunk, Delivery, Newsletter, Subscription
from tests.factories import make_subscription, make_subscriptions
from tests.factories_delivery import NOON, make_sending_campaign, states
from tests.integration.claiming import SECOND, claim, ids, none_is_free, settle


def test_an_answer_is_kept_with_its_reply_and_time(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 1)
    make_sending_campaign(newsletter)
    claimed = claim()
    (key,) = ids(claimed)
    settle(claimed, key, Result.ACCEPTED, "250 queued as 1")
    delivery = Delivery.objects.get(pk=key)
    assert (delivery.state, delivery.last_reply, delivery.attempts) == ("accepted", "250 queued as 1", 1)
    assert delivery.settled_at == NOON + SECOND


def test_many_answers_of_one_booking_keep_their_own_replies(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 3)
    campaign = make_sending_campaign(newsletter)
    claimed = claim()
    keys = ids(claimed)
    account = store.Account(accepted=keys, replies=[(key, f"queued as {key}") for key in keys])
    store.book(claimed.claim, account, now=NOON)
    replies = Delivery.objects.filter(campaign=campaign).order_by("pk").values_list("last_reply", flat=True)
    assert list(replies) == [f"queued as {key}" for key in keys]


def test_a_settled_delivery_takes_no_second_outcome(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 1)
    campaign = make_sending_campaign(newsletter)
    claimed = claim()
    (key,) = ids(claimed)
    settle(claimed, key, Result.ACCEPTED)
    for result in (Result.REFUSED, Result.UNKNOWN, Result.DEFERRED):
        settle(claimed, key, result)
    assert states(campaign) == ["accepted"]


def test_a_booking_can_be_repeated_when_the_answer_to_its_commit_was_lost(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 4)
    campaign = make_sending_campaign(newsletter)
    claimed = claim()
    one, two, three, four = ids(claimed)
    others = [
        Outcome(two, Result.DEFERRED, "450"),
        Outcome(three, Result.REFUSED, "550"),
        Outcome(four, Result.UNKNOWN, ""),
    ]
    for _ in range(2):
        store.book(claimed.claim, store.Account(accepted=[one], others=others), now=NOON)
    assert states(campaign) == ["accepted", "deferred", "refused", "uncertain"]
    assert set(Delivery.objects.filter(campaign=campaign).values_list("attempts", flat=True)) == {1}


@pytest.mark.parametrize("accepted", [[0, 1, 2, 5, 6, 29], list(range(0, 30, 2)), list(range(30)), [7]])
def test_just_those_that_were_accepted_are_booked_whatever_their_order(
    newsletter: Newsletter, accepted: list[int]
) -> None:
    make_subscriptions(newsletter, 30)
    campaign = make_sending_campaign(newsletter)
    claimed = claim()
    keys = ids(claimed)
    store.book(claimed.claim, store.Account(accepted=[keys[number] for number in reversed(accepted)]), now=NOON)
    assert states(campaign) == ["accepted" if number in accepted else "pending" for number in range(30)]


def test_a_reader_who_leaves_after_the_freeze_is_skipped_when_the_turn_comes(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 3)
    campaign = make_sending_campaign(newsletter)
    second = Delivery.objects.filter(campaign=campaign).order_by("pk")[1]
    Subscription.objects.filter(subscriber=second.subscriber_id).update(state="ended")
    assert len(claim().rows) == 2
    assert states(campaign) == ["pending", "skipped", "pending"]


def test_a_reader_who_leaves_after_the_claim_is_found_too(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 3)
    campaign = make_sending_campaign(newsletter)
    claimed = claim()
    gone = claimed.rows[1]
    Subscription.objects.filter(subscriber=gone.subscriber_id).update(state="ended")
    assert store.left_among(claimed.claim) == {gone.pk}
    store.book(claimed.claim, store.Account(withdrawn=[gone.pk]), now=NOON)
    assert states(campaign) == ["pending", "skipped", "pending"]


def test_a_suppressed_address_is_skipped_when_the_turn_comes(newsletter: Newsletter) -> None:
    subscription = make_subscription(newsletter, "ana@example.com")
    campaign = make_sending_campaign(newsletter)
    suppress("ana@example.com", reason=SuppressionReason.OPERATOR, now=NOON)
    Subscription.objects.filter(pk=subscription.pk).update(state="confirmed")
    assert claim().rows == []
    assert states(campaign) == ["skipped"]


def test_an_erased_reader_is_skipped_before_a_message_is_made(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_sending_campaign(newsletter)
    first = Delivery.objects.filter(campaign=campaign).earliest("pk")
    Delivery.objects.filter(pk=first.pk).update(subscriber=None, address="", name="")
    assert len(claim().rows) == 1
    assert states(campaign) == ["skipped", "pending"]


def test_a_reply_about_an_erased_reader_is_not_kept(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 1)
    campaign = make_sending_campaign(newsletter)
    claimed = claim()
    (key,) = ids(claimed)
    Delivery.objects.filter(pk=key).update(subscriber=None, address="", name="")
    settle(claimed, key, Result.ACCEPTED, "250 queued for somebody")
    assert states(campaign) == ["accepted"]
    assert Delivery.objects.get(pk=key).last_reply == ""


@pytest.mark.parametrize("state", ["paused", "cancelled", "held"])
def test_a_booking_says_that_the_campaign_was_stopped(newsletter: Newsletter, state: str) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_sending_campaign(newsletter)
    claimed = claim()
    Campaign.objects.filter(pk=campaign.pk).update(state=state)
    assert not store.book(claimed.claim, store.Account(), now=NOON)
    assert store.being_sent({campaign.pk}) == set()
    assert states(campaign) == ["pending", "pending"]


def test_a_cancelled_campaign_leaves_a_chunk_to_its_worker_until_it_is_given_back(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 3)
    campaign = make_sending_campaign(newsletter)
    claimed = claim()
    assert store.cancel(campaign.pk, now=NOON)
    assert states(campaign) == ["pending"] * 3
    assert store.give_back(claimed.claim, store.Account(accepted=[claimed.rows[0].pk]), now=NOON)
    assert states(campaign) == ["accepted", "skipped", "skipped"]


def test_a_deferred_delivery_is_pending_again_when_its_time_comes(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_sending_campaign(newsletter)
    claimed = claim()
    first, second = ids(claimed)
    settle(claimed, first, Result.DEFERRED, "450 later")
    settle(claimed, second, Result.ACCEPTED)
    assert store.give_back(claimed.claim, store.Account(), now=NOON)
    assert store.reopen_due(now=NOON + timedelta(minutes=1)) == 0
    assert none_is_free()

    assert store.reopen_due(now=NOON + timedelta(minutes=10)) == 1
    assert states(campaign) == ["pending", "accepted"]
    assert ids(claim(at=600)) == [first]
    assert Chunk.objects.filter(campaign=campaign).count() == 1


def test_a_refusal_at_the_recipient_counts_as_an_attempt(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_sending_campaign(newsletter)
    claimed = claim()
    first, second = ids(claimed)
    settle(claimed, first, Result.DEFERRED, "450 later")
    settle(claimed, second, Result.REFUSED, "550 never")
    assert states(campaign) == ["deferred", "refused"]
    assert set(Delivery.objects.filter(campaign=campaign).values_list("attempts", flat=True)) == {1}


def test_a_deferral_that_outlives_48_hours_is_refused_as_expired(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 1)
    campaign = make_sending_campaign(newsletter)
    Delivery.objects.filter(campaign=campaign).update(deferred_since=NOON - EXPIRES_AFTER, attempts=16)
    claimed = claim()
    (key,) = ids(claimed)
    settle(claimed, key, Result.DEFERRED, "450 later")
    delivery = Delivery.objects.get(pk=key)
    assert delivery.state == "refused"
    assert delivery.last_reply.startswith("expired")
    assert delivery.last_reply.endswith("450 later")


def test_a_deferral_that_nobody_came_back_to_expires_by_the_clock(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_sending_campaign(newsletter)
    first, second = Delivery.objects.filter(campaign=campaign).order_by("pk")
    long_ago, recent = NOON - timedelta(hours=49), NOON - timedelta(hours=47)
    for delivery, since in ((first, long_ago), (second, recent)):
        Delivery.objects.filter(pk=delivery.pk).update(
            state="deferred", deferred_since=since, next_attempt_at=NOON - SECOND, last_reply="x" * 500
        )
    assert store.expire_deferred(now=NOON) == 1
    assert states(campaign) == ["refused", "deferred"]
    assert Delivery.objects.get(pk=first.pk).last_reply.startswith("expired")
