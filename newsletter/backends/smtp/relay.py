"""One relay while mail is being sent: its connections, how many it may have, and whether it is down."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from django.utils.translation import gettext as _

from newsletter.backends.base import Envelope
from newsletter.backends.smtp.lane import Lane, Shell
from newsletter.backends.smtp.server import Server
from newsletter.backends.smtp.states import State
from newsletter.engine import flow, relays

logger = logging.getLogger(__name__)

#: Connections in a row that ended with a message unanswered and none accepted, until the relay counts as down.
_MOST_SILENT = 2
#: Seconds after a failed connection in which the others have to do.
_QUIET = 5.0
_MEASURE_EVERY = 0.5


class Relay:
    """Connections to one server."""

    def __init__(self, shell: Shell, server: Server, *, most: int) -> None:
        now = shell.loop.time()
        self._shell, self._server = shell, server
        self._lanes: list[Lane] = []
        self._closing: list[Lane] = []
        self._flow = flow.begin(most=most, now=now)
        self._is_proven = False  # a connection got as far as messages: others may follow
        self._down_until: float | None = None
        self._quiet_until = 0.0  # no connection takes the place of one that failed
        self._silent = 0
        self._ended_accepted = self._ended_throttled = 0
        self._measured = (now, 0)
        self._throttled = 0
        self.trouble = ""

    @property
    def lanes(self) -> list[Lane]:
        return self._lanes

    @property
    def standing(self) -> relays.Standing:
        limit = self._flow.limit if self._is_proven else 1
        if self._shell.loop.time() < self._quiet_until:
            limit = len(self._lanes)
        return relays.Standing(
            weight=self._server.weight, open=len(self._lanes), limit=limit, down_until=self._down_until
        )

    @property
    def is_gone(self) -> bool:
        """Whether nothing of its connections is left in the loop."""
        return not self._lanes and not self._closing

    def open(self, first: Envelope, *, is_suspect: bool = False) -> None:
        """A connection for a message."""
        self._lanes.append(Lane(self._shell, self._server, first=first, is_suspect=is_suspect))

    def sweep(self, now: float, *, is_ending: bool = False) -> None:
        """Enforce deadlines and see what has ended; a message that was under way there goes on at once."""
        for lane in self._lanes:
            lane.check(now)
            if lane.is_open and not self._is_proven:
                self._is_proven, self._down_until = True, None
        ended = [lane for lane in self._lanes if lane.is_over]
        self._lanes = [lane for lane in self._lanes if not lane.is_over]
        self._closing = [lane for lane in (*self._closing, *ended) if not lane.is_gone]
        for lane in ended:
            self._ended(lane, now, is_ending=is_ending)
        self._shrink()

    def measure(self, now: float, *, is_hungry: bool) -> None:
        """See whether more connections are worth it."""
        then, count = self._measured
        if now - then < _MEASURE_EVERY:
            return
        accepted = self._ended_accepted + sum(lane.conversation.accepted for lane in self._lanes)
        throttled = self._ended_throttled + sum(lane.conversation.throttled for lane in self._lanes)
        self._measured = (now, accepted)
        if throttled > self._throttled:
            self._throttled = throttled
            self._flow = flow.complained(self._flow, now=now)
        is_busy = len(self._lanes) >= self._flow.limit and not is_hungry
        self._flow = flow.measured(self._flow, rate=(accepted - count) / (now - then), is_busy=is_busy, now=now)

    def ready(self) -> Iterator[Lane]:
        return (lane for lane in self._lanes if lane.is_ready)

    def drop(self) -> None:
        """Close everything without a word."""
        for lane in (*self._lanes, *self._closing):
            lane.drop("the sending was broken off")

    def _shrink(self) -> None:
        for lane in self._lanes[self._flow.limit :]:
            if lane.conversation.state is not State.OPENING:
                lane.leave()

    def _ended(self, lane: Lane, now: float, *, is_ending: bool) -> None:
        conversation = lane.conversation
        self._ended_accepted += conversation.accepted
        self._ended_throttled += conversation.throttled
        failure = lane.failure
        if conversation.accepted:
            self._silent = 0
        elif conversation.unknown:
            self._silent += 1
            if self._silent >= _MOST_SILENT and not failure:
                text = _("The mail server %(server)s takes messages and does not answer.")
                failure = text % {"server": self._server.terms.server}
        if conversation.carry is not None:
            if failure or is_ending:
                self._shell.work.give_back(conversation.carry)
            else:
                self.open(conversation.carry, is_suspect=True)
        if failure and not is_ending:
            self._failed(failure, now)

    def _failed(self, failure: str, now: float) -> None:
        self.trouble = failure
        self._quiet_until = now + _QUIET
        self._flow = flow.complained(self._flow, now=now)
        logger.info("a connection ended, %d are left: %s", len(self._lanes), failure)
        if not self._lanes:
            self._is_proven, self._quiet_until = False, 0.0
            self._down_until = now + relays.PAUSE
