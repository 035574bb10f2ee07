"""Clocks that jump by an hour, of one machine or of another: nobody gets it twice, and nobody is forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from newsletter.backends.base import Outcome, Result
from newsletter.delivery import store
from newsletter.delivery.clock import Clock
from newsletter.delivery.open_chunk import awake
from newsletter.delivery.slowed_domains import SlowedDomains
from newsletter.delivery.stopping import Stop
from newsletter.delivery.work import ChunkWork
from newsletter.models import Campaign, Newsletter
from tests.factories import make_subscriptions
from tests.factories_delivery import make_campaign, make_sending_campaign, states

HOUR = timedelta(hours=1)


class Machine:
    """A worker with a clock of its own that somebody may set."""

    def __init__(self, name: str, sent: Counter[int], *, ahead: timedelta = timedelta()) -> None:
        self.ahead = ahead
        self._sent = sent
        self.clock = Clock(name)
        self.work = ChunkWork(
            owner=f"{store.host()}:1:{name}",
            backend="memory",
            in_flight=1,
            stop=Stop(),
            clock=self.now,
            until=awake() + 60,
            slowed=SlowedDomains(),
        )

    def now(self) -> datetime:
        return timezone.now() + self.ahead

    def send(self, most: int) -> None:
        self.work.keep_books()
        for _ in range(most):
            if (envelope := self.work.take()) is None:
                break
            if self.work.may_hand_over(envelope):
                self._sent[envelope.key] += 1
                self.work.settle(Outcome(envelope.key, Result.ACCEPTED, "ok"))
        self.work.keep_books()


@pytest.fixture
def campaign(newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch) -> Campaign:
    monkeypatch.setattr("newsletter.delivery.open_chunk.BOOK_EVERY", 0)
    make_subscriptions(newsletter, 6)
    return make_sending_campaign(newsletter, now=timezone.now())


@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["ahead", "back"])
def test_a_workers_own_clock_jumps_in_the_middle(campaign: Campaign, jump: timedelta) -> None:
    sent: Counter[int] = Counter()
    worker, other = Machine("worker", sent), Machine("other", sent)
    worker.send(2)
    worker.ahead = jump
    worker.send(1)
    other.clock.tick(now=other.now())
    other.send(2)
    for machine in (worker, other, worker):
        machine.send(6)
        machine.clock.tick(now=machine.now())
    assert sorted(sent.values()) == [1] * 6
    assert states(campaign) == ["accepted"] * 6


def test_another_machines_clock_is_an_hour_ahead(campaign: Campaign) -> None:
    """It takes the living worker's chunk for abandoned, and the worker finds that out before its next message."""
    sent: Counter[int] = Counter()
    worker, hasty = Machine("worker", sent), Machine("hasty", sent, ahead=HOUR)
    worker.send(2)
    hasty.clock.tick(now=hasty.now())
    hasty.send(1)
    worker.send(6)
    hasty.send(6)
    worker.send(6)
    assert sorted(sent.values()) == [1] * 6
    assert states(campaign) == ["accepted"] * 6


def test_after_a_jump_back_a_campaign_waits_for_its_instant_again(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 1)
    instant = timezone.now() + HOUR / 2
    campaign = make_campaign(newsletter, scheduled_at=instant)
    started: list[str] = []
    ticks: list[Callable[[], datetime]] = [
        lambda: instant - HOUR,
        lambda: instant - timedelta(seconds=1),
        lambda: instant - HOUR,
        lambda: instant,
        lambda: instant - HOUR,
        lambda: instant + HOUR,
    ]
    for at in ticks:
        Clock("worker").tick(now=at())
        campaign.refresh_from_db()
        started.append(campaign.state)
    assert started == ["scheduled", "scheduled", "scheduled", "sending", "sending", "sending"]
    assert states(campaign) == ["pending"]
