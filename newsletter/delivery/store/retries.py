"""Deferred deliveries: which are tried again now, and which never."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Concat, Left

from newsletter.delivery.store.claims import deliveries_between
from newsletter.delivery.store.outcomes import EXPIRED
from newsletter.delivery.store.steps import move_deliveries
from newsletter.engine.machine import CampaignState, DeliveryEvent, DeliveryState
from newsletter.engine.retry import EXPIRES_AFTER
from newsletter.models import Campaign, Chunk, Delivery

#: The last attempt falls on the end of the 48 hours; one that would come later than this after it is not made.
LAST_ATTEMPT_WITHIN = timedelta(minutes=15)


def deferred() -> QuerySet[Delivery]:
    """Those of campaigns that are being sent.

    The sum keeps the database from going through all deliveries of these: there is an index of the deferred ones.
    """
    sending = Campaign.objects.filter(state=CampaignState.SENDING).values("pk")
    of_them = Delivery.objects.alias(its_campaign=F("campaign_id") + 0)
    return of_them.filter(state=DeliveryState.DEFERRED, its_campaign__in=sending)


def expire_deferred(*, now: datetime) -> int:
    """Refuse what was deferred for more than 48 hours; returns how many."""
    ids = deferred().filter(deferred_since__lt=now - EXPIRES_AFTER - LAST_ATTEMPT_WITHIN).values("pk")
    return move_deliveries(
        Delivery.objects.filter(pk__in=ids),
        DeliveryEvent.EXPIRED,
        last_reply=Left(Concat(Value(EXPIRED), F("last_reply")), 500),
        next_attempt_at=None,
        settled_at=now,
    )


def reopen_due(*, now: datetime) -> int:
    """Make due deferred deliveries pending and open the chunks that hold them; returns how many deliveries."""
    due = Delivery.objects.filter(state=DeliveryState.DEFERRED, next_attempt_at__lte=now)
    if not due.exists():
        return 0
    inside = due.filter(campaign_id=OuterRef("campaign_id"), pk__gte=OuterRef("first_id"), pk__lte=OuterRef("last_id"))
    chunks = Chunk.objects.filter(Exists(inside), campaign__state=CampaignState.SENDING)
    return sum(_reopen(chunk_id, now=now) for chunk_id in chunks.values_list("pk", flat=True))


def _reopen(chunk_id: int, *, now: datetime) -> int:
    """The chunk's lock keeps a worker from closing it while its deliveries become pending."""
    with transaction.atomic():
        chunk = Chunk.objects.select_for_update().get(pk=chunk_id)
        rows = deliveries_between(chunk.campaign_id, chunk.first_id, chunk.last_id).filter(next_attempt_at__lte=now)
        count = move_deliveries(rows, DeliveryEvent.RETRY_CAME_DUE, next_attempt_at=None)
        if count and chunk.closed_at is not None:
            Chunk.objects.filter(pk=chunk_id).update(closed_at=None, owner="", lease_until=None)
        return count
