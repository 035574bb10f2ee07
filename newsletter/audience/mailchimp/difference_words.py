"""Why somebody is here and not at Mailchimp, or there and not here, in words that say what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletter.engine.subscriptions import SubscriptionState
from newsletter.models import MemberStatus

if TYPE_CHECKING:
    from django.utils.functional import Promise


class Side(StrEnum):
    HERE = "here"  #: reads here, and gets nothing from Mailchimp
    THERE = "there"  #: on the audience, and not mailed from here


class Reason(StrEnum):
    # Here, and not there
    WAITS = "waits"
    PAUSES = "pauses"
    UNTAGGED = "untagged"
    PENDING_THERE = "pending_there"
    LEFT_THERE = "left_there"
    CLEANED = "cleaned"
    ARCHIVED = "archived"
    TRANSACTIONAL = "transactional"
    COMPLIANCE = "compliance"
    FORGOTTEN = "forgotten"
    FIELD = "field"
    ADDRESS = "address"
    REFUSED = "refused"
    # There, and not here
    PAUSED = "paused"
    ENDED_HERE = "ended_here"
    PENDING_HERE = "pending_here"
    SUPPRESSED = "suppressed"
    STAYS = "stays"
    ERASED = "erased"
    NOT_DELETED = "not_deleted"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    why: str | Promise
    remedy: str | Promise
    #: In place of `why` where the day is known on which it is over.
    until: str | Promise = ""
    #: Whether what Mailchimp said about it belongs to the answer.
    is_explained: bool = False


SIDES: dict[Side, Promise] = {
    Side.HERE: gettext_lazy("Here, but not at Mailchimp"),
    Side.THERE: gettext_lazy("At Mailchimp, but not here"),
}
_BY_ITSELF = gettext_lazy("Nothing: it is done by itself.")
_FORM_THERE = gettext_lazy("Give them the address of the audience’s own form: nobody else can subscribe them again.")

WORDS: dict[Reason, Words] = {
    Reason.WAITS: Words(why=gettext_lazy("waits to be brought over"), remedy=_BY_ITSELF),
    Reason.PAUSES: Words(
        why=gettext_lazy("is on a pause, and is brought over when it ends: Mailchimp knows no pauses"),
        remedy=_BY_ITSELF,
        until=gettext_lazy("is on a pause until %(day)s, and is brought over then: Mailchimp knows no pauses"),
    ),
    Reason.UNTAGGED: Words(
        why=gettext_lazy("is there, and has not got the tag that the newsletter goes to yet"),
        remedy=gettext_lazy("Nothing: it is done by itself, unless the newsletter’s page says what is in the way."),
    ),
    Reason.PENDING_THERE: Words(
        why=gettext_lazy("Mailchimp has asked them to confirm, and they have not yet"),
        remedy=gettext_lazy("Wait, or ask them to look for Mailchimp’s mail."),
    ),
    Reason.LEFT_THERE: Words(
        why=gettext_lazy("left there before they confirmed here"),
        remedy=gettext_lazy("Nothing: Mailchimp asks them once whether they want to come back."),
    ),
    Reason.CLEANED: Words(
        why=gettext_lazy("Mailchimp gave up their mailbox before they confirmed here"),
        remedy=_FORM_THERE,
    ),
    Reason.ARCHIVED: Words(
        why=gettext_lazy("somebody archived or deleted the contact there, or gave it another address"),
        remedy=gettext_lazy(
            "Unarchive the contact at Mailchimp, or end the subscription here if they wanted that. Who was deleted "
            "there for good can only sign up again by a form there."
        ),
    ),
    Reason.TRANSACTIONAL: Words(
        why=gettext_lazy("known there from other mails, and never subscribed"), remedy=_FORM_THERE
    ),
    Reason.COMPLIANCE: Words(
        why=gettext_lazy("left there, complained or bounced before: Mailchimp lets nobody else bring them back"),
        remedy=_FORM_THERE,
    ),
    Reason.FORGOTTEN: Words(why=gettext_lazy("was deleted for good there once"), remedy=_FORM_THERE),
    Reason.FIELD: Words(
        why=gettext_lazy("a field that the audience requires is empty"),
        remedy=gettext_lazy("At Mailchimp, under Audience fields, take away “required” from this field."),
        is_explained=True,
    ),
    Reason.ADDRESS: Words(
        why=gettext_lazy("Mailchimp does not take this address"),
        remedy=gettext_lazy("Ask the reader for another address."),
        is_explained=True,
    ),
    Reason.REFUSED: Words(
        why=gettext_lazy("Mailchimp refused them"),
        remedy=gettext_lazy("Nothing now: it is tried again. Look at what Mailchimp said."),
        is_explained=True,
    ),
    Reason.PAUSED: Words(
        why=gettext_lazy("is on a pause here; Mailchimp knows no pauses, and mails them"),
        remedy=gettext_lazy("Nothing, or end the subscription if they ask for it."),
    ),
    Reason.ENDED_HERE: Words(why=gettext_lazy("left here; is being unsubscribed there"), remedy=_BY_ITSELF),
    Reason.PENDING_HERE: Words(
        why=gettext_lazy("has not confirmed here, and Mailchimp does not say when they agreed there"),
        remedy=gettext_lazy("Nothing: Mailchimp mails them. Here they read once they have confirmed."),
    ),
    Reason.SUPPRESSED: Words(
        why=gettext_lazy("must not be mailed (bounced, complained or blocked here); is being unsubscribed there"),
        remedy=_BY_ITSELF,
    ),
    Reason.STAYS: Words(
        why=gettext_lazy("left here, or must not be mailed, and Mailchimp refuses to unsubscribe them"),
        remedy=gettext_lazy("Unsubscribe the contact at Mailchimp by hand. It is tried again every hour."),
        is_explained=True,
    ),
    Reason.ERASED: Words(why=gettext_lazy("was erased here; is being deleted for good there"), remedy=_BY_ITSELF),
    Reason.NOT_DELETED: Words(
        why=gettext_lazy("was erased here, and Mailchimp refuses to delete them"),
        remedy=gettext_lazy("Delete the contact for good at Mailchimp by hand. It is tried again every hour."),
        is_explained=True,
    ),
    Reason.OUTSIDE: Words(
        why=gettext_lazy(
            "is on the audience, but not known to be in the chosen tag or segment: who is in a segment is not told"
        ),
        remedy=gettext_lazy("Nothing. Give the contact the tag at Mailchimp if they should read this newsletter."),
    ),
    Reason.UNKNOWN: Words(
        why=gettext_lazy("is new there, or has an address that is not supported here"),
        remedy=gettext_lazy("Wait a minute. If it stays, ask the reader for another address."),
    ),
}


def state_words(state: str) -> str:
    """Of a subscription here; empty for none."""
    return {
        SubscriptionState.CONFIRMED.value: _("reads"),
        SubscriptionState.PENDING.value: _("not confirmed"),
        SubscriptionState.ENDED.value: _("left"),
    }.get(state, _("not known"))


def status_words(status: str) -> str:
    """Of a contact there."""
    return str(MemberStatus(status).label) if status else _("not there")
