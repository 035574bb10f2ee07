"""Freezing a campaign: from here on its recipients are fixed."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext

from core.models import PublicationSettings
from newsletter.delivery import crash_points, store
from newsletter.delivery.errors import DeliveryError
from newsletter.models import Campaign


class SenderMissingError(DeliveryError):
    """There is no address to send from."""


def freeze(campaign: Campaign, *, now: datetime) -> bool:
    """Turn the audience of a campaign that is due into deliveries and start sending; False when that was done before.

    Raises:
        SenderMissingError: neither the newsletter nor the publication has a sender address.
    """
    domain = sender_domain(campaign)
    store.came_due(campaign.pk)
    if not store.freeze(campaign, sender_domain=domain, now=now):
        return False
    crash_points.reached("after_freeze")
    campaign.refresh_from_db()
    return True


def sender_domain(campaign: Campaign) -> str:
    """The domain of Message-IDs and return paths.

    Raises:
        SenderMissingError: as above.
    """
    _, address = campaign.newsletter.sender(PublicationSettings.of_default_site())
    _, at, domain = address.rpartition("@")
    if not at or not domain:
        raise SenderMissingError(gettext("There is no sender address. Give the newsletter or the publication one."))
    return domain
