"""Domains whose servers asked for less, as one process knows them. What is decided about them is the engine's."""

from __future__ import annotations

from newsletter.engine import pace
from newsletter.engine.pace import Slowed

#: Seconds by which a message may be late without delaying those after it.
_LATE = 0.05


class SlowedDomains:
    """True while there is any. All times are readings of `time.monotonic()`."""

    def __init__(self) -> None:
        self._slowed: dict[str, Slowed] = {}
        #: When the next message may go there.
        self._next_at: dict[str, float] = {}
        self._waiting: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._slowed)

    def slow_down(self, domain: str, now: float, *, observed: float | None = None) -> float:
        """Halve the rate to a domain; returns the new one, in messages a second."""
        slowed = pace.slow_down(self._slowed.get(domain), observed=observed, now=now)
        self._slowed[domain] = slowed
        self._next_at[domain] = max(self._next_at.get(domain, now), now + 1 / slowed.per_second)
        return slowed.per_second

    def may_go(self, domain: str, now: float) -> bool:
        """A yes is used up with it."""
        slowed = self._slowed.get(domain)
        if slowed is None:
            return True
        if now < self._next_at[domain]:
            self._waiting.add(domain)
            return False
        self._waiting.discard(domain)
        self._next_at[domain] = max(self._next_at[domain], now - _LATE) + 1 / slowed.per_second
        return True

    def next_at(self) -> float | None:
        """When a message may go to one of the domains that were asked for in vain."""
        return min((self._next_at[domain] for domain in self._waiting), default=None)

    def recover(self, now: float) -> None:
        """A little faster where nobody has complained for a while."""
        for domain, slowed in list(self._slowed.items()):
            faster = pace.recover(slowed, now=now)
            if faster is None:
                del self._slowed[domain], self._next_at[domain]
                self._waiting.discard(domain)
            else:
                self._slowed[domain] = faster
