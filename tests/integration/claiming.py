"""Claiming and booking as a worker does, for tests of the store."""

from __future__ import annotations

from datetime import timedelta

from newsletter.backends.base import Outcome, Result
from newsletter.delivery import store
from newsletter.delivery.journal import Mark
from tests.factories_delivery import NOON

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
