"""How fast: messages in an even flow under a limit, shared by any number of workers. Pure arithmetic.

The flow is that of the generic cell rate algorithm (ITU-T I.371, annex A, virtual scheduling): one instant says when
the next message may go at the earliest, and every message moves it on by one interval. Time that nobody used is gone,
so nothing bursts after a quiet hour.

Workers reserve permits a moment ahead. A permit has an instant and is good for a little longer (its patience), because
a worker may be busy just then. All permits of a limit lie an interval apart, so the messages of any one second stem
from permits of 1 s + patience: the interval is chosen so that those are never more than the limit of one second,
whoever holds them.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

#: Seconds ahead of now in which permits are handed out: a worker that dies takes no more with it.
HORIZON = 0.5

#: The least patience; it costs a limit of many messages a second one in twenty.
_PATIENCE = 0.05
_LONGEST_PATIENCE = 10.0

#: Intervals are longer than exact by this part of them: what rounding may take, and a spot that comes a trifle early.
_HAIR = 1e-4

#: Seconds by which the clocks of two workers may differ, or `now` be old because the database was away for a while.
_CLOCKS_DIFFER = 60.0

#: A worker gets two thirds of what is free, so that those who ask after it find something.
_SHARE = 2 / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    #: Seconds from one permit to the next.
    interval: float
    #: Seconds for which a permit is good after its instant.
    patience: float


def rate_of(per_hour: int) -> Rate:
    """The flow of at most `per_hour` messages in any hour, and in any second at most an hour's 3600th, rounded up.

    Raises:
        ValueError: not a positive number.
    """
    if per_hour < 1:
        raise ValueError(f"a rate is at least one message an hour, not {per_hour}")
    in_a_second = -(-per_hour // 3600)
    even = 3600 / per_hour
    at_no_cost = in_a_second * even - 1  # what rounding up leaves: a slow limit waits for a busy worker for nothing
    patience = max(_PATIENCE, min(at_no_cost, even / 2, _LONGEST_PATIENCE))
    interval = max((3600 + patience) / per_hour, (1 + patience) / in_a_second)
    return Rate(interval=interval * (1 + _HAIR), patience=patience)


class Reservation(NamedTuple):
    """`granted` permits from `start` on, `interval` seconds apart; where there are none, `start` is when one may be."""

    start: datetime
    interval: float
    granted: int


class Plan(NamedTuple):
    """A reservation, and the first instant that is free after it: `None` where nothing changes."""

    reservation: Reservation
    next_at: datetime | None


def reserve(
    next_at: datetime | None, *, count: int, rate: Rate, now: datetime, spots: Sequence[datetime] | None = None
) -> Plan:
    """Up to `count` permits from the first free instant on, none further ahead than `HORIZON`, none before `now`.

    Args:
        next_at: the first instant that nobody has reserved; None at the very first.
        spots: where given, one permit at most, and at one of these instants: a message that falls under two slow limits
            needs permits of both at the same time.
    """
    offset = 0.0 if next_at is None else max((next_at - now).total_seconds(), 0.0)
    if offset > HORIZON + rate.interval + _CLOCKS_DIFFER:  # no reservation leads there: a clock ran ahead
        offset = HORIZON
    if spots is not None:
        offsets = [max((spot - now).total_seconds(), 0.0) for spot in spots]
        due = offset - rate.interval * _HAIR / 2
        fitting = [spot for spot in offsets if spot >= due]
        offset, count = (min(fitting), min(count, 1)) if fitting else (offset, 0)
    free = math.floor((HORIZON - offset) / rate.interval) + 1 if offset <= HORIZON else 0
    granted = max(min(count, max(int(free * _SHARE), 1)), 0) if free > 0 else 0
    reservation = Reservation(start=_after(now, offset), interval=rate.interval, granted=granted)
    return Plan(reservation, _after(now, offset + granted * rate.interval) if granted else None)


def _after(now: datetime, seconds: float) -> datetime:
    return now + timedelta(microseconds=math.ceil(seconds * 1e6))  # never earlier than exact


class Permits:
    """What one worker holds of a limit. Its instants are readings of a clock that never jumps, in seconds."""

    __slots__ = ("_runs", "left", "rate")

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        #: How many there are, those to come included.
        self.left = 0
        self._runs: deque[tuple[float, int]] = deque()

    def add(self, start: float, count: int) -> None:
        """`count` permits, an interval apart; later than those that are there."""
        if count > 0:
            self._runs.append((start, count))
            self.left += count

    def is_ripe(self, now: float) -> bool:
        """Whether a message may go; lets go of permits that were not used in their time."""
        while self._runs:
            start, count = self._runs[0]
            late = now - self.rate.patience - start
            if late <= 0:
                return start <= now
            self._spend(min(count, math.ceil(late / self.rate.interval)))
        return False

    def take(self) -> None:
        """Use the permit that `is_ripe` has just said to be there."""
        self._spend(1)

    def instants(self) -> list[float]:
        """Of all permits, the earliest first."""
        return [start + n * self.rate.interval for start, count in self._runs for n in range(count)]

    @property
    def next_at(self) -> float | None:
        """The instant of the earliest permit."""
        return self._runs[0][0] if self._runs else None

    def _spend(self, spent: int) -> None:
        start, count = self._runs[0]
        self.left -= spent
        if spent < count:
            self._runs[0] = (start + spent * self.rate.interval, count - spent)
        else:
            self._runs.popleft()


#: A domain that is slowed still gets one message in so many seconds.
_SLOWEST = 1 / 10
#: Where nobody has counted how fast it went.
_UNKNOWN_RATE = 20.0
#: Refusals of messages that were on their way already say nothing about the new rate. Seconds.
_SAME_REFUSAL = 3.0
#: After so many seconds without a refusal it goes a little faster: by a twentieth of the rate that was too much.
_GROWS_EVERY = 30.0
_GROWS_BY = 1 / 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Slowed:
    """A domain whose server asked for less."""

    per_second: float
    #: The rate at which it first asked; when it is reached again, the domain is slowed no more.
    too_fast: float
    #: When it asked last, and when the rate last changed; readings of a clock that never jumps.
    asked_at: float
    changed_at: float


def slow_down(slowed: Slowed | None, *, observed: float | None, now: float) -> Slowed:
    """Halve the rate to a domain that throttled; answers that come together count once.

    Args:
        slowed: what it was told before; None the first time.
        observed: messages a second that went there lately, if somebody counted.
    """
    if slowed is None:
        rate = max(observed or _UNKNOWN_RATE, 2 * _SLOWEST)
        return Slowed(per_second=rate / 2, too_fast=rate, asked_at=now, changed_at=now)
    if now - slowed.asked_at < _SAME_REFUSAL:
        return slowed
    return replace(slowed, per_second=max(slowed.per_second / 2, _SLOWEST), asked_at=now, changed_at=now)


def recover(slowed: Slowed, *, now: float) -> Slowed | None:
    """A little faster after each half minute without a refusal; None when the domain is slowed no more."""
    steps = int((now - slowed.changed_at) / _GROWS_EVERY)
    rate = slowed.per_second
    for _ in range(min(steps, 100)):
        rate = min(2 * rate, rate + slowed.too_fast * _GROWS_BY)
    if rate >= slowed.too_fast:
        return None
    return replace(slowed, per_second=rate, changed_at=slowed.changed_at + steps * _GROWS_EVERY)
