"""The finished message of each recipient: the campaign's compiled bytes with that reader's values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from newsletter.backends.base import Envelope
from newsletter.delivery.store import PendingRow
from newsletter.engine.message import CompiledMessage, Recipient
from newsletter.engine.message_id import message_id
from newsletter.engine.tokens import KeyRing, ReaderClaim, reader_token
from newsletter.engine.verp import return_path
from newsletter.issues.publication import absolute
from newsletter.models import Campaign
from newsletter.models.keys import key_ring

_HERE = "READER-TOKEN-HERE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """What the messages of one campaign share."""

    campaign_id: int
    newsletter_id: int
    domain: str
    compiled: CompiledMessage
    ring: KeyRing
    unsubscribe_url: str
    preferences_url: str

    @classmethod
    def of(cls, campaign: Campaign) -> Letters:
        """Raises MessageError when the campaign's compiled message can't be read."""
        return cls(
            campaign_id=campaign.pk,
            newsletter_id=campaign.newsletter_id,
            domain=campaign.sender_domain,
            compiled=CompiledMessage.load(campaign.compiled),
            ring=key_ring(),
            unsubscribe_url=absolute(reverse("newsletter:unsubscribe", args=[_HERE])),
            preferences_url=absolute(reverse("newsletter:preferences", args=[_HERE])),
        )

    def envelope(self, row: PendingRow, *, now: datetime) -> Envelope:
        """The message of one delivery; the same Message-ID and return path whenever it is sent.

        Raises:
            MessageError: a value of this row can't stand in a message.
        """
        claim = ReaderClaim(delivery_id=row.pk, subscriber_id=row.subscriber_id, newsletter_id=self.newsletter_id)
        token = reader_token(claim, ring=self.ring)
        recipient = Recipient(
            address=row.address,
            name=row.name,
            message_id=message_id(self.campaign_id, row.pk, domain=self.domain, ring=self.ring),
            unsubscribe_url=self.unsubscribe_url.replace(_HERE, token),
            preferences_url=self.preferences_url.replace(_HERE, token),
        )
        return Envelope(
            key=row.pk,
            sender=return_path(row.pk, domain=self.domain, ring=self.ring),
            recipient=row.address,
            content=self.compiled.splice(recipient, date=now),
        )
