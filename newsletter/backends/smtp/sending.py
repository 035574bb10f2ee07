"""The loop of one `send`: asyncio in slices, and between them, where no loop runs, the books."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from newsletter.backends.base import BackendDownError, Work
from newsletter.backends.smtp.conversation import GOODBYE
from newsletter.backends.smtp.lane import Lane
from newsletter.backends.smtp.relay import Relay
from newsletter.backends.smtp.server import Server
from newsletter.backends.smtp.states import State
from newsletter.engine import relays

#: The longest slice: how often the books are kept, and deadlines looked at.
_BEAT = 0.25
#: The longest slice while something waits for messages that may come with time.
_PAUSE = 0.02
#: How long answers are waited for after the sending was broken off.
_BROKEN_OFF = 0.5


class Sending:
    """Sends until the work is over. Everything happens in the caller's thread.

    Args:
        servers: each with the most connections it may have.
    """

    def __init__(self, servers: Sequence[tuple[Server, int]], work: Work) -> None:
        self.loop: asyncio.AbstractEventLoop = asyncio.SelectorEventLoop()
        self.work = work
        self._relays = [Relay(self, server, most=most) for server, most in servers]
        self._failure: BaseException | None = None
        self._kept_at = self.loop.time()
        self._is_hungry = False
        self._speaking: list[Lane] = []

    def run(self) -> None:
        """Raises BackendDownError, and what the work raises."""
        try:
            while not self._is_done():
                self._turn()
            self._part()
        except BaseException:
            self._break_off()
            raise
        finally:
            self._close()

    # What lanes call.

    def speak_soon(self, lane: Lane) -> None:
        if not self._speaking:
            self.loop.call_soon(self._speak)
        self._speaking.append(lane)

    def heed(self) -> None:
        self.loop.stop()

    def fail(self, error: BaseException) -> None:
        self._failure = self._failure or error
        self.loop.stop()

    # Its own.

    def _speak(self) -> None:
        lanes, self._speaking = self._speaking, []
        for lane in lanes:
            lane.speak()

    def _turn(self) -> None:
        now = self.loop.time()
        has_kept = self.work.wants_books or now - self._kept_at >= _BEAT
        if has_kept:
            self._keep_books()
        for relay in self._relays:
            relay.sweep(now)
            relay.measure(now, is_hungry=self._is_hungry)
        self._is_hungry = self._pump(now)
        if self._is_hungry and self.work.wants_books and not has_kept:
            return
        self._slice(_PAUSE if self._is_hungry else _BEAT)

    def _keep_books(self) -> None:
        self.work.keep_books()
        self._kept_at = self.loop.time()

    def _slice(self, seconds: float) -> None:
        self._run(seconds)
        if self._failure is not None:
            raise self._failure

    def _run(self, seconds: float) -> None:
        """Let the loop run for so long, or until a lane wants to be heeded."""
        timer = self.loop.call_later(seconds, self.loop.stop)
        self.loop.run_forever()
        timer.cancel()
        self._speak()  # nothing waits while the books are kept

    def _pump(self, now: float) -> bool:
        """Wake who is ready, and open connections while there are messages. True: somebody found none.

        Raises:
            BackendDownError: no connection is left and none can be opened.
        """
        work = self.work
        if work.is_over:
            for lane in self._lanes():
                if lane.is_ready:
                    lane.leave()
            return False
        for relay in self._relays:
            for lane in relay.ready():
                if not lane.wake() and lane.is_ready:
                    return True
        while (number := relays.choose([relay.standing for relay in self._relays], now=now)) is not None:
            envelope = work.take()
            if envelope is None:
                return True
            self._relays[number].open(envelope)
        if not self._lanes():
            raise BackendDownError(self._trouble())
        return False

    def _lanes(self) -> list[Lane]:
        return [lane for relay in self._relays for lane in relay.lanes]

    def _trouble(self) -> str:
        return " ".join(dict.fromkeys(relay.trouble for relay in self._relays if relay.trouble))

    def _is_done(self) -> bool:
        if not self.work.is_over or any(lane.conversation.state is not State.LEAVING for lane in self._lanes()):
            return False
        self._keep_books()
        return self.work.is_over

    def _part(self) -> None:
        """Wait for the goodbyes."""
        end = self.loop.time() + GOODBYE
        while not self._are_gone() and (now := self.loop.time()) < end:
            self._slice(end - now)

    def _break_off(self) -> None:
        """Hand over nothing more; hear the answers to what was handed over if they come soon."""
        end = self.loop.time() + _BROKEN_OFF
        waiting = [lane for lane in self._lanes() if lane.break_off()]
        while waiting and (now := self.loop.time()) < end:
            self._run(end - now)
            waiting = [lane for lane in waiting if not lane.is_over and lane.break_off()]
        for relay in self._relays:
            relay.drop()
            relay.sweep(self.loop.time(), is_ending=True)

    def _are_gone(self) -> bool:
        for relay in self._relays:
            relay.sweep(self.loop.time(), is_ending=True)
        return all(relay.is_gone for relay in self._relays)

    def _close(self) -> None:
        """Leave nothing in the loop that would complain later."""
        for relay in self._relays:
            relay.drop()
        end = self.loop.time() + 1
        while not self._are_gone() and self.loop.time() < end:
            self._run(0.01)
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()
