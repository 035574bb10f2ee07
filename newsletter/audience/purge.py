"""Forgetting what is kept only for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from newsletter.audience.confirm import CONFIRM_WITHIN
from newsletter.engine.subscriptions import SubscriptionState
from newsletter.models import ConsentEvent, ConsentKind, Subscriber, Subscription

#: How long a client's hashed address helps to tell an attack from readers.
IP_HASHES_KEPT = timedelta(days=30)
BATCH = 500


def purge_pending(now: datetime) -> int:
    """Forget sign-ups that nobody confirmed within seven days; returns how many.

    Who had unsubscribed before (and was signed up anew, perhaps by a stranger) goes back to that: the evidence of
    leaving must outlive a sign-up that came to nothing, so that no import brings the reader back.
    """
    before = now - CONFIRM_WITHIN
    asked_since = ConsentEvent.objects.filter(subscription=OuterRef("pk"), kind=ConsentKind.REQUESTED, at__gt=before)
    stale = Subscription.objects.pending().filter(~Exists(asked_since), created_at__lte=before)
    count = 0
    while True:
        with transaction.atomic():
            batch = list(stale.select_for_update().order_by("pk")[:BATCH])
            for subscription in batch:
                _forget(subscription)
        count += len(batch)
        if len(batch) < BATCH:
            return count


def _forget(subscription: Subscription) -> None:
    if subscription.ended_at:
        Subscription.objects.filter(pk=subscription.pk).update(state=SubscriptionState.ENDED)
        return
    # Of somebody who never agreed nothing is left to prove: this evidence goes with the sign-up.
    subscription.consent_events.all().delete()
    subscriber_id = subscription.subscriber_id
    subscription.delete()
    Subscriber.objects.filter(pk=subscriber_id, subscriptions=None).delete()


def forget_ip_hashes(now: datetime) -> int:
    """Empty the hashed client addresses of older evidence; returns how many. The evidence itself stays."""
    return ConsentEvent.objects.filter(at__lte=now - IP_HASHES_KEPT).exclude(ip_hash="").update(ip_hash="")
