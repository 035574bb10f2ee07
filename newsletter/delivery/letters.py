"""The finished message of each recipient: the campaign's compiled bytes with that reader's values."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from newsletter.backends.base import Envelope
from newsletter.delivery.store import PendingRow
from newsletter.engine.message import CompiledMessage, Link, Press
from newsletter.engine.message_id import MessageIds
from newsletter.engine.tokens import ReaderTokens
from newsletter.engine.verp import ReturnPaths
from newsletter.issues.publication import absolute
from newsletter.models import Campaign
from newsletter.models.keys import key_ring

_HERE = "READER-TOKEN-HERE"


class Letters:
    """Makes the messages of one campaign."""

    def __init__(self, campaign: Campaign) -> None:
        """Raises MessageError when the campaign's compiled message can't be read."""
        ring = key_ring()
        self._tokens = ReaderTokens(campaign.newsletter_id, ring=ring)
        self._message_ids = MessageIds(campaign.pk, domain=campaign.sender_domain, ring=ring)
        self._return_paths = ReturnPaths(domain=campaign.sender_domain, ring=ring)
        self._press = Press(
            CompiledMessage.load(campaign.compiled),
            unsubscribe=_link("newsletter:unsubscribe"),
            preferences=_link("newsletter:preferences"),
            token_length=ReaderTokens.LENGTH,
        )

    def envelope(self, row: PendingRow, *, date: datetime) -> Envelope:
        """The message of one delivery; the same Message-ID and return path whenever it is sent.

        Raises:
            MessageError: a value of this row can't stand in a message.
        """
        key, subscriber_id, address, name = row
        content = self._press.copy(
            address=address,
            name=name,
            message_id=self._message_ids.of(key),
            token=self._tokens.token(key, subscriber_id),
            date=date,
        )
        # Bodies are quoted-printable that never puts a dot first (`newsletter.engine.message.quoted_printable`).
        return Envelope(key, self._return_paths.of(key), address, content, True)


def _link(name: str) -> Link:
    before, _, after = absolute(reverse(name, args=[_HERE])).partition(_HERE)
    return Link(before=before, after=after)
