"""When a reader was last sent something: one statement for a whole campaign, written nowhere else."""

from __future__ import annotations

from django.db.models import Q

from newsletter.engine.machine import DeliveryState
from newsletter.models import Campaign, Delivery, Subscription

#: What may lie in a mailbox. Whose answer was lost may have got it, too: who plans by this wants to mail nobody twice.
PERHAPS_THERE = (DeliveryState.ACCEPTED, DeliveryState.HANDED_OVER, DeliveryState.UNCERTAIN)


def remember_last_sent(campaign_id: int) -> int:
    """Note the campaign's beginning with every subscription it was sent to; returns how many changed.

    Run in the transaction that ends the campaign. It may be repeated, and never goes back in time.
    """
    campaign = Campaign.objects.only("newsletter_id", "started_at").get(pk=campaign_id)
    if campaign.started_at is None:
        return 0
    sent_to = Delivery.objects.filter(campaign_id=campaign_id, state__in=PERHAPS_THERE).exclude(subscriber=None)
    return (
        Subscription.objects.filter(
            newsletter_id=campaign.newsletter_id, subscriber_id__in=sent_to.values("subscriber_id")
        )
        .filter(Q(last_sent_at=None) | Q(last_sent_at__lt=campaign.started_at))
        .update(last_sent_at=campaign.started_at)
    )
