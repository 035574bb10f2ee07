"""Taking the addresses out of ledgers whose time is over; what was counted stays counted."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from newsletter.models import Campaign, Chunk, Delivery


def finished_before(before: datetime) -> QuerySet[Campaign]:
    """Campaigns that ended by then and still hold addresses."""
    return Campaign.objects.filter(finished_at__lte=before, addresses_forgotten_at=None)


def forget_addresses(*, before: datetime, now: datetime) -> int:
    """Empty address, name and answer of all deliveries of campaigns that ended by then; returns how many campaigns.

    Chunk by chunk, each in a transaction of its own; a kill in the middle leaves the campaign to the next round.
    """
    campaigns = list(finished_before(before).values_list("pk", flat=True))
    for campaign_id in campaigns:
        for first, last in Chunk.objects.filter(campaign_id=campaign_id).values_list("first_id", "last_id"):
            with transaction.atomic():
                Delivery.objects.filter(pk__range=(first, last), campaign_id=campaign_id).exclude(address="").update(
                    address="", name="", last_reply=""
                )
        Campaign.objects.filter(pk=campaign_id).update(addresses_forgotten_at=now)
    return len(campaigns)
