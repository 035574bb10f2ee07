"""What the readers' pages call things."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from newsletter.audience.suppression import SuppressionReason
from newsletter.engine.subscriptions import EndReason, SubscriptionState

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from newsletter.models import Subscription

STATES = MappingProxyType(
    {
        SubscriptionState.PENDING: _("not confirmed yet"),
        SubscriptionState.CONFIRMED: _("reads it"),
        SubscriptionState.ENDED: _("left"),
    }
)
END_REASONS = MappingProxyType(
    {
        EndReason.UNSUBSCRIBED: _("unsubscribed on our page"),
        EndReason.ONE_CLICK: _("unsubscribed by the mail program's button"),
        EndReason.BOUNCED: _("the mailbox does not exist"),
        EndReason.COMPLAINED: _("reported a mail as spam"),
        EndReason.SUPPRESSED: _("the address was put on the suppression list"),
        EndReason.BY_EDITOR: _("ended by an editor"),
        EndReason.BY_PROGRAM: _("ended by another program"),
    }
)
SUPPRESSIONS: MappingProxyType[str, str | Promise] = MappingProxyType(
    {
        SuppressionReason.ERASED: _("the reader asked to be forgotten"),
        SuppressionReason.BOUNCED: _("the mailbox does not exist"),
        SuppressionReason.COMPLAINED: _("a mail was reported as spam"),
        SuppressionReason.OPERATOR: _("somebody put it on the list by hand"),
        "former": _("the reader left long ago and was forgotten"),
    }
)
MAIL_KINDS = MappingProxyType(
    {
        "confirmation": _("Please confirm"),
        "already_subscribed": _("You already get it"),
        "welcome": _("Welcome"),
    }
)


def state_of(subscription: Subscription) -> str | Promise:
    """Where a subscription stands."""
    return STATES[SubscriptionState(subscription.state)]


def end_reason_of(subscription: Subscription) -> str | Promise:
    """Why it ended; empty for one that goes on."""
    return END_REASONS[EndReason(subscription.ended_reason)] if subscription.ended_reason else ""


def mail_kind(kind: str) -> str | Promise:
    """What a single mail was for."""
    return MAIL_KINDS.get(kind, kind.replace("_", " ").capitalize())
