"""Telling one visitor from the next for some minutes, without knowing who it is.

A visitor is a hash of network address and browser under a key by chance, which is made anew each day and never leaves
the cache. Neither key nor hash is ever written to the database, and what was done under a hash is forgotten within
ten to twenty minutes: nobody, we included, can say later who followed a link.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.core.cache import cache

from core.client import client_ip
from newsletter.engine.clicks import MEMORY, Place, Visit

if TYPE_CHECKING:
    from django.http import HttpRequest

A_DAY = 24 * 3600
#: Of each campaign.
DRAWERS = 64
_LOCK = "clicks.lock"
#: Seconds after which a process that holds the lock has died.
_LOCK_SECONDS = 20
_keys: dict[str, bytes] = {}

#: A visit as it is kept: its fields in their order.
_Kept = tuple[float, bool, dict[int, float], dict[Place, int]]


def visitor_of(request: HttpRequest) -> str:
    """The visitor as a keyed hash; another one tomorrow."""
    seen = f"{client_ip(request)}\0{request.headers.get('User-Agent', '')}"
    return hashlib.blake2b(seen.encode(errors="replace"), digest_size=12, key=_key_of_today()).hexdigest()


class Visits:
    """What is remembered of a campaign's visitors, read and written in a few drawers rather than one by one: a file
    cache takes most of a millisecond for each entry, and an issue that goes out brings thousands of visitors.
    """

    def __init__(self, campaign_id: int, visitors: Iterable[str]) -> None:
        self._campaign_id = campaign_id
        names = {self._drawer(visitor) for visitor in visitors}
        found: dict[str, dict[str, _Kept]] = cache.get_many(names)
        self._drawers = {name: found.get(name, {}) for name in names}

    def get(self, visitor: str) -> Visit | None:
        kept = self._drawers[self._drawer(visitor)].get(visitor)
        return kept and Visit(since=kept[0], is_program=kept[1], seen=kept[2], counted=kept[3])

    def put(self, visitor: str, visit: Visit) -> None:
        kept = (visit.since, visit.is_program, visit.seen, visit.counted)
        self._drawers[self._drawer(visitor)][visitor] = kept

    def keep(self) -> None:
        """For some minutes; who came before that is forgotten."""
        oldest = time.time() - MEMORY
        cache.set_many(
            {
                name: {visitor: kept for visitor, kept in drawer.items() if kept[0] >= oldest}
                for name, drawer in self._drawers.items()
            },
            MEMORY,
        )

    def _drawer(self, visitor: str) -> str:
        return f"clicks.{self._campaign_id}.{int(visitor[:2], 16) % DRAWERS}"


@contextmanager
def alone() -> Iterator[None]:
    """Let no other process judge visitors meanwhile: what it finds out about one would be lost.

    Who holds it for too long has died; the worst that comes of it is a program counted among people.
    """
    until = time.monotonic() + _LOCK_SECONDS
    while not cache.add(_LOCK, 1, _LOCK_SECONDS) and time.monotonic() < until:
        time.sleep(0.02)
    try:
        yield
    finally:
        cache.delete(_LOCK)


def _key_of_today() -> bytes:
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    if (key := _keys.get(today)) is None:
        name = f"clicks.key.{today}"
        cache.add(name, secrets.token_bytes(32), A_DAY)
        # Thrown out of a full cache in between: this process has one of its own until tomorrow.
        key = cache.get(name) or secrets.token_bytes(32)
        _keys.clear()
        _keys[today] = key
    return key
