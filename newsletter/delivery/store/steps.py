"""A step of the state machines as one conditional UPDATE: what the tables forbid matches no row."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from newsletter.engine.machine import (
    CAMPAIGN_STEPS,
    DELIVERY_STEPS,
    CampaignEvent,
    CampaignState,
    DeliveryEvent,
    DeliveryState,
    delivery_sources,
    sources,
)
from newsletter.models import Campaign, Delivery

#: Where an event leads; the same state wherever it comes from (a test holds the tables to it).
DELIVERY_TARGETS: dict[DeliveryEvent, DeliveryState] = {event: state for (_, event), state in DELIVERY_STEPS.items()}
CAMPAIGN_TARGETS: dict[CampaignEvent, CampaignState] = {event: state for (_, event), state in CAMPAIGN_STEPS.items()}


def move_deliveries(rows: QuerySet[Delivery], event: DeliveryEvent, **changes: Any) -> int:
    """Take this step with those rows that can; returns how many did."""
    return rows.filter(state__in=delivery_sources(event)).update(state=DELIVERY_TARGETS[event], **changes)


def move_campaigns(rows: QuerySet[Campaign], event: CampaignEvent, **changes: Any) -> int:
    """Take this step with those campaigns that can; returns how many did."""
    return rows.filter(state__in=sources(event)).update(state=CAMPAIGN_TARGETS[event], **changes)
