"""The clock: what happens by itself because its time has come. One worker at a time runs it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from newsletter.delivery import agenda, hooks, mails, purge, store
from newsletter.delivery.halt import enforce
from newsletter.delivery.persistence import insist
from newsletter.delivery.publishing import publish_scheduled
from newsletter.delivery.remote.standing import ensure_standing_tasks
from newsletter.delivery.scheduled_runs import run_due
from newsletter.delivery.start import start_due
from newsletter.delivery.tasks import announce_chunks
from newsletter.engine.machine import CampaignState
from newsletter.models import Campaign

logger = logging.getLogger(__name__)

#: The longest sleep between two rounds.
LONGEST_SLEEP = timedelta(seconds=5)
_SHORTEST_SLEEP = timedelta(seconds=0.2)
_PURGE_EVERY = timedelta(hours=1)


class Clock:
    """One worker's clock; it ticks only while no other worker's does."""

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._purged_at: datetime | None = None

    def tick(self, *, now: datetime) -> bool:
        """Do what is due, if this worker is the clock; returns whether it is. Every step may be repeated."""
        if not insist(lambda: store.take_clock(self._owner, now=now)):
            return False
        for step in (
            publish_scheduled,
            enforce,
            lambda now: store.reclaim_expired(now=now),
            mails.reclaim,
            hooks.reclaim,
            lambda now: store.try_backends_again(now=now),
            run_due,
            lambda now: start_due(now=now),
            lambda now: store.expire_deferred(now=now),
            lambda now: store.reopen_due(now=now),
            announce_chunks,
            complete_finished,
            ensure_standing_tasks,
        ):
            _do(step, now)
        self._purge(now)
        insist(lambda: store.note_tick(self._owner, now=now))
        return True

    def sleep(self, *, now: datetime) -> float:
        """Seconds until the next round: until something is due, five at most."""
        due = insist(lambda: agenda.next_due(now=now))
        wait = LONGEST_SLEEP if due is None else min(LONGEST_SLEEP, max(due - now, _SHORTEST_SLEEP))
        return wait.total_seconds()

    def leave(self) -> None:
        """Let another worker be the clock at once."""
        insist(lambda: store.leave_clock(self._owner))

    def _purge(self, now: datetime) -> None:
        if self._purged_at is None or now - self._purged_at >= _PURGE_EVERY:
            self._purged_at = now
            for step in purge.STEPS:
                _do(step, now)


def complete_finished(now: datetime) -> int:
    """Mark campaigns as sent of which nothing is left; returns how many."""
    ids = Campaign.objects.filter(state=CampaignState.SENDING, remote=None).values_list("pk", flat=True)
    return sum(store.complete(campaign_id, now=now) for campaign_id in ids)


def _do(step: Callable[[datetime], int], now: datetime) -> None:
    """One step for itself: a failure is logged and the others go on."""
    try:
        insist(lambda: step(now))
    except Exception:
        logger.exception("a step of the clock failed; it is tried again with the next round")
