"""Readers who were erased here are deleted for good over there: marked in the transaction of the erasure.

A mark holds nothing but the hash by which Mailchimp knows the contact, and goes when Mailchimp has confirmed.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from newsletter.audience.mailchimp import former
from newsletter.audience.mailchimp.newcomers import hold_the_list
from newsletter.audience.mailchimp.spellings import names_of
from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.models import MailchimpAudience, MailchimpMember, RemoteTaskKind, Subscriber


def forget_reader(subscriber: Subscriber, *, now: datetime) -> int:
    """Mark the reader's contacts in every audience that has, or may have, any; returns how many.

    Also where nothing was ever brought over: the practice may have had the contact before. An audience that was chosen
    and never switched on is not touched. One that was in use before another was chosen is asked for without a mark.
    """
    names = names_of(subscriber.email)
    known = MailchimpMember.objects.filter(Q(subscriber=subscriber) | Q(member_hash__in=names))
    wanted = set(known.values_list("audience_id", "member_hash"))
    theirs = MailchimpAudience.objects.filter(newsletter__subscriptions__subscriber=subscriber)
    former.forget(subscriber, names, now=now)
    audiences = {pk for pk, _ in wanted} | set(theirs.exclude(switched_on_at=None).values_list("pk", flat=True))
    return _mark(wanted | {(pk, name) for pk in audiences for name in names}, now=now)


def forget_contact(address: str, *, now: datetime) -> int:
    """The same for an address (in its normal form) that is no subscriber's; returns how many contacts were known."""
    with transaction.atomic():
        hold_the_list()  # before the contacts: whoever takes some in has it first, and so does who is suppressed after
        known = MailchimpMember.objects.filter(member_hash__in=names_of(address))
        return _mark(set(known.values_list("audience_id", "member_hash")), now=now)


def mark(audience: MailchimpAudience, hashes: Collection[str], *, now: datetime) -> int:
    """Mark contacts of one audience; returns how many."""
    return _mark({(audience.pk, name) for name in hashes}, now=now)


def waiting(audience: MailchimpAudience | None = None) -> QuerySet[MailchimpMember]:
    """Contacts that still have to be deleted over there, of one audience or of all."""
    marked = MailchimpMember.objects.filter(erasing=True)
    return marked if audience is None else marked.filter(audience=audience)


def _mark(contacts: set[tuple[int, str]], *, now: datetime) -> int:
    ordered = sorted(contacts)
    with transaction.atomic():
        MailchimpMember.objects.bulk_create(
            [MailchimpMember(audience_id=pk, member_hash=name, erasing=True) for pk, name in ordered],
            ignore_conflicts=True,
        )
        for pk in sorted({pk for pk, _ in ordered}):
            names = [name for audience, name in ordered if audience == pk]
            # All that was known of them goes at once, and an earlier problem keeps nobody waiting.
            MailchimpMember.objects.filter(audience=pk, member_hash__in=names).update(
                erasing=True, subscriber=None, sent_digest="", problem="", problem_text="", retry_at=None
            )
            ask_for(RemoteTaskKind.PUSH, name=f"{RemoteTaskKind.PUSH}:{pk}", about={"audience": pk}, now=now)
    return len(ordered)
