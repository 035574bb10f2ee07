"""Telling one visitor from the next for some minutes, without knowing who it is.

A visitor is a hash of network address and browser under a key by chance, which is made anew each day and never leaves
the cache. Neither key nor hash is ever written to the database, and what was done under a hash is forgotten within
minutes: nobody, we included, can say later who followed a link.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.core.cache import cache

from core.client import client_ip
from newsletter.engine.clicks import MEMORY, Visit

if TYPE_CHECKING:
    from django.http import HttpRequest

A_DAY = 24 * 3600
_LOCK = "clicks.lock"
#: Seconds after which a process that holds the lock has died.
_LOCK_SECONDS = 20
_keys: dict[str, bytes] = {}

#: (id of the campaign, hash of the visitor)
Who = tuple[int, str]


def visitor_of(request: HttpRequest) -> str:
    """The visitor as a keyed hash; another one tomorrow."""
    seen = f"{client_ip(request)}\0{request.headers.get('User-Agent', '')}"
    return hashlib.blake2b(seen.encode(errors="replace"), digest_size=12, key=_key_of_today()).hexdigest()


def remembered(whos: Sequence[Who]) -> dict[Who, Visit]:
    """What is remembered of these visitors."""
    names = {_name(who): who for who in whos}
    return {
        names[name]: Visit(since=since, is_program=is_program, seen=seen, counted=counted)
        for name, (since, is_program, seen, counted) in cache.get_many(names).items()
    }


def remember(visits: Mapping[Who, Visit]) -> None:
    """For some minutes."""
    kept = {_name(who): (one.since, one.is_program, one.seen, one.counted) for who, one in visits.items()}
    cache.set_many(kept, MEMORY)


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


def _name(who: Who) -> str:
    return f"clicks.{who[0]}.{who[1]}"
