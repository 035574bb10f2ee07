"""Erasing a reader: everything that names them goes, the counts and a keyed hash stay."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from newsletter.audience.suppression import SuppressionReason, suppress
from newsletter.models import Campaign, ConsentEvent, Delivery, OutgoingMail, Subscriber


def erase(subscriber: Subscriber, *, now: datetime) -> None:
    """Forget the subscriber (GDPR article 17).

    Deliveries lose key, address, name and reply and still count; a keyed hash keeps every import from bringing the
    address back. Evidence of consent stays without a person. A delivery without a subscriber is not sent any more.
    """
    with transaction.atomic():
        suppress(subscriber.email, reason=SuppressionReason.ERASED, now=now)
        ConsentEvent.objects.filter(subscription__subscriber=subscriber).update(ip_hash="")
        # Per campaign, because the only index that knows subscribers begins with the campaign.
        for campaign_id in Campaign.objects.values_list("pk", flat=True):
            Delivery.objects.filter(campaign_id=campaign_id, subscriber=subscriber).update(
                subscriber=None, address="", name="", last_reply=""
            )
        OutgoingMail.objects.filter(recipient=subscriber.email).delete()
        subscriber.delete()
