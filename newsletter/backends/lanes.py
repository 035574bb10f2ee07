"""Several connections at work while one thread keeps the books: the loop that message backends share.

A lane is a thread that talks to the other side and does nothing else. It asks before it hands a message over and
reports what became of it. The caller's thread collects what all lanes have to say and books it in one call, so that
one commit serves many connections and no lane ever touches the database.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from newsletter.backends.base import BackendDownError, Book, Envelope, Outcome

logger = logging.getLogger(__name__)

#: `book` is called at least this often while something is in flight: the caller renews its lease there.
HEARTBEAT = 1.0

#: How long the lanes get to say goodbye, and to end when the sending was broken off.
GOODBYE = 5.0
_BROKEN_OFF = 0.5


class Carrier(Protocol):
    """One connection to the other side, used by one thread."""

    def carry(self, envelope: Envelope, *, may_hand_over: Callable[[], bool]) -> Outcome:
        """Send one message; `may_hand_over` is asked right before its content is written.

        Raises:
            BackendDownError: this connection can't go on and the message was not handed over.
        """
        ...

    def close(self) -> None:
        """Say goodbye and close; never raises."""
        ...


@dataclass(slots=True)
class _Asked:
    lane: _Lane
    envelope: Envelope


@dataclass(slots=True)
class _Settled:
    outcome: Outcome


@dataclass(slots=True)
class _Retired:
    """The lane ended early. After a BackendDownError its envelope was certainly not handed over."""

    envelope: Envelope
    error: BaseException


_Event = _Asked | _Settled | _Retired


class _Lane(threading.Thread):
    def __init__(self, carrier: Carrier, work: queue.SimpleQueue[Envelope | None], events: queue.SimpleQueue[_Event]):
        super().__init__(name="newsletter-lane", daemon=True)
        self.carrier, self.work, self.events = carrier, work, events
        self.answers: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def run(self) -> None:
        try:
            while (envelope := self.work.get()) is not None:
                if not self._carry(envelope):
                    break
        finally:
            self.carrier.close()

    def _carry(self, envelope: Envelope) -> bool:
        def may_hand_over() -> bool:
            self.events.put(_Asked(self, envelope))
            return self.answers.get()

        try:
            outcome = self.carrier.carry(envelope, may_hand_over=may_hand_over)
        except BaseException as error:  # noqa: BLE001 - a thread must not die silently: the caller raises it
            self.events.put(_Retired(envelope, error))
            return False
        self.events.put(_Settled(outcome))
        return True


@dataclass(slots=True)
class _Run:
    """One call of `send_over_lanes`."""

    envelopes: Iterator[Envelope]
    open_carrier: Callable[[], Carrier]
    count: int
    book: Book
    work: queue.SimpleQueue[Envelope | None] = field(default_factory=queue.SimpleQueue)
    events: queue.SimpleQueue[_Event] = field(default_factory=queue.SimpleQueue)
    lanes: list[_Lane] = field(default_factory=list)
    retired: int = 0
    returned: deque[Envelope] = field(default_factory=deque)
    outstanding: int = 0  #: given to the lanes and not settled
    booked_at: float = 0.0
    last_down: BackendDownError | None = None
    failure: BaseException | None = None

    def go(self) -> None:
        self.booked_at = time.monotonic()
        try:
            self._fill()
            while self.outstanding:
                self._turn()
                self._fill()
        except BaseException:
            self._dismiss(_BROKEN_OFF)
            raise
        self._dismiss(GOODBYE)

    def _fill(self) -> None:
        """Keep one envelope waiting per lane, and as many lanes as there are envelopes."""
        while self.outstanding < 2 * self.count:
            envelope = self.returned.popleft() if self.returned else next(self.envelopes, None)
            if envelope is None:
                return
            self.work.put(envelope)
            self.outstanding += 1
            if len(self.lanes) < self.count and len(self.lanes) - self.retired < self.outstanding:
                lane = _Lane(self.open_carrier(), self.work, self.events)
                self.lanes.append(lane)
                lane.start()

    def _turn(self) -> None:
        asked: list[_Asked] = []
        settled: list[Outcome] = []
        for event in self._heard():
            match event:
                case _Asked():
                    asked.append(event)
                case _Settled(outcome):
                    settled.append(outcome)
                    self.outstanding -= 1
                case _Retired():
                    self._retire(event)
        if asked or settled or time.monotonic() - self.booked_at >= HEARTBEAT:
            self._book(settled, asked)
        if self.failure is not None:
            raise self.failure
        if self._left() == 0 and self.last_down is not None:
            raise self.last_down  # connections that are all down at once are a backend that is down

    def _heard(self) -> Iterator[_Event]:
        """What the lanes said: wait for the first word, then take what else is there."""
        try:
            yield self.events.get(timeout=HEARTBEAT)
            while True:
                yield self.events.get_nowait()
        except queue.Empty:
            return

    def _book(self, settled: list[Outcome], asked: list[_Asked]) -> None:
        allowed: set[int] = set()
        try:
            allowed.update(self.book(settled, [one.envelope for one in asked]))
            self.booked_at = time.monotonic()
        finally:  # also when the books can't be kept: a lane that waits must hear its no
            for one in asked:
                one.lane.answers.put(one.envelope.key in allowed)

    def _retire(self, event: _Retired) -> None:
        self.retired += 1
        self.outstanding -= 1
        if isinstance(event.error, BackendDownError):
            self.returned.append(event.envelope)
            self.last_down = event.error
            logger.info("a connection ended, %d are left: %s", self._left(), event.error)
        else:
            self.failure = event.error

    def _left(self) -> int:
        return len(self.lanes) - self.retired

    def _dismiss(self, seconds: float) -> None:
        """Empty the queue, let each lane finish what it has begun, and wait for the goodbyes."""
        try:
            while True:
                self.work.get_nowait()
        except queue.Empty:
            pass
        for lane in self.lanes:
            lane.answers.put(False)
            self.work.put(None)
        end = time.monotonic() + seconds
        for lane in self.lanes:
            lane.join(max(0.0, end - time.monotonic()))


def send_over_lanes(
    envelopes: Iterable[Envelope], *, open_carrier: Callable[[], Carrier], count: int, book: Book
) -> None:
    """Send over up to `count` connections that are opened as there is work for them.

    A connection that fails gives its message to the others; when none is left the backend is down.

    Raises:
        BackendDownError: the last connection's error.
    """
    _Run(envelopes=iter(envelopes), open_carrier=open_carrier, count=count, book=book).go()
