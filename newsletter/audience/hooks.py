"""Telling other programs what happened: one row per event and endpoint, in the transaction of the event itself.

The worker posts them (`newsletter.delivery.hooks`); here nothing waits for another machine.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from newsletter.models import Campaign, HookEndpoint, HookEvent, OutgoingHook, OutgoingHookState, Subscription


def announce(event: HookEvent, subscription: Subscription, *, now: datetime) -> None:
    """Queue what happened to a reader for every endpoint that wants to know."""
    if not (endpoints := _listening(event)):
        return
    data: dict[str, Any] = {
        "subscriber": subscription.subscriber_id,
        "email": subscription.subscriber.email,
        "newsletter": subscription.newsletter.slug,
        "state": subscription.state,
        "reason": subscription.ended_reason,
    }
    _queue(endpoints, event, data, subscriber_id=subscription.subscriber_id, now=now)


def announce_sent(campaign: Campaign, *, now: datetime) -> None:
    """Queue that an issue has gone out."""
    if not (endpoints := _listening(HookEvent.ISSUE_SENT)):
        return
    data: dict[str, Any] = {
        "campaign": campaign.pk,
        "issue": campaign.issue_id,
        "newsletter": campaign.newsletter.slug,
        "subject": campaign.subject,
        "recipients": campaign.recipients,
    }
    _queue(endpoints, HookEvent.ISSUE_SENT, data, subscriber_id=None, now=now)


def announce_test(endpoint: HookEndpoint, *, now: datetime) -> OutgoingHook:
    """Queue an event that says nothing, so that the owner sees whether the other side takes it."""
    _queue([endpoint], HookEvent.TEST, {"message": "This is a test."}, subscriber_id=None, now=now)
    return OutgoingHook.objects.filter(endpoint=endpoint, event=HookEvent.TEST).latest("pk")


def send_again(hook: OutgoingHook, *, now: datetime) -> bool:
    """Queue one that was delivered or given up once more, under its id; False when there is nothing to send.

    A payload that was emptied (its reader was erased, its time is over) stays unsent.
    """
    if not hook.payload:
        return False
    settled = OutgoingHook.objects.filter(
        pk=hook.pk, state__in=[OutgoingHookState.SENT, OutgoingHookState.FAILED], endpoint__active=True
    )
    # `created_at` as well: the 48 hours begin anew.
    return bool(
        settled.update(
            state=OutgoingHookState.PENDING, next_attempt_at=now, attempts=0, created_at=now, settled_at=None
        )
    )


def forget_subscriber(subscriber_id: int, *, now: datetime | None = None) -> int:
    """Empty what names an erased reader; returns how many rows. What was not sent yet is not sent any more.

    Endpoints that are told of readers hear, without an address, that this one is to be forgotten (GDPR article 19).
    """
    now = now or timezone.now()
    rows = OutgoingHook.objects.filter(subscriber_id=subscriber_id)
    rows.filter(state__in=[OutgoingHookState.PENDING, OutgoingHookState.SENDING]).update(
        state=OutgoingHookState.FAILED, lease_until=None, settled_at=now
    )
    emptied = rows.update(payload={}, subscriber_id=None)
    data = {"subscriber": subscriber_id, "reason": "erased"}
    _queue(_listening(HookEvent.UNSUBSCRIBED), HookEvent.UNSUBSCRIBED, data, subscriber_id=None, now=now)
    return emptied


def _listening(event: HookEvent) -> list[HookEndpoint]:
    return [endpoint for endpoint in HookEndpoint.objects.filter(active=True) if event.value in endpoint.events]


def _queue(
    endpoints: list[HookEndpoint], event: HookEvent, data: dict[str, Any], *, subscriber_id: int | None, now: datetime
) -> None:
    payload = {"type": event.value, "timestamp": now.isoformat(), "data": data}
    OutgoingHook.objects.bulk_create(
        OutgoingHook(
            endpoint=endpoint,
            event=event,
            payload=payload,
            subscriber_id=subscriber_id,
            next_attempt_at=now,
            created_at=now,
        )
        for endpoint in endpoints
    )
