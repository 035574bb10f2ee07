"""What is due, and when the next thing will be: read by the clock to sleep, and by `--until-idle` to end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min, Q, QuerySet

from newsletter.audience import sign_ups
from newsletter.audience.importing.job import import_waits
from newsletter.delivery import publishing, store
from newsletter.delivery.background import next_task_at
from newsletter.delivery.halt import is_halted
from newsletter.delivery.remote.runner import next_turn
from newsletter.delivery.scheduled_runs import next_run
from newsletter.engine.machine import CampaignState
from newsletter.models import (
    Campaign,
    Chunk,
    OutgoingHook,
    OutgoingHookState,
    OutgoingMail,
    OutgoingMailState,
    RemoteTask,
    RemoteTaskState,
)

#: `--until-idle` waits for what comes due within this time.
HORIZON = timedelta(seconds=2)


def next_due(*, now: datetime) -> datetime | None:
    """The next instant at which the clock has something to do; None when nothing is planned."""
    return min((at for at in _instants(now=now) if at is not None), default=None)


def has_campaign(*, now: datetime) -> bool:
    """Whether one is to begin now."""
    if is_halted():
        return False
    due = Q(state=CampaignState.SCHEDULED, scheduled_at__lte=now) | Q(state=CampaignState.PREPARING)
    return _ours().filter(due).exists()


def is_idle(*, now: datetime) -> bool:
    """Nothing is due within two seconds, no chunk is open, and no dead worker's lease is still running."""
    soon = now + HORIZON
    if Chunk.objects.filter(closed_at=None, campaign__state=CampaignState.SENDING).exists():
        return False
    if Chunk.objects.filter(closed_at=None).exclude(owner="").exists():
        return False
    if OutgoingMail.objects.filter(state=OutgoingMailState.SENDING).exists() or _is_incomplete() or import_waits():
        return False
    if OutgoingHook.objects.filter(state=OutgoingHookState.SENDING).exists():
        return False
    if RemoteTask.objects.filter(state=RemoteTaskState.RUNNING).exists():
        return False
    due = next_due(now=now)
    task = next_task_at()
    return (due is None or due > soon) and (task is None or task > soon)


def _instants(*, now: datetime) -> Iterator[datetime | None]:
    if not is_halted():
        yield from _campaigns(now=now)
        yield next_run()
    yield _first(store.deferred(), "next_attempt_at")
    yield _first(Chunk.objects.filter(closed_at=None).exclude(owner=""), "lease_until")
    yield _first(sign_ups.waiting(), "next_attempt_at")
    yield _first(OutgoingMail.objects.filter(state=OutgoingMailState.PENDING), "next_attempt_at")
    yield _first(OutgoingHook.objects.filter(state=OutgoingHookState.PENDING, endpoint__active=True), "next_attempt_at")
    yield next_turn()
    yield _first(publishing.due_revisions(now + timedelta(days=1)), "approved_go_live_at")
    for queryset in publishing.expired(now + HORIZON):
        # One that could not be unpublished stays due for ever; the clock comes back to it every few seconds anyway.
        yield _first(queryset.filter(expire_at__gt=now - timedelta(minutes=1)), "expire_at")


def _campaigns(*, now: datetime) -> Iterator[datetime | None]:
    if _ours().filter(state=CampaignState.PREPARING).exists():
        yield now
    yield _first(_ours().filter(state=CampaignState.SCHEDULED), "scheduled_at")
    yield _first(_ours().filter(state=CampaignState.WAITING), "retry_at")


def _is_incomplete() -> bool:
    """A campaign that is being sent and has only to be marked as sent."""
    waits_for_retry = store.deferred().values("campaign_id")
    return _ours().filter(state=CampaignState.SENDING).exclude(pk__in=waits_for_retry).exists()


def _ours() -> QuerySet[Campaign]:
    """Those whose mails our workers send. The others have a task each."""
    return Campaign.objects.filter(remote=None)


def _first(rows: QuerySet[Any], name: str) -> datetime | None:
    first: datetime | None = rows.order_by().aggregate(first=Min(name))["first"]
    return first
