"""Chunks that nobody sends any more: closed, freed, or taken from the dead with what their journals say."""

from __future__ import annotations

import logging
import socket
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Value

from newsletter.delivery import crash_points
from newsletter.delivery.journal import Journal, JournalError, Mark
from newsletter.delivery.store.claims import READER_LEFT, deliveries_between
from newsletter.delivery.store.outcomes import NO_ANSWER, accept, defer, lose_answers, refuse
from newsletter.delivery.store.steps import move_deliveries
from newsletter.engine.machine import CampaignState, DeliveryEvent, DeliveryState
from newsletter.models import Campaign, Chunk, Delivery

logger = logging.getLogger(__name__)

#: A worker of another machine may still be there behind a broken line, and only that machine can read its journal: the
#: chunk is left to it for this long after the lease.
ELSEWHERE = timedelta(seconds=60)

NO_JOURNAL = "the worker ended, and what it had noted can't be read"
WORDS_LOST = "the worker ended before the server's words were written down"


def host() -> str:
    """How this machine is called in the names of its workers."""
    return socket.gethostname()[:40]


def reclaim_expired(*, now: datetime, here_only: bool = False) -> int:
    """Free the chunks of workers that died or stalled past their lease; returns how many.

    Args:
        here_only: those of this machine's workers, whose journals lie here. Every worker does that much; the clock
            also takes what no machine came back for.
    """
    expired = Chunk.objects.filter(closed_at=None, lease_until__lt=now).exclude(owner="")
    if here_only:
        expired = expired.filter(owner__startswith=f"{host()}:")
    return sum(_reclaim(chunk_id, now=now) for chunk_id in expired.values_list("pk", flat=True))


def reopen_chunks_with_pending(campaign_id: int) -> int:
    """Open the closed chunks that hold pending deliveries; the caller holds the campaign's lock."""
    pending = Delivery.objects.filter(
        campaign_id=campaign_id,
        state=DeliveryState.PENDING,
        pk__gte=OuterRef("first_id"),
        pk__lte=OuterRef("last_id"),
    )
    return Chunk.objects.filter(Exists(pending), campaign_id=campaign_id).exclude(closed_at=None).update(closed_at=None)


def free(chunk_id: int, rows: QuerySet[Delivery], *, fence: int, now: datetime) -> bool:
    """Give the chunk to whoever wants it, or close it where nothing is pending; run under the chunk's lock.

    What a cancelled campaign left pending while a worker had it is skipped now: nothing of it was sent. Returns whether
    the chunk is closed.
    """
    campaign_id = Chunk.objects.values_list("campaign_id", flat=True).get(pk=chunk_id)
    if Campaign.objects.filter(pk=campaign_id, state=CampaignState.CANCELLED).exists():
        move_deliveries(rows, DeliveryEvent.CAMPAIGN_CANCELLED, next_attempt_at=None, settled_at=now)
    is_closed = not rows.filter(state=DeliveryState.PENDING).exists()
    Chunk.objects.filter(pk=chunk_id).update(
        owner="", lease_until=None, fence=fence, closed_at=now if is_closed else None
    )
    return is_closed


def _reclaim(chunk_id: int, *, now: datetime) -> bool:
    journal = None
    with transaction.atomic():
        chunk = (
            Chunk.objects.select_for_update()
            .filter(pk=chunk_id, closed_at=None, lease_until__lt=now)
            .exclude(owner="")
            .first()
        )
        if chunk is None or chunk.lease_until is None:  # renewed or reclaimed in between
            return False
        rows = deliveries_between(chunk.campaign_id, chunk.first_id, chunk.last_id)
        try:
            journal = Journal.open(chunk.pk, chunk.fence, chunk.first_id, chunk.last_id)
        except JournalError as error:
            is_elsewhere = not chunk.owner.startswith(f"{host()}:")
            if is_elsewhere and now < chunk.lease_until + ELSEWHERE:
                return False
            logger.warning("chunk %s of %s: %s", chunk.pk, chunk.owner, error)
            lose_answers(rows, chunk.campaign_id, NO_JOURNAL, now=now)
        else:
            journal.void()
            recover(rows, chunk.campaign_id, journal, now=now)
        logger.warning("%s has the chunk %s no more: its lease ran out", chunk.owner, chunk.pk)
        free(chunk.pk, rows, fence=chunk.fence + 1, now=now)
        crash_points.reached("before_reclaim_commits")
    crash_points.reached("after_reclaim")
    if journal is not None:
        journal.remove()
    return True


def recover(rows: QuerySet[Delivery], campaign_id: int, journal: Journal, *, now: datetime) -> None:
    """Write down what a dead worker knew. What it had not touched stays pending."""
    pending = rows.filter(state=DeliveryState.PENDING).order_by("pk")
    marked: dict[int, list[int]] = {}
    for pk in pending.values_list("pk", flat=True):
        marked.setdefault(journal.read(pk), []).append(pk)
    if ids := marked.get(Mark.ACCEPTED):
        accept(rows, ids, now=now)
    if ids := marked.get(Mark.HANDED_OVER):
        lose_answers(rows.filter(pk__in=ids), campaign_id, NO_ANSWER, now=now)
    if ids := marked.get(Mark.REFUSED):
        refuse(rows.filter(pk__in=ids), Value(WORDS_LOST), now=now)
    for pk in marked.get(Mark.DEFERRED, ()):
        defer(rows.filter(pk=pk), WORDS_LOST, now=now)
    if ids := marked.get(Mark.WITHDRAWN):
        move_deliveries(rows.filter(pk__in=ids), DeliveryEvent.READER_LEFT, last_reply=READER_LEFT, settled_at=now)
