"""Whether the machinery runs, and how long things wait: for `/readyz` and the admin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import Error
from django.db.models import Min, QuerySet

from newsletter.delivery.background import next_task_at
from newsletter.delivery.halt import is_halted
from newsletter.delivery.tasks import oldest_on_redis
from newsletter.engine.machine import CampaignState
from newsletter.models import Campaign, Chunk, ClockLease, OutgoingMail, OutgoingMailState

#: A clock that has not ticked for longer is taken for dead; it ticks every few seconds.
LATE_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`worker` is `ticking`, `late` or `never`."""

    database: bool
    worker: str
    last_tick: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Since when the oldest of each kind could have been done; None where nothing waits that could be done now."""

    campaign: datetime | None  #: due, and not started
    task: datetime | None
    mail: datetime | None  #: a single one
    open_chunks: int  #: of campaigns that are being sent


def last_tick() -> datetime | None:
    """When a worker's clock last did its round; None before the first."""
    return ClockLease.objects.values_list("ticked_at", flat=True).first()


def health(*, now: datetime) -> Health:
    """Never raises: a database that can't be reached is an answer too."""
    try:
        tick = last_tick()
    except Error:
        return Health(database=False, worker="never", last_tick=None)
    if tick is None:
        return Health(database=True, worker="never", last_tick=None)
    return Health(database=True, worker="late" if now - tick > LATE_AFTER else "ticking", last_tick=tick)


def backlog(*, now: datetime) -> Backlog:
    """
    Raises:
        django.db.Error: the database can't be asked.
    """
    due = Campaign.objects.filter(state__in=(CampaignState.SCHEDULED, CampaignState.PREPARING), scheduled_at__lte=now)
    mails = OutgoingMail.objects.filter(state=OutgoingMailState.PENDING, next_attempt_at__lte=now)
    task = next_task_at() or oldest_on_redis()
    return Backlog(
        campaign=None if is_halted() else _first(due, "scheduled_at"),
        task=task if task is not None and task <= now else None,
        mail=_first(mails, "next_attempt_at"),
        open_chunks=Chunk.objects.filter(closed_at=None, campaign__state=CampaignState.SENDING).count(),
    )


def _first(rows: QuerySet[Any], name: str) -> datetime | None:
    first: datetime | None = rows.order_by().aggregate(first=Min(name))["first"]
    return first
