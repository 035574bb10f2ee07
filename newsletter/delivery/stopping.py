"""Asking a worker to stop: from a signal, from a limit, from a test."""

from __future__ import annotations

import queue
import time

#: Seconds that messages in flight get to finish once the worker was asked to stop; then their answers are lost.
#: Shorter than what process managers wait before they kill (Docker 10 s, Kubernetes 30 s, systemd 90 s).
DRAIN = 7.0


class DrainedError(Exception):
    """The time to finish messages in flight is over."""


class Stop:
    """Set once, from any thread or from a signal handler."""

    def __init__(self, *, drain: float = DRAIN) -> None:
        self._drain = drain
        #: Set once, by `request`; an attribute, since it is read before each message.
        self.requested = False
        self._requested_at: float | None = None
        # Unlike an Event, a SimpleQueue may be used by a signal handler that interrupts a waiter of the same thread.
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()

    def request(self) -> None:
        if self._requested_at is None:
            self._requested_at = time.monotonic()
            self.requested = True
        self._bell.put(None)

    def left(self) -> float:
        """Seconds of the time to finish that are left, counted from the request."""
        if self._requested_at is None:
            return self._drain
        return max(0.0, self._requested_at + self._drain - time.monotonic())

    def check_drain(self) -> None:
        """Raises DrainedError when the time to finish is over."""
        if self.requested and not self.left():
            raise DrainedError

    def wait(self, seconds: float) -> bool:
        """Sleep, but not longer than until the request; returns whether it came."""
        if not self.requested:
            try:
                self._bell.get(timeout=max(seconds, 0.001))
            except queue.Empty:
                return False
        self._bell.put(None)  # for other threads that wait
        return self.requested
