"""A page of contacts of an audience, beside what is known of them here: a few queries for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from newsletter.audience.suppression import SuppressionReason, why_suppressed_among
from newsletter.backends.mailchimp.answers import Member
from newsletter.engine.addresses import AddressError, normalise
from newsletter.engine.subscriptions import SubscriptionState
from newsletter.models import MailchimpAudience, MailchimpMember, MemberStatus, Subscriber, Subscription

#: Who gets mails there, or is asked to.
THERE = frozenset({MemberStatus.SUBSCRIBED.value, MemberStatus.PENDING.value})
#: Whoever was forgotten here has to be forgotten there, whatever they are there.
_FORGOTTEN = frozenset({SuppressionReason.ERASED.value, SuppressionReason.FORMER.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One contact, and where it stands here."""

    member: Member
    #: In its normal form; empty for one that we can't write to.
    address: str
    row: MailchimpMember | None
    subscriber_id: int | None
    subscription: Subscription | None
    #: Why the address must not be mailed; empty when it may.
    suppressed: str
    #: Whether it is the contact of an address that the reader has left, and that is not deleted there yet.
    is_earlier_address: bool = False

    @property
    def is_there(self) -> bool:
        return self.member.status in THERE

    @property
    def is_forgotten(self) -> bool:
        return self.suppressed in _FORGOTTEN

    @property
    def is_left_behind(self) -> bool:
        """Only the earlier mailbox has come to its end, and nothing is to be learned of the reader from it."""
        return self.is_earlier_address and self.member.status == MemberStatus.CLEANED

    @property
    def must_not_be_there(self) -> bool:
        """On the list of those never to be mailed, and on the audience: nobody else would take them off it."""
        return self.is_there and bool(self.suppressed)

    @property
    def changed_at(self) -> datetime | None:
        """Since when it has its status, as far as is known: a later change of something else does not count."""
        if self.row is not None and self.row.status == self.member.status and self.row.changed_there_at:
            return self.row.changed_there_at
        return self.member.changed_at

    @property
    def has_left(self) -> bool:
        """Whether a confirmed reader of ours left there, and did not confirm anew here after that."""
        ended = self.member.status in (MemberStatus.UNSUBSCRIBED, MemberStatus.CLEANED)
        if not ended or self.subscription is None or self.subscription.state != SubscriptionState.CONFIRMED:
            return False
        confirmed_at = self.subscription.confirmed_at
        return self.changed_at is None or confirmed_at is None or self.changed_at >= confirmed_at

    def opted_in_at(self, now: datetime) -> datetime | None:
        """When they agreed, as Mailchimp says; None for what can't be."""
        at = self.member.opted_in_at
        return at if at is not None and at.year >= 1990 and at <= now else None


def standings(audience: MailchimpAudience, members: Sequence[Member]) -> Iterator[Standing]:
    """Each contact once, but for those with a status that nobody knows; call it in a transaction.

    The rows of contacts are locked: who is erased meanwhile waits, or was there first.
    """
    page = {member.hash: member for member in members if member.status in MemberStatus.values}
    locked = audience.members.select_for_update().filter(member_hash__in=list(page)).order_by("pk")
    rows = {row.member_hash: row for row in locked}
    addresses = {name: _address(member) for name, member in page.items()}
    given = sorted({address for address in addresses.values() if address})
    known = dict(Subscriber.objects.filter(email__in=given).values_list("email", "pk"))
    subscribers = {name: known.get(address) for name, address in addresses.items()}
    owners = {name: row.subscriber_id for name, row in rows.items() if row.subscriber_id}
    readers = {*known.values(), *owners.values()}
    here = Subscription.objects.filter(newsletter=audience.newsletter_id, subscriber__in=readers)
    subscriptions = {one.subscriber_id: one for one in here.select_related("subscriber")}
    # Who has moved here and not there yet: what happens to the contact of the earlier address happens to its reader,
    # and nothing of it is evidence for whoever signs up with that address now.
    earlier = {
        name: owner
        for name, owner in owners.items()
        if subscribers[name] is None or (subscribers[name] != owner and _reads(subscriptions.get(owner)))
    }
    subscribers |= earlier
    suppressed = why_suppressed_among(given)
    for name, member in page.items():
        subscriber_id = subscribers[name]
        yield Standing(
            member=member,
            address=addresses[name],
            row=rows.get(name),
            subscriber_id=subscriber_id,
            subscription=subscriptions.get(subscriber_id) if subscriber_id else None,
            suppressed=suppressed.get(addresses[name], ""),
            is_earlier_address=name in earlier,
        )


def _reads(subscription: Subscription | None) -> bool:
    """`push` has the contact of such a reader's earlier address deleted; nobody else's is."""
    return subscription is not None and subscription.state == SubscriptionState.CONFIRMED


def _address(member: Member) -> str:
    try:
        return normalise(member.email)
    except AddressError:
        return ""
