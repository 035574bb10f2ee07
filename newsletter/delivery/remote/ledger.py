"""Filling the ledger of a campaign from what Mailchimp says whom it mailed."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from django.db import transaction

from newsletter.audience.end import end
from newsletter.audience.mailchimp.newcomers import hold_the_list
from newsletter.audience.mailchimp.receive import SOURCE
from newsletter.audience.suppression import SuppressionReason, suppress, suppressed_among
from newsletter.backends.mailchimp.answers import SentTo
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.delivery import crash_points
from newsletter.delivery.errors import DeliveryError
from newsletter.delivery.store import remote_ledger
from newsletter.delivery.store.remote_ledger import Recipient
from newsletter.engine.addresses import AddressError, normalise
from newsletter.engine.subscriptions import EndReason
from newsletter.models import MailchimpCampaign, MailchimpMember, RemoteTask, Subscriber, Subscription

_SENT, _HARD = "sent", "hard"
_LONGEST_ADDRESS = 254


class TooFewListedError(DeliveryError):
    """Mailchimp lists fewer recipients than it counted mails. What it lists is written; its first page comes next."""


def fill(
    remote: MailchimpCampaign, task: RemoteTask, api: Mailchimp, *, until: float, now: datetime, at_least: int = 0
) -> bool:
    """Write pages of recipients down until there are no more (True), or the clock (`time.monotonic`) says so (False).

    Each page is a transaction of its own, with the place of the next one: a kill repeats one page, and no reader.

    Raises:
        TooFewListedError: there are no more, and fewer than `at_least`.
    """
    sent_at = sent_at_of(remote, now)
    while True:
        offset = remote.ledger_offset
        page = api.sent_to(remote.remote_id, offset=offset)
        crash_points.reached("after_remote_call")
        next_offset = offset + page.seen
        with transaction.atomic():
            hold_the_list()  # before the subscriptions, as whoever takes in what changed there
            if not remote_ledger.lock(remote.campaign_id, offset=offset):
                remote.refresh_from_db()
                return False
            found = list(_recipients(remote, page.items))
            gone = remote_ledger.write_page(remote.campaign_id, found, next_offset=next_offset, sent_at=sent_at)
            _end_gone(remote, [one.address for one in found if one.subscriber_id in gone], sent_at=sent_at, now=now)
        remote.ledger_offset, task.done, task.total = next_offset, next_offset, page.total
        if not page.seen or next_offset >= page.total:
            if page.total < at_least:
                remote_ledger.begin_anew(remote.campaign_id)
                raise TooFewListedError
            remote_ledger.finish(remote.campaign_id, total=page.total, now=now)
            remote.refresh_from_db()
            return True
        if time.monotonic() >= until:
            return False


def sent_at_of(remote: MailchimpCampaign, now: datetime) -> datetime:
    """When Mailchimp sent it, as far as it said so."""
    said = remote.report.get("send_time")
    campaign = remote.campaign
    return datetime.fromisoformat(said) if said else campaign.started_at or min(campaign.scheduled_at, now)


def subscribers_of(remote: MailchimpCampaign, people: Collection[tuple[str, str]]) -> dict[str, int]:
    """From a member's hash to the subscriber here; `people` are hashes with their addresses.

    An address as it is now counts more than what it was known by when it was brought over.
    """
    addresses = {address_of(address): member_hash for member_hash, address in people}
    by_address = Subscriber.objects.filter(email__in=addresses).values_list("email", "pk")
    found = {addresses[email]: pk for email, pk in by_address}
    taken = set(found.values())
    members = MailchimpMember.objects.filter(
        audience__newsletter_id=remote.campaign.newsletter_id, member_hash__in=addresses.values()
    ).exclude(subscriber=None)
    for member_hash, pk in members.values_list("member_hash", "subscriber_id"):
        if member_hash not in found and pk is not None and pk not in taken:
            found[member_hash] = pk
            taken.add(pk)
    return found


def address_of(given: str) -> str:
    """In the form that it has here; one that we could not write to as Mailchimp has it."""
    try:
        return normalise(given)
    except AddressError:
        return given.strip().lower()[:_LONGEST_ADDRESS]


def _recipients(remote: MailchimpCampaign, items: Sequence[SentTo]) -> Iterator[Recipient]:
    known = subscribers_of(remote, [(item.hash, item.email) for item in items])
    unknown = {item.hash: address_of(item.email) for item in items if item.hash not in known}
    forgotten = suppressed_among(list(unknown.values()))
    erasing = set(
        MailchimpMember.objects.filter(member_hash__in=unknown, erasing=True).values_list("member_hash", flat=True)
    )
    listed = set()
    for item in items:
        address = address_of(item.email)
        if address in listed:
            continue
        listed.add(address)
        is_forgotten = item.hash in unknown and (address in forgotten or item.hash in erasing)
        yield Recipient(
            subscriber_id=known.get(item.hash),
            address="" if is_forgotten else address,
            is_returned=item.status != _SENT,
            is_gone=item.status == _HARD,
            reply=_reply(item.status),
        )


def _reply(status: str) -> str:
    if status == _SENT:
        return "sent by Mailchimp"
    if status == _HARD:
        return "returned to Mailchimp: the mailbox does not exist (hard bounce)"
    return "returned to Mailchimp: the mailbox did not take it in time (soft bounce)"


def _end_gone(remote: MailchimpCampaign, gone: Collection[str], *, sent_at: datetime, now: datetime) -> None:
    """A mailbox that does not exist is mailed by no newsletter, unless its reader confirmed from it since."""
    theirs = Subscription.objects.filter(newsletter_id=remote.campaign.newsletter_id, subscriber__email__in=gone)
    for subscription in theirs.exclude(confirmed_at__gt=sent_at).select_related("subscriber"):
        if end(subscription, reason=EndReason.BOUNCED, source=SOURCE, now=now):
            suppress(subscription.subscriber.email, reason=SuppressionReason.BOUNCED, now=now)
