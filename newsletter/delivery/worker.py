"""The worker: the clock, single mails, background tasks, and chunk after chunk. It holds no rules of its own.

Five loops: the clock, the errands (single mails, tasks), the webhooks and what is done at a remote service each in a
thread, so that neither a slow relay nor a slow task nor somebody's slow server delays what has its hour; the chunks in
the main thread. With `until_idle` they take turns in one thread.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime

from django.db import close_old_connections, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.utils import timezone

from newsletter.audience.importing import job as importing
from newsletter.audience.sign_ups import take_sign_ups
from newsletter.delivery import agenda, background, hooks, mails, store
from newsletter.delivery.clock import Clock
from newsletter.delivery.persistence import insist
from newsletter.delivery.remote import runner
from newsletter.delivery.sending import send_waiting
from newsletter.delivery.slowed_domains import SlowedDomains
from newsletter.delivery.stopping import Stop

logger = logging.getLogger(__name__)

_PAUSE = 0.5  #: seconds between two looks for work
_PAUSE_UNTIL_IDLE = 0.1
_TURN = 60.0  #: for so long chunk after chunk is taken, before somebody else may have a turn
_TURN_UNTIL_IDLE = 2.0
_PAUSE_BESIDE_A_CLOCK = 2.0  #: between two tries to become the clock
_PAUSE_AFTER_ERROR = 5.0
_GRACE = 1.0  #: what the other threads get beyond the time to finish


def run(
    *, until_idle: bool = False, max_seconds: float | None = None, stop: Stop | None = None, owner: str = ""
) -> None:
    """Work until told to stop, until nothing is left to do, or until the time is over; then drain.

    Any number may run at once, on any number of machines.
    """
    stop = stop or Stop()
    worker = Worker(stop=stop, owner=owner or new_owner())
    logger.info("worker %s starts", worker.owner)
    with _limited(stop, max_seconds), _small_caches():
        if until_idle:
            worker.run_until_idle()
        else:
            worker.run()
    logger.info("worker %s ends", worker.owner)


@contextlib.contextmanager
def _limited(stop: Stop, max_seconds: float | None) -> Iterator[None]:
    """Ask for a stop when the time is over, also in the middle of a chunk."""
    timer = threading.Timer(max_seconds or 0.0, stop.request)
    timer.daemon = True
    if max_seconds is not None:
        timer.start()
    try:
        yield
    finally:
        timer.cancel()


#: Kilobytes that SQLite may keep of the file, for each thread: deliveries are gone through once, in their order. What
#: it sorts goes to the disk: of a million recipients it would be the most that a worker ever needs.
_CACHE = 4000


@contextlib.contextmanager
def _small_caches() -> Iterator[None]:
    """What a page that a person waits for is given would be memory for nothing here."""
    connection_created.connect(_make_cache_small)
    try:
        yield
    finally:
        connection_created.disconnect(_make_cache_small)


def _make_cache_small(connection: BaseDatabaseWrapper, **_: object) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size = -{_CACHE}")
            cursor.execute("PRAGMA temp_store = FILE")


def new_owner() -> str:
    """A name that no other worker has, now or later: a fence alone would not tell two lives of one process apart."""
    return f"{store.host()}:{os.getpid()}:{secrets.token_hex(4)}"


class Worker:
    def __init__(self, *, stop: Stop, owner: str, now: Callable[[], datetime] = timezone.now) -> None:
        self.owner = owner
        self._stop = stop
        self._now = now
        self._clock = Clock(owner)
        self._slowed = SlowedDomains()
        self._clock_rests_until = 0.0  #: of `time.monotonic`

    def run(self) -> None:
        """Serve until stopped."""
        threads = [
            threading.Thread(target=self._loop, args=(self.watch_the_clock,), name="newsletter-clock", daemon=True),
            threading.Thread(target=self._loop, args=(self.errands,), name="newsletter-errands", daemon=True),
            threading.Thread(target=self._loop, args=(self.hooks,), name="newsletter-hooks", daemon=True),
            threading.Thread(target=self._loop, args=(self.remote,), name="newsletter-remote", daemon=True),
        ]
        for thread in threads:
            thread.start()
        self._loop(self.send)
        for thread in threads:
            thread.join(self._stop.left() + _GRACE)
        self._leave()

    def run_until_idle(self) -> None:
        """Take turns until nothing is due."""
        while not self._stop.requested:
            self.tick()
            busy = [self.errands() == 0, self.send(_TURN_UNTIL_IDLE) == 0, self.hooks() == 0, self.remote() == 0]
            if any(busy):
                continue
            if insist(lambda: agenda.is_idle(now=self._now())):
                break
            self._stop.wait(_PAUSE_UNTIL_IDLE)
        self._leave()

    def watch_the_clock(self) -> float:
        """A round of the clock when it is time for one, or when a campaign was scheduled for now in the meantime."""
        left = self._clock_rests_until - time.monotonic()
        if left > 0 and not insist(lambda: agenda.has_campaign(now=self._now())):
            return min(left, _PAUSE)
        pause = self.tick()
        self._clock_rests_until = time.monotonic() + pause
        return min(pause, _PAUSE)

    def tick(self) -> float:
        """One round of the clock; returns how long to sleep."""
        is_clock = self._clock.tick(now=self._now())
        if not is_clock:  # the journals of this machine's workers lie here, wherever the clock is
            insist(lambda: store.reclaim_expired(now=self._now(), here_only=True))
        return self._clock.sleep(now=self._now()) if is_clock else _PAUSE_BESIDE_A_CLOCK

    def errands(self) -> float:
        """Sign-ups, single mails, background tasks and imports; returns how long to sleep."""
        taken = insist(lambda: take_sign_ups(self._now()))
        sent = mails.send_due(self._now(), stop=self._stop)
        ran = background.run_ready(self.owner, stop=self._stop, now=self._now())
        imported = importing.go_on(self._now(), stop=lambda: self._stop.requested)
        return 0 if taken or sent or ran or imported else _PAUSE

    def hooks(self) -> float:
        """Webhooks for other programs; returns how long to sleep."""
        return 0 if hooks.send_due(self._now(), stop=self._stop) else _PAUSE

    def remote(self) -> float:
        """What is to be done at a service that sends whole campaigns; returns how long to sleep."""
        return 0 if runner.run_due(self._now(), owner=self.owner, stop=self._stop) else _PAUSE

    def send(self, max_seconds: float = _TURN) -> float:
        """Send the chunks that are free; returns how long to sleep."""
        settled = send_waiting(
            self.owner, stop=self._stop, clock=self._now, max_seconds=max_seconds, slowed=self._slowed
        )
        return 0 if settled else _PAUSE

    def _loop(self, turn: Callable[[], float]) -> None:
        """Repeat a turn until stopped. An error ends the turn, not the worker."""
        try:
            while not self._stop.requested:
                close_old_connections()
                try:
                    pause = turn()
                except Exception:
                    logger.exception("the worker failed; it goes on in a moment")
                    pause = _PAUSE_AFTER_ERROR
                if pause:
                    self._stop.wait(pause)
        finally:
            if threading.current_thread() is not threading.main_thread():
                connections.close_all()

    def _leave(self) -> None:
        try:
            self._clock.leave()
        except Exception:
            logger.exception("could not leave the clock; its lease will run out")
