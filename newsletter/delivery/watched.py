"""Numbers that many people look at again and again: found once, and shown to all of them for a moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.core.cache import cache

T = TypeVar("T")

#: What took long to find is kept longer: at most a tenth of the time goes into finding it.
TIMES_ITS_COST = 10
_KEPT = 600
#: Whoever finds it holds this; should they die over it, others try again after so many seconds.
_TURN = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched(Generic[T]):
    """`value` was found at `at` and took `cost`."""

    value: T
    at: datetime
    cost: timedelta

    def is_fresh(self, *, now: datetime, keep: timedelta) -> bool:
        return timedelta() <= now - self.at < max(keep, self.cost * TIMES_ITS_COST)


def watch(key: str, find: Callable[[T | None], T], *, keep: timedelta, now: datetime) -> Watched[T]:
    """What was found in the last `keep`, else find it now; while somebody else does, the old one.

    Args:
        key: the same for all who look at the same.
        find: gets what was found before, if that is still known.
    """
    old: Watched[Any] | None = cache.get(key)
    if old is not None and old.is_fresh(now=now, keep=keep):
        return old
    turn = f"{key}.turn"
    is_ours = cache.add(turn, 1, _TURN)
    if not is_ours and old is not None:
        return old
    began = time.monotonic()
    try:
        value = find(None if old is None else old.value)
        found = Watched(value=value, at=now, cost=timedelta(seconds=time.monotonic() - began))
        cache.set(key, found, _KEPT)
    finally:
        if is_ours:
            cache.delete(turn)
    return found
