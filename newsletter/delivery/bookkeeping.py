"""One round of books for the chunks of a worker: end, book, look around, take more. One commit for all of it."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from newsletter.delivery import store
from newsletter.delivery.open_chunk import OpenChunk, awake

logger = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Round:
    """What a round did. Nothing of it holds before its commit; `apply` is for after it."""

    began: float
    ended: list[OpenChunk] = field(default_factory=list)
    booked: list[OpenChunk] = field(default_factory=list)
    lost: list[OpenChunk] = field(default_factory=list)
    #: Campaigns that a person or the clock has stopped.
    stopped: set[int] = field(default_factory=set)
    #: By campaign: deliveries whose readers have left.
    gone: dict[int, set[int]] = field(default_factory=dict)
    wished: bool = False
    claimed: list[store.Claimed] = field(default_factory=list)

    def apply(self) -> None:
        """Tell the chunks what has become of them."""
        for chunk in self.booked:
            chunk.booked(began=self.began)
        for chunk in self.lost:
            chunk.is_lost = True
            chunk.rows.clear()
        for chunk in (*self.ended, *self.lost):
            chunk.leave()


def keep(
    *,
    ending: Sequence[OpenChunk],
    booking: Sequence[OpenChunk],
    looking: Sequence[OpenChunk],
    claim: store.Wish | None,
    now: datetime,
) -> Round:
    """Do it all in one transaction, chunks in the order of their ids, so that no two workers wait for each other.

    A chunk whose claim is void is given up: whoever took it has read its journal.

    Args:
        ending: nothing of these is being sent any more.
        booking: their lease is renewed, and what has happened is written down.
        looking: of these, who has left in the meantime, and is the campaign still sent?
        claim: what to take besides.
    """
    done = Round(began=awake())
    with transaction.atomic():
        for chunk in sorted({*ending, *booking}, key=lambda chunk: chunk.claim.chunk_id):
            _keep_one(done, chunk, is_ending=chunk in ending, now=now)
        _look(done, [chunk for chunk in looking if chunk not in done.lost], now=now)
        if claim is not None:
            done.wished = True
            done.claimed = store.claim_next(claim, now=now)
    return done


def _keep_one(done: Round, chunk: OpenChunk, *, is_ending: bool, now: datetime) -> None:
    try:
        if is_ending:
            store.give_back(chunk.claim, chunk.account, now=now)
            done.ended.append(chunk)
        else:
            if not store.book(chunk.claim, chunk.account, now=now):
                done.stopped.add(chunk.claim.campaign_id)
            done.booked.append(chunk)
    except store.FencedError as error:
        logger.warning("stopped sending: %s", error)
        done.lost.append(chunk)


def _look(done: Round, chunks: Collection[OpenChunk], *, now: datetime) -> None:
    campaigns = {chunk.claim.campaign_id for chunk in chunks}
    done.stopped |= campaigns - store.being_sent(campaigns)
    for chunk in chunks:
        if chunk.rows:
            done.gone.setdefault(chunk.claim.campaign_id, set()).update(store.left_among(chunk.claim))
