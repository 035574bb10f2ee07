"""A pause that a reader chooses: nothing is mailed for some weeks, and nothing has to be confirmed afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from newsletter.audience.consent import record
from newsletter.audience.preferences import NotSubscribedError
from newsletter.models import ConsentKind, MailchimpMember, MemberStatus, Subscription

#: What the page offers.
WEEKS = (1, 2, 4, 8, 12)


def pause(subscription: Subscription, *, weeks: int, source: str, now: datetime, ip: str = "") -> None:
    """Mail nothing for so many weeks from now on; a second pause replaces the first.

    Raises:
        ValueError: it is none of WEEKS.
        NotSubscribedError: the subscription is pending or has ended.
    """
    if weeks not in WEEKS:
        raise ValueError(f"a pause lasts {', '.join(map(str, WEEKS))} weeks")
    detail = f"paused: {weeks} weeks" if weeks > 1 else "paused: 1 week"
    _set(subscription, now + timedelta(weeks=weeks), detail=detail, source=source, now=now, ip=ip)


def read_again(subscription: Subscription, *, source: str, now: datetime, ip: str = "") -> None:
    """End a pause before its time; without one nothing happens.

    Raises:
        NotSubscribedError: the subscription is pending or has ended.
    """
    _set(subscription, None, detail="pause ended", source=source, now=now, ip=ip)


def is_kept(subscription: Subscription, *, now: datetime) -> bool:
    """Whether nothing is mailed now because of a pause. Mailchimp knows none, and mails whoever is there already."""
    if subscription.paused_until is None or subscription.paused_until <= now:
        return False
    there = MailchimpMember.objects.filter(
        audience__newsletter=subscription.newsletter_id,
        subscriber=subscription.subscriber_id,
        status=MemberStatus.SUBSCRIBED,
    )
    return subscription.newsletter.can.narrows or not there.exists()


def _set(
    subscription: Subscription, until: datetime | None, *, detail: str, source: str, now: datetime, ip: str
) -> None:
    with transaction.atomic():
        kept = Subscription.objects.confirmed().select_for_update().filter(pk=subscription.pk).first()
        if kept is None:
            raise NotSubscribedError
        if kept.paused_until != until:
            Subscription.objects.filter(pk=kept.pk).update(paused_until=until)
            record(kept, ConsentKind.CHANGED, source=source, now=now, ip=ip, detail=detail)
    subscription.refresh_from_db()
