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

#: Messages that a worker keeps ready of one campaign, each without other stories. It has a few chunks at a time.
MOST_PRESSES = 16


class Letters:
    """Makes the messages of one campaign."""

    def __init__(self, campaign: Campaign) -> None:
        """Raises MessageError when the campaign's compiled message can't be read."""
        ring = key_ring()
        self._tokens = ReaderTokens(campaign.newsletter_id, ring=ring)
        self._message_ids = MessageIds(campaign.pk, domain=campaign.sender_domain, ring=ring)
        self._return_paths = ReturnPaths(domain=campaign.sender_domain, ring=ring)
        self._compiled = CompiledMessage.load(campaign.compiled)
        #: By what they lack, the latest last.
        self._presses: dict[tuple[int, ...], Press] = {}

    def envelope(self, row: PendingRow, leaves_out: tuple[int, ...] = (), *, date: datetime) -> Envelope:
        """The message of one delivery; the same Message-ID and return path whenever it is sent.

        Args:
            leaves_out: places of the stories that this recipient gets the issue without.

        Raises:
            MessageError: a value of this row can't stand in a message.
        """
        key, subscriber_id, address, name = row
        press = self._presses.get(leaves_out) or self._set_up(leaves_out)
        content = press.copy(
            address=address,
            name=name,
            message_id=self._message_ids.of(key),
            token=self._tokens.token(key, subscriber_id),
            date=date,
        )
        # Bodies are quoted-printable that never puts a dot first (`newsletter.engine.message.quoted_printable`).
        return Envelope(key, self._return_paths.of(key), address, content, True)

    def _set_up(self, leaves_out: tuple[int, ...]) -> Press:
        while len(self._presses) >= MOST_PRESSES:
            del self._presses[next(iter(self._presses))]
        press = Press(
            self._compiled.without(leaves_out) if leaves_out else self._compiled,
            unsubscribe=_link("newsletter:unsubscribe"),
            preferences=_link("newsletter:preferences"),
            token_length=ReaderTokens.LENGTH,
        )
        self._presses[leaves_out] = press
        return press


def _link(name: str) -> Link:
    before, _, after = absolute(reverse(name, args=[_HERE])).partition(_HERE)
    return Link(before=before, after=after)
