"""A person decides what became of deliveries whose answer was lost."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from newsletter.delivery.store.campaigns import rows_of
from newsletter.delivery.store.reclaiming import reopen_chunks_with_pending
from newsletter.delivery.store.steps import move_campaigns, move_deliveries
from newsletter.engine.machine import CampaignEvent, DeliveryEvent
from newsletter.models import Campaign, Chunk, Delivery


def resolve_as_sent(campaign_id: int, *, now: datetime) -> int:
    """Take the uncertain deliveries for accepted; returns how many."""
    rows = Delivery.objects.filter(campaign_id=campaign_id)
    return move_deliveries(rows, DeliveryEvent.RESOLVED_AS_SENT, settled_at=now)


def resolve_to_resend(campaign_id: int) -> int:
    """Send the uncertain deliveries once more under the same Message-ID; returns how many.

    A campaign that counted as sent is being sent again until they are through.
    """
    with transaction.atomic():
        campaign = Campaign.objects.select_for_update().filter(pk=campaign_id)
        campaign.values_list("pk").first()
        list(Chunk.objects.select_for_update().filter(campaign_id=campaign_id).order_by("pk").values_list("pk"))
        rows = Delivery.objects.filter(campaign_id=campaign_id)
        count = move_deliveries(
            rows, DeliveryEvent.RESOLVED_TO_RESEND, resends=F("resends") + 1, settled_at=None, deferred_since=None
        )
        if count:
            reopen_chunks_with_pending(campaign_id)
            move_campaigns(rows_of(campaign_id), CampaignEvent.REOPENED, finished_at=None)
        return count
