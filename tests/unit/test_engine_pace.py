"""The flow of messages under a limit: never above it in any second, never a burst, nobody left out."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.engine.pace import HORIZON, Permits, Rate, rate_of, recover, reserve, slow_down

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
rates = st.one_of(st.integers(1, 3_600_000), st.integers(1, 500).map(lambda each_second: 3600 * each_second))


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@dataclass
class Shared:
    """The row that workers share, and the workers: each polls, then sends whatever it may."""

    per_hour: int
    next_at: datetime | None = None
    workers: dict[int, Permits] = field(default_factory=dict)
    sent: list[tuple[float, int]] = field(default_factory=list)

    def turn(self, worker: int, now: float, *, count: int = 10_000, most: int = 10_000) -> None:
        rate = rate_of(self.per_hour)
        held = self.workers.setdefault(worker, Permits(rate))
        plan = reserve(self.next_at, count=max(count - held.left, 0), rate=rate, now=after(now))
        self.next_at = plan.next_at or self.next_at
        held.add((plan.reservation.start - NOON).total_seconds(), plan.reservation.granted)
        while most and held.is_ripe(now):
            held.take()
            self.sent.append((now, worker))
            most -= 1


def most_in(sent: list[float], seconds: float) -> int:
    """The most messages in any window of that length that includes its beginning only."""
    return max((bisect_left(sent, at + seconds) - n for n, at in enumerate(sent)), default=0)


@pytest.mark.parametrize("per_hour", [1, 10, 100, 3600, 10_000, 18_000, 360_000, 3_600_000, 2_147_483_647])
def test_a_rate_costs_at_most_one_in_twenty(per_hour: int) -> None:
    rate = rate_of(per_hour)
    assert 0.95 * per_hour < 3600 / rate.interval < per_hour
    assert rate.patience >= 0.05


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        rate_of(0)


@given(
    per_hour=rates,
    steps=st.lists(
        st.tuples(
            st.integers(0, 4), st.sampled_from([0.0, 0.001, 0.01, 0.04, 0.05, 0.25, 0.3, 1.0, 3.0]), st.integers(1, 400)
        ),
        max_size=120,
    ),
)
def test_no_second_holds_more_than_the_limit_however_workers_take_turns(
    per_hour: int, steps: list[tuple[int, float, int]]
) -> None:
    shared, now = Shared(per_hour), 0.0
    for worker, pause, count in steps:
        now += pause
        shared.turn(worker, now, count=count)
    sent = [at for at, _ in shared.sent]
    assert most_in(sent, 1.0) <= -(-per_hour // 3600)
    assert most_in(sent, 3600.0) <= per_hour


@given(per_hour=rates, quiet=st.floats(0, 10_000))
def test_nothing_bursts_after_a_quiet_time(per_hour: int, quiet: float) -> None:
    shared = Shared(per_hour)
    shared.turn(0, 0.0)
    shared.sent.clear()
    shared.turn(0, 2.0 + quiet)
    shared.turn(1, 2.0 + quiet)
    assert len(shared.sent) <= 1


@given(per_hour=st.integers(1, 100_000))
def test_one_worker_uses_the_limit_up(per_hour: int) -> None:
    interval = rate_of(per_hour).interval
    shared, step = Shared(per_hour), min(interval / 3, 0.02)
    rounds = 300
    for n in range(rounds):
        shared.turn(0, n * step, count=max(int(0.4 / interval), 1))
    assert len(shared.sent) >= int(rounds * step / interval) - 1


@settings(max_examples=30)
@given(
    per_hour=st.integers(1_000, 360_000),
    pauses=st.lists(st.floats(0.2, 0.3), min_size=2, max_size=6),
    seed=st.integers(0, 10_000),
)
@pytest.mark.slow
def test_no_worker_starves(per_hour: int, pauses: list[float], seed: int) -> None:
    shared, dice = Shared(per_hour), Random(seed)
    turns = max(int(400 * rate_of(per_hour).interval), 40)
    polls = [(n * pause + dice.uniform(0, 0.05), worker) for worker, pause in enumerate(pauses) for n in range(turns)]
    got = dict.fromkeys(range(len(pauses)), 0)
    for at, worker in sorted(polls):
        held = shared.workers.get(worker)
        before = held.left if held else 0
        shared.turn(worker, at, count=max(int(0.4 * per_hour / 3600), 1), most=0)
        got[worker] += shared.workers[worker].left - before
        shared.workers[worker].is_ripe(at + 0.2)  # meanwhile what had its time has gone
    assert min(got.values()) > 0


def test_a_clock_that_ran_an_hour_ahead_does_not_stop_the_others() -> None:
    plan = reserve(after(3600), count=100, rate=rate_of(360_000), now=NOON)
    assert plan.reservation.granted == 1
    assert plan.reservation.start <= after(HORIZON + 0.001)


def test_an_old_reading_of_the_clock_takes_nothing_that_others_have() -> None:
    plan = reserve(after(30), count=100, rate=rate_of(360_000), now=NOON)
    assert plan.next_at is None
    assert plan.reservation == (after(30), rate_of(360_000).interval, 0)


def test_nothing_is_reserved_further_ahead_than_the_horizon() -> None:
    plan = reserve(None, count=10**6, rate=rate_of(3_600_000), now=NOON)
    last = plan.reservation.start + timedelta(seconds=plan.reservation.interval * (plan.reservation.granted - 1))
    assert NOON <= last <= after(HORIZON)
    assert reserve(after(HORIZON + 0.01), count=1, rate=rate_of(3600), now=NOON).next_at is None
    assert reserve(None, count=0, rate=rate_of(3600), now=NOON).reservation.granted == 0


def test_a_permit_that_was_not_used_in_its_time_lapses() -> None:
    permits = Permits(Rate(interval=0.1, patience=0.05))
    permits.add(1.0, 5)
    assert not permits.is_ripe(0.99)
    assert permits.is_ripe(1.05)
    assert permits.left == 5
    assert not permits.is_ripe(1.06)
    assert permits.left == 4
    assert permits.next_at == pytest.approx(1.1)
    assert permits.is_ripe(1.42)
    permits.take()
    assert permits.instants() == []
    assert permits.next_at is None


def test_a_message_under_two_slow_limits_gets_both_permits_at_once() -> None:
    rate = rate_of(1800)
    spots = [after(0.1), after(0.35)]
    plan = reserve(after(0.2), count=5, rate=rate, now=NOON, spots=spots)
    assert (plan.reservation.start, plan.reservation.granted) == (after(0.35), 1)
    assert reserve(after(0.4), count=5, rate=rate, now=NOON, spots=spots).next_at is None
    assert reserve(after(0.4), count=5, rate=rate, now=NOON, spots=[]).next_at is None
    late = reserve(after(-9), count=1, rate=rate, now=NOON, spots=[after(-0.1)])
    assert late.reservation.start == NOON


def test_a_domain_that_throttles_is_halved_once_for_answers_that_come_together() -> None:
    first = slow_down(None, observed=100.0, now=0.0)
    assert first.per_second == 50
    assert slow_down(first, observed=80.0, now=1.0) == first
    assert slow_down(first, observed=80.0, now=5.0).per_second == 25


def test_a_domain_is_never_slowed_to_nothing_and_comes_back() -> None:
    slowed, now = slow_down(None, observed=None, now=0.0), 0.0
    for _ in range(50):
        now += 10
        slowed = slow_down(slowed, observed=None, now=now)
    assert slowed.per_second == pytest.approx(0.1)
    seen = [slowed.per_second]
    while True:
        now += 30
        again = recover(slowed, now=now)
        if again is None:
            break
        slowed = again
        assert seen[-1] < slowed.per_second <= 2 * seen[-1] + 1e-9
        seen.append(slowed.per_second)
    assert 15 < len(seen) < 40


@given(st.floats(0.01, 10_000), st.floats(0, 29.9))
def test_a_domain_does_not_grow_before_half_a_minute(observed: float, pause: float) -> None:
    slowed = slow_down(None, observed=observed, now=100.0)
    assert recover(slowed, now=100.0 + pause) == slowed
