"""Who has to go over there, before anything else: erased readers are deleted for good, who left is unsubscribed."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import ngettext

from newsletter.audience.mailchimp import batches, members, wanted
from newsletter.audience.mailchimp.turn import Turn, check_is_there
from newsletter.audience.mailchimp.wanted import Contact
from newsletter.backends.mailchimp.errors import NotFoundError, RefusedError, UnsureError
from newsletter.models import MailchimpAudience

#: In one turn at most.
MOST = batches.MOST_OPEN * batches.MOST_IN_ONE


def erase(turn: Turn) -> int:
    """Returns how many are left. Whom a batch may still bring over is kept, and erased once more after it."""
    contacts = wanted.to_erase(turn.audience, now=turn.now)
    under_way = batches.under_way(turn.open)
    done = 0
    for contact in contacts:
        if turn.is_over:
            break
        if _erase_one(turn, contact) and contact.member_id not in under_way:
            done += turn.audience.members.filter(pk=contact.member_id, erasing=True).delete()[0]
    return len(contacts) - done


def _erase_one(turn: Turn, contact: Contact) -> bool:
    with turn.about_one(contact.member_id, erasing=True) as failed:
        try:
            turn.api.erase_member(turn.audience.list_id, contact.hash)
        except RefusedError as error:
            again_after = members.AFTER_REFUSED_END
            members.refused(
                turn.audience, contact.member_id, error, now=turn.now, again_after=again_after, erasing=True
            )
            return False
    return not failed


def unsubscribe(turn: Turn, *, few: int) -> int:
    """Returns how many are left. More than a few leave in batches."""
    leaving = batches.leaving(turn.open)
    found = wanted.to_unsubscribe(turn.audience, now=turn.now, most=MOST)
    contacts = [contact for contact in found if contact.member_id not in leaving]
    if len(contacts) <= few:
        _unsubscribe_singly(turn, contacts)
        return len(contacts) if turn.is_over else 0
    for some in batches.slices(contacts, batches.MOST_OPEN):  # whatever else is open: these go before it
        if not batches.unsubscribe(turn.audience, some, turn.api, now=turn.now):
            break
    turn.open = batches.open_ones(turn.audience)
    return len(contacts)


def _unsubscribe_singly(turn: Turn, contacts: Sequence[Contact]) -> None:
    under_way = batches.under_way(turn.open)
    taken = members.take(turn.audience, [one.member_id for one in contacts], until=turn.until, now=turn.now)
    sent: list[members.Sent] = []
    try:
        for contact in contacts:
            if contact.member_id in taken and not turn.is_over:
                with turn.about_one(contact.member_id):
                    sent.append(_leave(turn, contact))
    finally:
        # Whom a batch has still to bring over is not gone, but not there yet.
        gone_later = [one for one in sent if isinstance(one.error, NotFoundError) and one.member_id in under_way]
        settled = [one for one in sent if one not in gone_later]
        members.settle(turn.audience, settled, until=turn.until, now=turn.now)
        members.let_go(turn.audience, taken, until=turn.until)


def _leave(turn: Turn, contact: Contact) -> members.Sent:
    try:
        member = turn.api.unsubscribe_member(turn.audience.list_id, contact.hash)
    except NotFoundError as error:
        check_is_there(turn.audience, turn.api)
        return members.Sent(member_id=contact.member_id, digest="", error=error)
    except (RefusedError, UnsureError) as error:
        return members.Sent(member_id=contact.member_id, digest="", error=error)
    return members.Sent(member_id=contact.member_id, digest="", member=member)


def what_was_refused(audience: MailchimpAudience) -> str:
    """Who should be gone and is not, because Mailchimp refuses, in words for a person; empty for nobody."""
    staying, kept = wanted.count_refused_ends(audience)
    said = []
    if staying:
        said.append(
            ngettext(
                "Mailchimp refuses to unsubscribe %(count)d reader who left here, and mails them. Unsubscribe the "
                "contact there by hand; “What differs” says who it is, and why.",
                "Mailchimp refuses to unsubscribe %(count)d readers who left here, and mails them. Unsubscribe the "
                "contacts there by hand; “What differs” says who they are, and why.",
                staying,
            )
            % {"count": staying}
        )
    if kept:
        said.append(
            ngettext(
                "%(count)d reader who was erased here can’t be deleted there, because Mailchimp refuses it. Delete "
                "the contact for good there by hand; “What differs” says why.",
                "%(count)d readers who were erased here can’t be deleted there, because Mailchimp refuses it. Delete "
                "the contacts for good there by hand; “What differs” says why.",
                kept,
            )
            % {"count": kept}
        )
    return " ".join(said)
