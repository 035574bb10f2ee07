"""Readers whose contact over there has a past: who left and confirms anew, and who moved to another address.

Each is looked at over there first, so that a lost answer or a leave that nobody told us of does no harm.
"""

from __future__ import annotations

from datetime import datetime

from newsletter.audience.end import end
from newsletter.audience.mailchimp import members
from newsletter.audience.mailchimp.receive import SOURCE, receive
from newsletter.audience.mailchimp.turn import check_is_there
from newsletter.audience.mailchimp.wanted import LEFT, Reader
from newsletter.backends.mailchimp.answers import Member
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import NotFoundError, RefusedError
from newsletter.engine.subscriptions import EndReason
from newsletter.models import MailchimpAudience, MemberStatus, Subscription


def come_back(audience: MailchimpAudience, reader: Reader, api: Mailchimp, *, now: datetime) -> None:
    """Have Mailchimp ask somebody who left there and has confirmed here since, unless they came back by themselves.

    Raises:
        MailchimpError: nobody could say, or the audience is gone.
    """
    if reader.member_id is None:
        return
    if reader.moved:
        move(audience, reader, api, now=now)
        return
    try:
        member = api.member(audience.list_id, reader.hash)
        # Who left after confirming here, which nobody has told us yet, has left: once asked again it can't be seen.
        if receive(audience, [member], now=now, begins=False).ended:
            return
        if member.status in LEFT:
            member = api.ask_member_again(audience.list_id, reader.hash)
    except NotFoundError:
        check_is_there(audience, api)
        audience.members.filter(pk=reader.member_id, erasing=False).delete()  # brought over as somebody new
    except RefusedError as error:
        members.refused(audience, reader.member_id, error, now=now)
    else:
        members.note(audience, reader.member_id, member)


def move(audience: MailchimpAudience, reader: Reader, api: Mailchimp, *, now: datetime) -> None:
    """Have the contact of the earlier address deleted over there; the next look finds the reader new.

    Who left there by the earlier address has left, whatever address they have now.

    Raises:
        MailchimpError: nobody could say, or the audience is gone.
    """
    if reader.member_id is None:
        return
    try:
        member = api.member(audience.list_id, reader.known_hash)
    except NotFoundError:
        check_is_there(audience, api)
    else:
        if _has_left(reader, member):
            for subscription in Subscription.objects.filter(
                newsletter=audience.newsletter_id, subscriber=reader.subscriber_id
            ):
                end(subscription, reason=EndReason.UNSUBSCRIBED, source=SOURCE, now=now)
    members.moved_away(audience, reader.member_id)


def _has_left(reader: Reader, member: Member) -> bool:
    if member.status != MemberStatus.UNSUBSCRIBED:
        return False
    left_at = reader.changed_there_at if reader.status == member.status else member.changed_at
    return left_at is None or reader.confirmed_at is None or left_at >= reader.confirmed_at
