"""The store: every change is conditional, every write under a claim is fenced."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsletter.audience.suppression import SuppressionReason, suppress
from newsletter.backends.base import Envelope, Outcome, Result
from newsletter.delivery import store
from newsletter.delivery.freeze import freeze
from newsletter.engine.retry import EXPIRES_AFTER
from newsletter.models import Campaign, Chunk, Delivery, Newsletter, Subscription, UncertainPolicy
from tests.factories import make_newsletter, make_subscription, make_subscriptions
from tests.factories_delivery import NOON, make_campaign, make_sending_campaign, states

SECOND = timedelta(seconds=1)


def claim(owner: str = "worker", *, at: int = 0) -> store.Claim:
    claimed = store.claim_next(owner, now=NOON + at * SECOND)
    assert claimed is not None
    return claimed


def envelopes(claimed: store.Claim) -> list[Envelope]:
    rows = store.pending_rows(claimed, now=NOON)
    return [Envelope(key=row.pk, sender="", recipient=row.address, content=b"") for row in rows]


def hand_over(claimed: store.Claim) -> list[int]:
    booked = store.book(claimed, settled=[], asking=envelopes(claimed), now=NOON)
    return sorted(booked.allowed)


def settle(claimed: store.Claim, key: int, result: Result, reply: str = "ok", *, at: int = 1) -> None:
    store.book(claimed, settled=[Outcome(key=key, result=result, reply=reply)], asking=[], now=NOON + at * SECOND)


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
    monkeypatch.setattr("newsletter.delivery.store.audience.CHUNK_SIZE_POSTGRESQL", 4)
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
    assert claim("first").fence == 1
    assert store.claim_next("second", now=NOON) is None


@pytest.mark.parametrize("state", ["paused", "waiting", "held", "cancelled", "sent"])
def test_no_chunk_is_claimed_of_a_campaign_that_is_not_being_sent(newsletter: Newsletter, state: str) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_sending_campaign(newsletter)
    Campaign.objects.filter(pk=campaign.pk).update(state=state)
    assert store.claim_next("worker", now=NOON) is None


def test_an_answer_is_kept_with_its_reply_and_time(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 1)
    make_sending_campaign(newsletter)
    claimed = claim()
    (key,) = hand_over(claimed)
    settle(claimed, key, Result.ACCEPTED, "250 queued as 1")
    delivery = Delivery.objects.get(pk=key)
    assert (delivery.state, delivery.last_reply, delivery.attempts) == ("accepted", "250 queued as 1", 1)
    assert delivery.settled_at == NOON + SECOND


def test_many_answers_of_one_booking_keep_their_own_replies(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 3)
    campaign = make_sending_campaign(newsletter)
    claimed = claim()
    keys = hand_over(claimed)
    outcomes = [Outcome(key=key, result=Result.ACCEPTED, reply=f"queued as {key}") for key in keys]
    store.book(claimed, settled=outcomes, asking=[], now=NOON)
    replies = Delivery.objects.filter(campaign=campaign).order_by("pk").values_list("last_reply", flat=True)
    assert list(replies) == [f"queued as {key}" for key in keys]


def test_a_settled_delivery_takes_no_second_outcome(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 1)
    campaign = make_sending_campaign(newsletter)
    claimed = claim()
    (key,) = hand_over(claimed)
    settle(claimed, key, Result.ACCEPTED)
    for result in (Result.REFUSED, Result.UNKNOWN, Result.DEFERRED):
        settle(claimed, key, result)
    assert states(campaign) == ["accepted"]


def test_a_booking_can_be_repeated_when_the_answer_to_its_commit_was_lost(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_sending_campaign(newsletter)
    claimed = claim()
    asking = envelopes(claimed)
    first = store.book(claimed, settled=[], asking=asking, now=NOON)
    again = store.book(claimed, settled=[], asking=asking, now=NOON)
    assert first.allowed == again.allowed
    assert set(Delivery.objects.filter(campaign=campaign).values_list("attempts", flat=True)) == {1}


def test_a_reader_who_leaves_after_the_freeze_is_skipped_at_the_hand_over(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 3)
    campaign = make_sending_campaign(newsletter)
    claimed = claim()
    asking = envelopes(claimed)
    Subscription.objects.filter(subscriber__email=asking[1].recipient).update(state="ended")
    booked = store.book(claimed, settled=[], asking=asking, now=NOON)
    assert booked.allowed == {asking[0].key, asking[2].key}
    assert states(campaign) == ["handed_over", "skipped", "handed_over"]


def test_a_suppressed_address_is_skipped_at_the_hand_over(newsletter: Newsletter) -> None:
    subscription = make_subscription(newsletter, "ana@example.com")
    campaign = make_sending_campaign(newsletter)
    suppress("ana@example.com", reason=SuppressionReason.OPERATOR, now=NOON)
    Subscription.objects.filter(pk=subscription.pk).update(state="confirmed")
    assert hand_over(claim()) == []
    assert states(campaign) == ["skipped"]


def test_an_erased_reader_is_skipped_before_a_message_is_made(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_sending_campaign(newsletter)
    first = Delivery.objects.filter(campaign=campaign).earliest("pk")
    Delivery.objects.filter(pk=first.pk).update(subscriber=None, address="", name="")
    assert len(envelopes(claim())) == 1
    assert states(campaign) == ["skipped", "pending"]


def test_a_reply_about_an_erased_reader_is_not_kept(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 1)
    campaign = make_sending_campaign(newsletter)
    claimed = claim()
    (key,) = hand_over(claimed)
    Delivery.objects.filter(pk=key).update(subscriber=None, address="", name="")
    settle(claimed, key, Result.ACCEPTED, "250 queued for somebody")
    assert states(campaign) == ["accepted"]
    assert Delivery.objects.get(pk=key).last_reply == ""


@pytest.mark.parametrize("state", ["paused", "cancelled", "held"])
def test_nothing_is_handed_over_once_the_campaign_was_stopped(newsletter: Newsletter, state: str) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_sending_campaign(newsletter)
    claimed = claim()
    asking = envelopes(claimed)
    Campaign.objects.filter(pk=campaign.pk).update(state=state)
    booked = store.book(claimed, settled=[], asking=asking, now=NOON)
    assert (booked.allowed, booked.is_sending) == (frozenset(), False)
    assert states(campaign) == ["pending", "pending"]


def test_a_deferred_delivery_is_pending_again_when_its_time_comes(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_sending_campaign(newsletter)
    claimed = claim()
    first, second = hand_over(claimed)
    settle(claimed, first, Result.DEFERRED, "450 later")
    settle(claimed, second, Result.ACCEPTED)
    assert store.give_back(claimed, now=NOON)
    assert store.reopen_due(now=NOON + timedelta(minutes=1)) == 0
    assert store.claim_next("worker", now=NOON) is None

    assert store.reopen_due(now=NOON + timedelta(minutes=10)) == 1
    assert states(campaign) == ["pending", "accepted"]
    assert [row.pk for row in store.pending_rows(claim(at=600), now=NOON)] == [first]
    assert Chunk.objects.filter(campaign=campaign).count() == 1


def test_a_refusal_at_the_recipient_counts_as_an_attempt(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_sending_campaign(newsletter)
    claimed = claim()
    first, second = (envelope.key for envelope in envelopes(claimed))
    settle(claimed, first, Result.DEFERRED, "450 later")
    settle(claimed, second, Result.REFUSED, "550 never")
    assert states(campaign) == ["deferred", "refused"]
    assert set(Delivery.objects.filter(campaign=campaign).values_list("attempts", flat=True)) == {1}


def test_a_deferral_that_outlives_48_hours_is_refused_as_expired(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 1)
    campaign = make_sending_campaign(newsletter)
    Delivery.objects.filter(campaign=campaign).update(deferred_since=NOON - EXPIRES_AFTER, attempts=16)
    claimed = claim()
    (key,) = hand_over(claimed)
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


def test_an_expired_lease_makes_uncertain_what_was_handed_over_and_frees_the_rest(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 3)
    campaign = make_sending_campaign(newsletter)
    dead = claim("dead")
    store.book(dead, settled=[], asking=envelopes(dead)[:1], now=NOON)
    assert store.reclaim_expired(now=NOON + timedelta(seconds=19)) == 0
    assert store.reclaim_expired(now=NOON + timedelta(seconds=21)) == 1
    assert states(campaign) == ["uncertain", "pending", "pending"]
    assert claim("alive", at=21).fence == dead.fence + 2


def test_a_worker_that_slept_past_its_lease_can_not_write(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_sending_campaign(newsletter)
    sleeper = claim("sleeper")
    asking = envelopes(sleeper)
    (key, _) = hand_over(sleeper)
    store.reclaim_expired(now=NOON + timedelta(minutes=1))
    for act in (
        lambda: settle(sleeper, key, Result.ACCEPTED),
        lambda: store.book(sleeper, settled=[], asking=asking, now=NOON),
        lambda: store.give_back(sleeper, now=NOON),
        lambda: store.pending_rows(sleeper, now=NOON),
    ):
        with pytest.raises(store.FencedError):
            act()
    assert states(campaign) == ["uncertain", "uncertain"]


def test_a_stale_claim_of_the_same_worker_is_void_too(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 1)
    make_sending_campaign(newsletter)
    old = claim("worker")
    store.reclaim_expired(now=NOON + timedelta(minutes=1))
    claim("worker", at=60)
    with pytest.raises(store.FencedError):
        hand_over(old)


def test_every_booking_renews_the_lease(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 1)
    make_sending_campaign(newsletter)
    claimed = claim()
    store.book(claimed, settled=[], asking=[], now=NOON + timedelta(seconds=15))
    assert store.reclaim_expired(now=NOON + timedelta(seconds=30)) == 0


@pytest.mark.parametrize(
    ("policy", "after"), [(UncertainPolicy.HOLD, "uncertain"), (UncertainPolicy.RESEND_ONCE, "pending")]
)
def test_the_newsletter_decides_about_lost_answers(newsletter: Newsletter, policy: str, after: str) -> None:
    Newsletter.objects.filter(pk=newsletter.pk).update(uncertain_policy=policy)
    make_subscriptions(newsletter, 1)
    campaign = make_sending_campaign(newsletter)
    hand_over(claim("dead"))
    store.reclaim_expired(now=NOON + timedelta(minutes=1))
    assert states(campaign) == [after]


def test_a_delivery_is_sent_again_by_policy_only_once(newsletter: Newsletter) -> None:
    Newsletter.objects.filter(pk=newsletter.pk).update(uncertain_policy=UncertainPolicy.RESEND_ONCE)
    make_subscriptions(newsletter, 1)
    campaign = make_sending_campaign(newsletter)
    claimed = claim()
    for expected in ("pending", "uncertain"):
        (key,) = hand_over(claimed)
        settle(claimed, key, Result.UNKNOWN, "lost")
        assert states(campaign) == [expected]


def test_a_chunk_is_closed_only_when_nothing_of_it_is_pending(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    make_sending_campaign(newsletter)
    claimed = claim()
    first, _ = hand_over(claimed)
    settle(claimed, first, Result.ACCEPTED)
    Delivery.objects.filter(state="handed_over").update(state="pending")
    assert not store.give_back(claimed, now=NOON)
    assert claim("next").chunk_id == claimed.chunk_id


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
    assert claim().campaign_id == campaign.pk


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
