"""The machine's states in an editor's words."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from newsletter.engine.machine import CampaignState, DeliveryState

if TYPE_CHECKING:
    from django.utils.functional import Promise

_C, _D = CampaignState, DeliveryState

CAMPAIGN_LABELS = MappingProxyType(
    {
        _C.SCHEDULED: _("scheduled"),
        _C.PREPARING: _("preparing"),
        _C.SENDING: _("sending"),
        _C.PAUSED: _("paused"),
        _C.WAITING: _("waiting"),
        _C.HELD: _("held"),
        _C.SENT: _("sent"),
        _C.CANCELLED: _("cancelled"),
        _C.FAILED: _("failed"),
    }
)
CAMPAIGN_MEANINGS = MappingProxyType(
    {
        _C.SCHEDULED: _("It goes out by itself at its time. Until then one click calls it back."),
        _C.PREPARING: _("The list of recipients is being written down. Sending starts in a moment."),
        _C.SENDING: _("Mails are going out. Mailboxes that asked for patience are tried again for up to 48 hours."),
        _C.PAUSED: _("Somebody stopped it for now. Nothing goes out until it is resumed."),
        _C.WAITING: _("Whoever carries the mails can't be reached. It is tried again by itself; nothing is lost."),
        _C.HELD: _("It needs a decision: send it after all, or cancel it."),
        _C.SENT: _("Every recipient has an answer."),
        _C.CANCELLED: _("Somebody stopped it for good. Whoever had not got it yet won't get it."),
        _C.FAILED: _("It could not be prepared. Nobody got anything; the issue can be scheduled again."),
    }
)
#: What is scheduled for this minute.
ABOUT_TO_GO = _("It is about to go out. Until then one click calls it back.")
#: In the order of the report: what is done first, what still moves after it, what went wrong last.
DELIVERY_WORDS = MappingProxyType(
    {
        _D.ACCEPTED: (_("delivered"), _("The reader's mail server took it.")),
        _D.PENDING: (_("waiting"), _("Not tried yet.")),
        _D.HANDED_OVER: (_("under way"), _("Being handed over at this moment.")),
        _D.DEFERRED: (_("later"), _("The mail server asked for patience; tried again for up to 48 hours.")),
        _D.SKIPPED: (_("skipped"), _("The reader left, or the campaign was cancelled, before it was their turn.")),
        _D.REFUSED: (_("refused"), _("The mail server will never take it: most often the mailbox is gone.")),
        _D.BOUNCED: (_("bounced"), _("Taken first, then sent back.")),
        _D.COMPLAINED: (_("reported as spam"), _("The reader's mail program reported it; the subscription ended.")),
        _D.UNCERTAIN: (
            _("uncertain"),
            _("The line broke after the mail was handed over and before the answer came: it may have arrived, or not."),
        ),
    }
)


def state_label(state: str) -> str | Promise:
    """A campaign's state for people."""
    return CAMPAIGN_LABELS[CampaignState(state)]
