"""Ending a subscription, whoever asks for it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from newsletter.audience.consent import record
from newsletter.engine.subscriptions import EndReason, SubscriptionState
from newsletter.models import ConsentKind, Subscription


def end(subscription: Subscription, *, reason: EndReason, source: str, now: datetime, ip: str = "") -> bool:
    """End it and keep the evidence; False when it had ended before, which stays as it was."""
    with transaction.atomic():
        open_one = Subscription.objects.filter(pk=subscription.pk).exclude(state=SubscriptionState.ENDED)
        won = open_one.update(state=SubscriptionState.ENDED, ended_reason=reason, ended_at=now)
        if won:
            record(subscription, ConsentKind.ENDED, source=source, now=now, ip=ip)
    subscription.refresh_from_db()
    return bool(won)
