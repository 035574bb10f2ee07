"""Sending one chunk: claimed rows go to the backend, and what it says goes into the books."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from newsletter.backends import registry
from newsletter.backends.base import BackendError, Envelope, Outcome, Result
from newsletter.delivery import crash_points, store
from newsletter.delivery.letters import Letters
from newsletter.delivery.persistence import insist
from newsletter.delivery.stopping import DrainedError, Stop
from newsletter.engine.message import MessageError
from newsletter.models import Campaign

logger = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class _Books:
    """The books of one claim, kept in the worker's thread."""

    claim: store.Claim
    letters: Letters
    stop: Stop
    clock: Callable[[], datetime]
    is_sending: bool = True
    unwritable: list[Outcome] = field(default_factory=list)

    def envelopes(self, rows: Sequence[store.PendingRow]) -> Iterator[Envelope]:
        """Read by the backend as it goes; ends early when the worker stops or the campaign was stopped."""
        for row in rows:
            if self.stop.requested or not self.is_sending:
                return
            try:
                envelope = self.letters.envelope(row, now=self.clock())
            except MessageError as error:  # one malformed name or address must not stop the others
                self.unwritable.append(Outcome(key=row.pk, result=Result.REFUSED, reply=str(error)))
                continue
            yield envelope

    def book(self, settled: Sequence[Outcome], asking: Sequence[Envelope]) -> Collection[int]:
        """What backends call: see `newsletter.backends.base.Book`."""
        if settled:
            crash_points.reached("before_settling")
        outcomes = [*self.unwritable, *settled]
        wanted = [] if self.stop.requested else asking
        booked = insist(lambda: store.book(self.claim, settled=outcomes, asking=wanted, now=self.clock()))
        self.unwritable.clear()
        self.is_sending = booked.is_sending
        self.stop.check_drain()  # only now: an answer that was read is never thrown away
        if booked.allowed:
            crash_points.reached("after_hand_over")
        return booked.allowed


def send_chunk(claim: store.Claim, *, stop: Stop, clock: Callable[[], datetime]) -> None:
    """Send what is pending in a claimed chunk and give the chunk back.

    Never raises for what can happen to a worker: a backend that is down makes the campaign wait, a lost lease ends
    quietly, and after anything else the lease runs out, so that another attempt comes by itself.
    """
    crash_points.reached("after_claim")
    try:
        _send(claim, stop=stop, clock=clock)
    except BackendError as error:
        reason = str(error)
        logger.warning("campaign %s waits: %s", claim.campaign_id, reason)
        _give_back(claim, clock=clock)
        insist(lambda: store.backend_went_down(claim.campaign_id, reason, now=clock()))
    except DrainedError:
        logger.warning("chunk %s: messages in flight did not finish in time", claim.chunk_id)
        _give_back(claim, clock=clock)
    except store.FencedError as error:
        logger.warning("stopped sending: %s", error)
    except Exception:
        logger.exception("chunk %s failed; its lease will run out", claim.chunk_id)
    else:
        _give_back(claim, clock=clock)


def _send(claim: store.Claim, *, stop: Stop, clock: Callable[[], datetime]) -> None:
    campaign = Campaign.objects.defer("web_html").get(pk=claim.campaign_id)
    backend = registry.get(campaign.backend)
    books = _Books(claim=claim, letters=Letters.of(campaign), stop=stop, clock=clock)
    rows = insist(lambda: store.pending_rows(claim, now=clock()))
    backend.send(books.envelopes(rows), book=books.book)
    if books.unwritable:
        books.book([], [])


def _give_back(claim: store.Claim, *, clock: Callable[[], datetime]) -> None:
    try:
        insist(lambda: store.give_back(claim, now=clock()))
    except store.FencedError as error:
        logger.warning("nothing to give back: %s", error)
