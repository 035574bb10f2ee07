"""How often something may happen: counters in the cache, per keyed hash of whoever it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils.crypto import salted_hmac


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `amount` per window of `every`; windows start at fixed instants, the same for everybody.

    `name` becomes part of a cache key: letters and hyphens only.
    """

    name: str
    amount: int
    every: timedelta

    def spend(self, who: str, *, now: datetime, cost: int = 1) -> bool:
        """Count it; False once the window's amount is used up. The cache never sees who it is."""
        key = self._key(who, now)
        seconds = int(self.every.total_seconds())
        if cache.add(key, cost, seconds):
            return cost <= self.amount
        try:
            return cache.incr(key, cost) <= self.amount
        except ValueError:  # it expired, or was thrown out of a full cache, just now
            cache.set(key, cost, seconds)
            return cost <= self.amount

    def _key(self, who: str, now: datetime) -> str:
        window = int(now.timestamp() // self.every.total_seconds())
        digest = salted_hmac("core.limits", who, algorithm="sha256").hexdigest()
        return f"limit.{self.name}.{window}.{digest}"
