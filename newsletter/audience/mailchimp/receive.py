"""What happened over there comes here: who left there has left here, who came there reads here.

Nobody is brought back: whoever ended here stays ended (`push` takes them off the audience), and whoever was erased here
is erased there once more.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from newsletter.audience.end import end
from newsletter.audience.mailchimp.forget import mark
from newsletter.audience.mailchimp.newcomers import begin, hold_the_list, may_begin
from newsletter.audience.mailchimp.standings import THERE, Standing, standings
from newsletter.audience.suppression import SuppressionReason, suppress
from newsletter.backends.mailchimp.answers import Member
from newsletter.engine.subscriptions import EndReason, SubscriptionState
from newsletter.models import MailchimpAudience, MailchimpMember, MemberProblem, MemberStatus

#: Of evidence that comes from there.
SOURCE = "mailchimp"
#: Stands in `problem_text` of somebody on the audience who must not be mailed; `poll` takes them off it.
SUPPRESSED_HERE = "must not be mailed: on the suppression list here"
_NOTED = ("status", "changed_there_at", "subscriber", "problem", "problem_text", "retry_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What came of a page."""

    begun: int = 0
    ended: int = 0
    #: Contacts to delete for good over there.
    erasing: int = 0


def receive(
    audience: MailchimpAudience,
    members: Sequence[Member],
    *,
    now: datetime,
    begins: bool = True,
    complained: Collection[str] = (),
) -> Received:
    """Take in how contacts are over there; a second time changes nothing. One transaction.

    Args:
        begins: whether somebody may become a reader here. Not by a webhook: that is read from Mailchimp itself, with
            the evidence.
        complained: hashes of those who reported a mail as spam.
    """
    with transaction.atomic():
        if members:
            hold_the_list()
        found = [one for one in standings(audience, members) if not (one.row and one.row.erasing)]
        unowned = [one.member.hash for one in found if one.is_forgotten or one.is_left_behind]
        if unowned:
            mark(audience, unowned, now=now)
        found = [one for one in found if one.member.hash not in unowned]
        ended = sum(_end(one, complained=one.member.hash in complained, now=now) for one in found)
        newcomers = [one for one in found if begins and may_begin(audience, one)]
        subscribers = begin(audience, newcomers, now=now)
        _note(audience, found, subscribers)
    return Received(begun=len(subscribers), ended=ended, erasing=len(unowned))


def _end(one: Standing, *, complained: bool, now: datetime) -> bool:
    """End what a reader ended over there. A complaint and a mailbox that does not exist hold for every newsletter."""
    subscription = one.subscription
    if complained and one.address:
        open_one = subscription is not None and subscription.state != SubscriptionState.ENDED
        ended = bool(
            subscription and open_one and end(subscription, reason=EndReason.COMPLAINED, source=SOURCE, now=now)
        )
        for address in {one.address, subscription.subscriber.email if subscription else one.address}:
            suppress(address, reason=SuppressionReason.COMPLAINED, now=now)
        return ended
    if not one.has_left or subscription is None:
        return False
    if one.member.status != MemberStatus.CLEANED:
        return end(subscription, reason=EndReason.UNSUBSCRIBED, source=SOURCE, now=now)
    ended = end(subscription, reason=EndReason.BOUNCED, source=SOURCE, now=now)
    suppress(one.address, reason=SuppressionReason.BOUNCED, now=now)
    return ended


def _note(audience: MailchimpAudience, found: Sequence[Standing], begun: dict[str, int]) -> None:
    """Keep a row for each reader of ours, and for strangers only while they are on the audience."""
    new: list[MailchimpMember] = []
    changed: list[MailchimpMember] = []
    gone: list[int] = []
    for one in found:
        subscriber_id = one.subscriber_id or begun.get(one.address)
        row = one.row or MailchimpMember(audience=audience, member_hash=one.member.hash)
        if subscriber_id is None and not one.is_there:
            gone += [row.pk] if row.pk else []
        elif _differs(row, one, subscriber_id):
            (changed if row.pk else new).append(row)
    # A row that is there by now was made by somebody who knew more: by an erasure.
    MailchimpMember.objects.bulk_create(new, ignore_conflicts=True)
    MailchimpMember.objects.bulk_update(changed, _NOTED, batch_size=200)
    MailchimpMember.objects.filter(pk__in=gone).delete()


def _differs(row: MailchimpMember, one: Standing, subscriber_id: int | None) -> bool:
    """Bring the row into step; whether anything of it changed."""
    before = [getattr(row, field) for field in ("pk", "status", "changed_there_at", "subscriber_id", "problem_text")]
    row.changed_there_at = one.changed_at  # asks for the status that the row has still
    came_back = row.status not in THERE and one.is_there
    row.status, row.subscriber_id = one.member.status, subscriber_id
    if one.must_not_be_there:
        row.problem, row.problem_text = MemberProblem.OTHER, SUPPRESSED_HERE
    elif row.problem_text == SUPPRESSED_HERE or (came_back and row.problem):
        # What only the reader could change, the reader has changed.
        row.problem, row.problem_text, row.retry_at = "", "", None
    after = [row.pk, row.status, row.changed_there_at, row.subscriber_id, row.problem_text]
    return row.pk is None or before != after
