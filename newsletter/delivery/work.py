"""What a backend works on: the messages of one chunk after the other, and their books.

Everything happens in one thread. While the database is asked nothing is sent; while it does not answer nothing is
handed over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from newsletter.backends.base import Envelope, Outcome, Result
from newsletter.delivery import bookkeeping, crash_points, store
from newsletter.delivery.desk import Desk
from newsletter.delivery.open_chunk import OpenChunk, awake
from newsletter.delivery.persistence import insist
from newsletter.delivery.slowed_domains import SlowedDomains
from newsletter.delivery.stopping import Stop
from newsletter.engine.message import MessageError

logger = logging.getLogger(__name__)

#: Chunks are taken for about so many seconds ahead; one commit then serves several of them.
_AHEAD = 0.1
_MOST_CHUNKS = 8
#: Chunks that are held while all that is left of them has to wait: a limit for one domain must not stop the others.
_MOST_SLOWED = 3
#: Seconds between two looks at who has left and whether the campaign is still being sent.
_LOOK_EVERY = 0.25


class ChunkWork:
    """The chunks that one worker sends through one backend: see `newsletter.backends.base.Work`."""

    def __init__(
        self,
        *,
        owner: str,
        backend: str,
        in_flight: int,
        stop: Stop,
        clock: Callable[[], datetime],
        until: float,
        slowed: SlowedDomains,
    ) -> None:
        """`until` (an instant of `awake`): no chunk is taken after it."""
        self._slowed = slowed
        self.backend = backend
        self.settled = 0
        self.keeps_replies = False
        #: As in the protocol; an attribute, since it is read after each message.
        self.wants_books = True
        self._owner, self._stop, self._clock, self._until = owner, stop, clock, until
        self._in_flight = in_flight
        self._desks: dict[int, Desk] = {}
        self._chunks: list[OpenChunk] = []
        #: Where a message comes from, while the backend has it.
        self._taken: dict[int, tuple[OpenChunk, Desk, store.PendingRow]] = {}
        self._may_come_more = True
        #: What is left has to wait for a limit.
        self._is_slowed = False
        self._looked_at = awake()
        self._rate = 0.0  #: messages a second, lately
        self._counted = (awake(), 0)

    @property
    def is_over(self) -> bool:
        return self._stop.requested or not (self._may_come_more or any(chunk.rows for chunk in self._chunks))

    def take(self) -> Envelope | None:
        if self._stop.requested:
            return None
        for chunk in self._chunks:
            desk = self._desks[chunk.claim.campaign_id]
            while chunk.rows and (row := desk.next_of(chunk.rows)) is not None:
                envelope = self._letter(row, chunk, desk)
                if envelope is not None:
                    return envelope
        self._is_slowed = any(chunk.rows for chunk in self._chunks)
        self.wants_books = self._may_come_more and not self._is_slowed
        return None

    def may_hand_over(self, envelope: Envelope) -> bool:
        key = envelope.key
        chunk, desk, _ = self._taken[key]
        if key in desk.gone:
            chunk.withdraw(key)
        elif chunk.may_hand_over(key):
            crash_points.reached("after_hand_over")
            return True
        del self._taken[key]
        return False

    def settle(self, outcome: Outcome) -> None:
        chunk, desk, row = self._taken.pop(outcome.key)
        crash_points.reached("after_answer")
        chunk.settle(outcome, keeps_reply=desk.keeps_replies)
        crash_points.reached("after_note")
        if outcome.result is Result.DEFERRED:
            desk.heard_not_now(row.address, outcome.reply)
        self.settled += 1

    def give_back(self, envelope: Envelope) -> None:
        chunk, _, row = self._taken.pop(envelope.key)
        chunk.give_back(row)

    def keep_books(self) -> None:
        """As `Work.keep_books` says."""
        crash_points.reached("before_settling")
        done = insist(self._round)
        if done.booked or done.ended:
            crash_points.reached("after_settling")
        self._is_slowed = False
        done.apply()
        self._take_note(done)
        for desk in self._desks.values():
            desk.turn(self._clock())
            if desk.pacer.resting is not None:
                self._rest(desk.campaign_id, *desk.pacer.resting)
        self.wants_books = False
        self._stop.check_drain()  # only now: an answer that was read is never thrown away

    def finish(self) -> None:
        """The backend has ended, however it did: book what there is and give every chunk back."""
        for chunk in self._chunks:
            chunk.lose_the_rest()
        ending = list(self._chunks)
        insist(lambda: bookkeeping.keep(ending=ending, booking=(), looking=(), claim=None, now=self._clock())).apply()
        self._chunks.clear()
        for desk in self._desks.values():
            desk.close(self._clock())

    def campaigns(self) -> set[int]:
        """Those of which chunks are open."""
        return {chunk.claim.campaign_id for chunk in self._chunks}

    def _letter(self, row: store.PendingRow, chunk: OpenChunk, desk: Desk) -> Envelope | None:
        if row.pk in desk.gone:
            chunk.withdraw(row.pk)
            return None
        try:
            envelope = desk.envelope(row, chunk.claim.leaves_out)
        except MessageError as error:  # one malformed name or address must not stop the others
            chunk.settle(Outcome(row.pk, Result.REFUSED, str(error)), keeps_reply=False)
            self.settled += 1
            return None
        chunk.flying.add(row.pk)
        self._taken[row.pk] = (chunk, desk, row)
        return envelope

    def _round(self) -> bookkeeping.Round:
        looking = self._chunks if self._is_time_to_look() else ()
        ending = [chunk for chunk in self._chunks if chunk.is_done]
        return bookkeeping.keep(
            ending=ending,
            booking=[chunk for chunk in self._chunks if not chunk.is_done and chunk.wants_booking],
            looking=[chunk for chunk in looking if not chunk.is_done],
            claim=self._wish(),
            now=self._clock(),
        )

    def _is_time_to_look(self) -> bool:
        now = awake()
        if now - self._looked_at < _LOOK_EVERY:
            return False
        then, count = self._counted
        self._rate = (self.settled - count) / (now - then)
        self._counted, self._looked_at = (now, self.settled), now
        return True

    def _wish(self) -> store.Wish | None:
        """How many chunks to take; None where there is enough to do, or the worker is asked to stop."""
        left = sum(len(chunk.rows) for chunk in self._chunks)
        has_enough = left >= max(self._in_flight, self._rate * _AHEAD / 2)
        if self._is_slowed and len(self._chunks) < _MOST_SLOWED:
            has_enough = False
        if has_enough or self._stop.requested or awake() > self._until:
            return None
        return store.Wish(
            owner=self._owner,
            backend=self.backend,
            most=min(_MOST_CHUNKS, max(1, round(self._rate * _AHEAD / store.CHUNK_SIZE))),
        )

    def _take_note(self, done: bookkeeping.Round) -> None:
        now = self._clock()
        gone_chunks = {id(chunk) for chunk in (*done.ended, *done.lost)}
        self._chunks = [chunk for chunk in self._chunks if id(chunk) not in gone_chunks]
        for campaign_id, keys in done.gone.items():
            self._desks[campaign_id].gone |= keys
        self._clear(done.stopped)
        for one in done.claimed:
            self._open(one, began=done.began, now=now)
        if done.claimed:
            crash_points.reached("after_claim")
        if done.wished:
            self._may_come_more = bool(done.claimed)
        self._may_come_more = self._may_come_more and awake() <= self._until

    def _rest(self, campaign_id: int, reason: str, until: datetime) -> None:
        """The day's share is used up: the campaign waits, and what is on the wire is finished."""
        insist(lambda: store.rest(campaign_id, reason, until=until))
        self._clear({campaign_id})

    def _clear(self, campaigns: set[int]) -> None:
        """Send nothing more of these: their deliveries stay pending, a chunk ends when its last answer is in."""
        for chunk in self._chunks:
            if chunk.claim.campaign_id in campaigns:
                chunk.rows.clear()

    def _open(self, claimed: store.Claimed, *, began: float, now: datetime) -> None:
        """A row of which a former claim's message is still with the backend stays pending: it comes with a later claim.

        Otherwise the backend would ask about two messages with one key, and be allowed both.
        """
        campaign_id = claimed.claim.campaign_id
        chunk = OpenChunk(claimed, began=began)
        chunk.rows = [row for row in chunk.rows if row.pk not in self._taken]
        self._chunks.append(chunk)
        if campaign_id not in self._desks:
            self._desks[campaign_id] = Desk.of(campaign_id, now=now, slowed=self._slowed)
            self.keeps_replies = any(desk.keeps_replies for desk in self._desks.values())
