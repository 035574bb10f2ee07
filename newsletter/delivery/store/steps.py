"""Steps of the state machines as one conditional UPDATE: what the tables forbid matches no row."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db.models import QuerySet

from newsletter.engine.machine import (
    CAMPAIGN_STEPS,
    DELIVERY_STEPS,
    CampaignEvent,
    CampaignState,
    DeliveryEvent,
    DeliveryState,
    IllegalStepError,
    sources,
    step_delivery,
)
from newsletter.models import Campaign, Delivery

#: Where an event leads; the same state wherever it comes from (a test holds the tables to it).
DELIVERY_TARGETS: dict[DeliveryEvent, DeliveryState] = {event: state for (_, event), state in DELIVERY_STEPS.items()}
CAMPAIGN_TARGETS: dict[CampaignEvent, CampaignState] = {event: state for (_, event), state in CAMPAIGN_STEPS.items()}


def move_deliveries(rows: QuerySet[Delivery], *events: DeliveryEvent, **changes: Any) -> int:
    """Take these steps, one after the other, with those rows that can take all of them; returns how many did.

    A chunk is booked when its answers are in: what was handed over and answered meanwhile takes both steps at once.
    """
    return rows.filter(state__in=_sources(events)).update(state=DELIVERY_TARGETS[events[-1]], **changes)


def move_campaigns(rows: QuerySet[Campaign], event: CampaignEvent, **changes: Any) -> int:
    """Take this step with those campaigns that can; returns how many did."""
    return rows.filter(state__in=sources(event)).update(state=CAMPAIGN_TARGETS[event], **changes)


@cache
def _sources(events: tuple[DeliveryEvent, ...]) -> tuple[DeliveryState, ...]:
    """The states in which all of these events may follow each other."""

    def may(state: DeliveryState) -> bool:
        try:
            for event in events:
                state = step_delivery(state, event)
        except IllegalStepError:
            return False
        return True

    return tuple(state for state in DeliveryState if may(state))
