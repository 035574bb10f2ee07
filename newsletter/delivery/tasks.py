"""Chunks on other machines: a task that sends what is free, and the clock's hints that there is something.

Only where tasks run on Redis. The rows are the truth: a hint that is lost costs time, one too many finds nothing.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import signal
import threading
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from types import FrameType
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_tasks import task, task_backends
from redis.exceptions import RedisError

from newsletter.delivery.persistence import insist
from newsletter.delivery.sending import send_waiting
from newsletter.delivery.stopping import Stop
from newsletter.delivery.store.reclaiming import host, reclaim_expired
from newsletter.engine.machine import CampaignState
from newsletter.models import Chunk

logger = logging.getLogger(__name__)

#: Hints that wait in the queue at most: as many processes begin at once, and each goes on for a while.
MOST_HINTS = 16
#: Seconds in which one task takes chunks; then another task has its turn.
TAKES_CHUNKS_FOR = 60.0
#: Seconds after which a slow chunk is given back: before RQ interrupts the job, after 180 s unless told otherwise.
_GIVES_BACK_AFTER = 150.0
#: Jobs of the queue's end among which our hints are counted; they were put there a few seconds ago.
_LOOKED_AT = 100

_UNHEARD = "Redis does not answer, so workers on other machines are not told of chunks: %s"


@task()
def send_waiting_chunks() -> None:
    """Claim and send chunks until none is free or the time is over. SIGTERM makes it finish what is in flight."""
    stop = Stop()
    with _stopped_by_signal(stop), _stopped_after(stop, _GIVES_BACK_AFTER):
        # This machine may have no other worker, and only here are the journals of a task that was killed.
        insist(lambda: reclaim_expired(now=timezone.now(), here_only=True))
        owner = f"{host()}:{os.getpid()}:{secrets.token_hex(4)}"
        send_waiting(owner, stop=stop, clock=timezone.now, max_seconds=TAKES_CHUNKS_FOR)


def announce_chunks(now: datetime) -> int:
    """Put hints into the queue while more chunks are free than hints wait there; returns how many were put.

    A step of the clock: right after it starts campaigns, and every few seconds. Does nothing on the embedded queue.
    """
    queue = _queue()
    if queue is None:
        return 0
    free = Chunk.objects.filter(owner="", closed_at=None, campaign__state=CampaignState.SENDING)
    wanted = min(free.count(), MOST_HINTS)
    try:
        missing = max(wanted - _waiting(queue), 0) if wanted else 0
    except RedisError as error:
        logger.warning(_UNHEARD, error)
        return 0
    if missing:
        transaction.on_commit(partial(_put_hints, missing))
    return missing


def _put_hints(count: int) -> None:
    try:
        for _ in range(count):
            send_waiting_chunks.enqueue()
    except RedisError as error:
        logger.warning(_UNHEARD, error)


def oldest_on_redis() -> datetime | None:
    """Since when the first task of the queue waits; None with an empty queue, an embedded one, or no answer."""
    queue = _queue()
    if queue is None:
        return None
    try:
        first = next(iter(queue.get_jobs(0, 1)), None)
    except RedisError:
        return None
    since: datetime | None = None if first is None else first.enqueued_at
    return since


def _queue() -> Any:
    """RQ's queue of our tasks; None where tasks are not on Redis."""
    backend = task_backends["default"]
    if not type(backend).__module__.startswith("django_tasks_rq"):
        return None
    import django_rq  # it wants its settings, which are there only with REDIS_URL

    return django_rq.get_queue(send_waiting_chunks.queue_name)


def _waiting(queue: Any) -> int:
    jobs = queue.get_jobs(-_LOOKED_AT, _LOOKED_AT)
    return sum(job.func_name == send_waiting_chunks.module_path for job in jobs)


@contextlib.contextmanager
def _stopped_after(stop: Stop, seconds: float) -> Iterator[None]:
    timer = threading.Timer(seconds, stop.request)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextlib.contextmanager
def _stopped_by_signal(stop: Stop) -> Iterator[None]:
    """Process managers tell every process of a service to end, RQ's children too."""

    def handle(number: int, frame: FrameType | None) -> None:
        stop.request()

    try:
        previous = signal.signal(signal.SIGTERM, handle)
    except ValueError:  # only the main thread may: there are others that run tasks
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
