"""Ending a subscription, whoever asks for it."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from newsletter.audience.consent import record
from newsletter.audience.hooks import announce
from newsletter.engine.subscriptions import EndReason, SubscriptionState
from newsletter.models import ConsentKind, HookEvent, Subscription


def end(
    subscription: Subscription,
    *,
    reason: EndReason,
    source: str,
    now: datetime,
    ip: str = "",
    detail: str = "",
    by: AbstractBaseUser | None = None,
) -> bool:
    """End it, keep the evidence and tell other programs; False when it had ended before, which stays as it was."""
    with transaction.atomic():
        open_one = Subscription.objects.filter(pk=subscription.pk).exclude(state=SubscriptionState.ENDED)
        won = open_one.update(state=SubscriptionState.ENDED, ended_reason=reason, ended_at=now)
        subscription.refresh_from_db()
        if won:
            record(subscription, ConsentKind.ENDED, source=source, now=now, ip=ip, detail=detail, by=by)
            announce(
                HookEvent.BOUNCED if reason == EndReason.BOUNCED else HookEvent.UNSUBSCRIBED, subscription, now=now
            )
    return bool(won)
