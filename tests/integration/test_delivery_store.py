"""The store: every change is conditional, every write under a claim is fenced."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from newsletter.audience.suppression import SuppressionReason, suppress
from newsletter.backends.base import Outcome, Result
from newsletter.delivery import store
from newsletter.delivery.freeze import freeze
from newsletter.delivery.journal import Mark
from newsletter.engine.retry import EXPIRES_AFTER
from newsletter.models import Campaign, Chunk, Delivery, Newsletter, Subscription, UncertainPolicy
from tests.factories import make_newsletter, make_subscription, make_subscriptions
from tests.factories_delivery import NOON, make_campaign, make_sending_campaign, states

SECOND = timedelta(seconds=1)


def claim(owner: str = "worker", *, at: int = 0) -> store.Claimed:
    (claimed,) = store.claim_next(store.Wish(owner=owner, backend="memory"), now=NOON + at * SECOND)
    return claimed


def none_is_free() -> bool:
    return store.claim_next(store.Wish(owner="other", backend="memory"), now=NOON) == []


def ids(claimed: store.Claimed) -> list[int]:
    return [row.pk for row in claimed.rows]


def settle(claimed: store.Claimed, key: int, result: Result, reply: str = "ok", *, at: int = 1) -> bool:
    if result is Result.ACCEPTED:
        account = store.Account(accepted=[key], replies=[(key, reply)])
    else:
        account = store.Account(others=[Outcome(key, result, reply)])
    return store.book(claimed.claim, account, now=NOON + at * SECOND)


def die(claimed: store.Claimed, marks: dict[int, Mark]) -> None:
    """What a killed worker leaves: its journal, and nothing in the database."""
    for key, mark in marks.items():
        claimed.journal.mark(key, mark)
    claimed.journal.close()


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


def test_an_expired_lease_leaves_what_the_journal_says(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 6)
    campaign = make_sending_campaign(newsletter)
    dead = claim(f"{store.host()}:1:dead")
    marks = [Mark.HANDED_OVER, Mark.ACCEPTED, Mark.REFUSED, Mark.DEFERRED, Mark.WITHDRAWN]
    die(dead, dict(zip(ids(dead), marks, strict=False)))
    assert store.reclaim_expired(now=NOON + timedelta(seconds=19)) == 0
    assert store.reclaim_expired(now=NOON + timedelta(seconds=21)) == 1
    assert states(campaign) == ["uncertain", "accepted", "refused", "deferred", "skipped", "pending"]
    assert claim("alive", at=21).claim.fence == dead.claim.fence + 2
    assert not dead.journal.path.exists()


def missing(journal: Path) -> None:
    journal.unlink()


def truncated(journal: Path) -> None:
    journal.write_bytes(journal.read_bytes()[:-1])


def of_another_claim(journal: Path) -> None:
    content = bytearray(journal.read_bytes())
    content[60] ^= 1
    journal.write_bytes(content)


def from_before_the_machine_started(journal: Path) -> None:
    content = bytearray(journal.read_bytes())
    content[20] ^= 1
    journal.write_bytes(content)


def empty(journal: Path) -> None:
    journal.write_bytes(b"")


@pytest.mark.parametrize(
    "spoil",
    [missing, truncated, of_another_claim, from_before_the_machine_started, empty],
    ids=lambda spoil: spoil.__name__,
)
def test_without_a_journal_to_believe_all_that_was_open_is_uncertain(
    newsletter: Newsletter, spoil: Callable[[Path], None]
) -> None:
    make_subscriptions(newsletter, 3)
    campaign = make_sending_campaign(newsletter)
    dead = claim(f"{store.host()}:1:dead")
    die(dead, {})
    spoil(dead.journal.path)
    assert store.reclaim_expired(now=NOON + timedelta(seconds=21)) == 1
    assert states(campaign) == ["uncertain"] * 3


def test_another_machine_gets_a_while_to_read_its_own_journals(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_sending_campaign(newsletter)
    dead = claim("elsewhere:1:dead")
    die(dead, {})
    dead.journal.path.unlink()
    assert store.reclaim_expired(now=NOON + timedelta(seconds=60)) == 0
    assert store.reclaim_expired(now=NOON + timedelta(seconds=60), here_only=True) == 0
    assert store.reclaim_expired(now=NOON + timedelta(seconds=81)) == 1
    assert states(campaign) == ["uncertain"] * 2


def test_a_worker_that_slept_past_its_lease_can_not_write(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_sending_campaign(newsletter)
    sleeper = claim("sleeper")
    key, other = ids(sleeper)
    sleeper.journal.mark(key, Mark.HANDED_OVER)
    store.reclaim_expired(now=NOON + timedelta(minutes=1))
    assert sleeper.journal.is_void
    acts: list[Callable[[], object]] = [
        lambda: settle(sleeper, key, Result.ACCEPTED),
        lambda: settle(sleeper, other, Result.REFUSED),
        lambda: store.give_back(sleeper.claim, store.Account(), now=NOON),
    ]
    for act in acts:
        with pytest.raises(store.FencedError):
            act()
    assert states(campaign) == ["uncertain", "pending"]


def test_a_stale_claim_of_the_same_worker_is_void_too(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 1)
    make_sending_campaign(newsletter)
    old = claim("worker")
    store.reclaim_expired(now=NOON + timedelta(minutes=2))
    claim("worker", at=120)
    with pytest.raises(store.FencedError):
        settle(old, ids(old)[0], Result.ACCEPTED)


def test_every_booking_renews_the_lease(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 1)
    make_sending_campaign(newsletter)
    claimed = claim()
    store.book(claimed.claim, store.Account(), now=NOON + timedelta(seconds=15))
    assert store.reclaim_expired(now=NOON + timedelta(seconds=30)) == 0


@pytest.mark.parametrize(
    ("policy", "after"), [(UncertainPolicy.HOLD, "uncertain"), (UncertainPolicy.RESEND_ONCE, "pending")]
)
def test_the_newsletter_decides_about_lost_answers(newsletter: Newsletter, policy: str, after: str) -> None:
    Newsletter.objects.filter(pk=newsletter.pk).update(uncertain_policy=policy)
    make_subscriptions(newsletter, 1)
    campaign = make_sending_campaign(newsletter)
    dead = claim("dead")
    die(dead, {ids(dead)[0]: Mark.HANDED_OVER})
    store.reclaim_expired(now=NOON + timedelta(minutes=1))
    assert states(campaign) == [after]


def test_a_delivery_is_sent_again_by_policy_only_once(newsletter: Newsletter) -> None:
    Newsletter.objects.filter(pk=newsletter.pk).update(uncertain_policy=UncertainPolicy.RESEND_ONCE)
    make_subscriptions(newsletter, 1)
    campaign = make_sending_campaign(newsletter)
    claimed = claim()
    (key,) = ids(claimed)
    for expected in ("pending", "uncertain"):
        settle(claimed, key, Result.UNKNOWN, "lost")
        assert states(campaign) == [expected]


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
