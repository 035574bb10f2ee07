"""A worker that lost a claim while messages of it are still with the backend, and then has the same chunk again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletter.backends.base import Envelope, Outcome, Result
from newsletter.delivery import store
from newsletter.delivery.open_chunk import awake
from newsletter.delivery.slowed_domains import SlowedDomains
from newsletter.delivery.stopping import Stop
from newsletter.delivery.work import ChunkWork
from newsletter.models import Campaign, Newsletter
from tests.factories import make_subscriptions
from tests.factories_delivery import make_sending_campaign, states


@pytest.fixture
def campaign(newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch) -> Campaign:
    monkeypatch.setattr("newsletter.delivery.open_chunk.BOOK_EVERY", 0)
    make_subscriptions(newsletter, 3)
    return make_sending_campaign(newsletter, now=timezone.now())


def a_work() -> ChunkWork:
    work = ChunkWork(
        owner=f"{store.host()}:1:worker",
        backend="memory",
        in_flight=3,
        stop=Stop(),
        clock=timezone.now,
        until=awake() + 60,
        slowed=SlowedDomains(),
    )
    work.keep_books()
    return work


def take(work: ChunkWork) -> Envelope:
    envelope = work.take()
    assert envelope is not None
    return envelope


def lose_the_lease(work: ChunkWork) -> None:
    """Another worker takes the chunk for abandoned and frees it; this one hears of it, and then claims it again."""
    assert store.reclaim_expired(now=timezone.now() + timedelta(minutes=5)) == 1
    work.keep_books()
    work.keep_books()


def test_what_comes_in_for_a_lost_claim_is_dropped(campaign: Campaign) -> None:
    work = a_work()
    handed_over, waiting, given_back = take(work), take(work), take(work)
    assert work.may_hand_over(handed_over)
    lose_the_lease(work)
    work.settle(Outcome(handed_over.key, Result.ACCEPTED, "ok"))
    work.give_back(given_back)
    assert not work.may_hand_over(waiting)
    assert states(campaign) == ["uncertain", "pending", "pending"]


def test_two_messages_to_one_reader_are_never_both_allowed(campaign: Campaign) -> None:
    work = a_work()
    first, second, third = take(work), take(work), take(work)
    lose_the_lease(work)
    assert work.take() is None, "all of the chunk is still with the backend"
    assert not any(work.may_hand_over(envelope) for envelope in (first, second, third))
    work.keep_books()
    work.keep_books()
    again = [take(work) for _ in range(3)]
    assert {envelope.key for envelope in again} == {first.key, second.key, third.key}
    for envelope in again:
        assert work.may_hand_over(envelope)
        work.settle(Outcome(envelope.key, Result.ACCEPTED, "ok"))
    work.finish()
    assert states(campaign) == ["accepted"] * 3
