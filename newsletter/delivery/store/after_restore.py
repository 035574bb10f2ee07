"""What a restored publication must not do by itself: mails that the restored books don't know of may have gone out."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from newsletter.delivery.store.remote import ask_all
from newsletter.delivery.store.steps import move_campaigns, move_deliveries
from newsletter.engine.machine import CampaignEvent, DeliveryEvent, DeliveryState, sources
from newsletter.models import Campaign, Chunk, ClockLease, Delivery

UNKNOWN = "it was in a worker's hands when the backup was made"

#: More claims than a chunk sees in its life: what workers and their journals of the time that was rolled back call
#: theirs is nobody's any more, and never somebody else's by chance.
FENCES_SKIPPED = 1000


def hold_restored(reason: str, *, now: datetime) -> int:
    """Hold every campaign that is not over, for a person to decide; returns how many.

    What a worker had claimed when the backup was made is uncertain whatever the newsletter's policy says, for its
    outcome was never written to these books. The rest keeps its state: no row is sent before somebody releases it.
    One that was held before says why after the new reason.
    """
    with transaction.atomic():
        unfinished = Campaign.objects.select_for_update().filter(state__in=sources(CampaignEvent.RESTORED))
        found = list(unfinished.order_by("pk").values_list("pk", "reason"))
        for campaign_id, before in found:
            move_campaigns(
                Campaign.objects.filter(pk=campaign_id),
                CampaignEvent.RESTORED,
                reason=f"{reason} {before}".strip()[:500],
                retry_at=None,
                retries=0,
            )
        _void_claims(now)
        ask_all(now=now)  # what waits at a service is unscheduled there, and what it has sent is found
        ClockLease.objects.update(owner="", lease_until=None)
        return len(found)


def put_back(campaign_id: int, *, now: datetime) -> bool:
    """Let a held campaign wait for its instant; False where its audience was frozen, or the instant is over."""
    early = Campaign.objects.filter(pk=campaign_id, started_at=None, scheduled_at__gt=now, remote=None)
    return bool(move_campaigns(early, CampaignEvent.PUT_BACK, reason=""))


def _void_claims(now: datetime) -> None:
    claimed = Chunk.objects.select_for_update().filter(closed_at=None).exclude(owner="").order_by("pk")
    for chunk in claimed:
        rows = Delivery.objects.filter(campaign_id=chunk.campaign_id, pk__range=(chunk.first_id, chunk.last_id))
        move_deliveries(rows, DeliveryEvent.HANDED_OVER, attempts=F("attempts") + 1)
    lost = Delivery.objects.filter(state=DeliveryState.HANDED_OVER)
    move_deliveries(lost, DeliveryEvent.ANSWER_LOST, last_reply=UNKNOWN, settled_at=now)
    claimed.update(closed_at=now)
    Chunk.objects.filter(campaign__finished_at=None).update(
        owner="", lease_until=None, fence=F("fence") + FENCES_SKIPPED
    )
