"""Contacts of an audience whom nobody here knows: readers of ours from now on, on the evidence that Mailchimp has.

As with a file that is imported: whose opt-in Mailchimp dates is confirmed, whoever else is pending and gets no mail.
Nobody is welcomed, and whoever has left here stays away.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from newsletter.audience.consent import ip_hash, record
from newsletter.audience.mailchimp.standings import Standing
from newsletter.engine.addresses import AddressError, clean_name
from newsletter.engine.subscriptions import SubscriptionState
from newsletter.models import (
    ConsentEvent,
    ConsentKind,
    MailchimpAudience,
    MemberStatus,
    Subscriber,
    Subscription,
)

_LANGUAGE = re.compile(r"[a-z]{2,3}([-_][A-Za-z]{2,4})?")
_IP = re.compile(r"[0-9A-Fa-f:.]{2,45}")


def may_begin(audience: MailchimpAudience, standing: Standing) -> bool:
    """Whether a contact belongs to what is mailed, and nothing here speaks against it.

    Of a tag its contacts say that they have it. Of a saved segment they don't: then nobody is taken in, and the report
    of what differs says so.
    """
    if standing.member.status != MemberStatus.SUBSCRIBED or not standing.address or standing.suppressed:
        return False
    if standing.is_earlier_address:
        return False
    known = standing.subscription
    if known is not None and (known.state != SubscriptionState.PENDING or known.ended_at is not None):
        return False
    return audience.segment_id is None or audience.segment_id in standing.member.tags


def begin(audience: MailchimpAudience, found: Sequence[Standing], *, now: datetime) -> dict[str, int]:
    """Take them in; returns the subscriber of each address. Call it in the transaction in which they were looked up."""
    newcomers = {one.address: one for one in found if one.subscription is None}
    for one in found:
        if one.subscription is not None:
            _confirm(audience, one, one.subscription, now=now)
    if not newcomers:
        return {}
    Subscriber.objects.bulk_create(
        [
            Subscriber(email=one.address, name=_name(audience, one), language=_language(one), created_at=now)
            for one in newcomers.values()
            if one.subscriber_id is None
        ],
        ignore_conflicts=True,
    )
    subscribers = dict(Subscriber.objects.filter(email__in=list(newcomers)).values_list("email", "pk"))
    Subscription.objects.bulk_create(
        [_subscription(audience, one, subscribers[address], now=now) for address, one in newcomers.items()],
        ignore_conflicts=True,
    )
    _keep_evidence(audience, newcomers, now=now)
    return subscribers


def hold_the_list() -> None:
    """Whoever is put on the list of those never to be mailed meanwhile waits, or was there first.

    Else a reader who is erased in this moment could be made anew. Call it in a transaction, before any contact is
    locked: an erasure has the list first, too, and of two who wait for each other PostgreSQL aborts one. SQLite has one
    writer at a time anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE newsletter_suppression IN SHARE ROW EXCLUSIVE MODE")


def _confirm(audience: MailchimpAudience, one: Standing, subscription: Subscription, *, now: datetime) -> None:
    """They wait for nothing any more: Mailchimp has their opt-in. Who had left here before is not brought back."""
    agreed_at = one.opted_in_at(now)
    if agreed_at is None:
        return
    waiting = Subscription.objects.pending().filter(pk=subscription.pk, ended_at=None)
    if waiting.update(state=SubscriptionState.CONFIRMED, confirmed_at=agreed_at):
        record(
            subscription,
            ConsentKind.IMPORTED,
            source=_source(audience),
            now=now,
            hashed_ip=_ip_hash(one),
            detail=_detail(audience),
            claimed_at=agreed_at,
        )


def _subscription(audience: MailchimpAudience, one: Standing, subscriber_id: int, *, now: datetime) -> Subscription:
    agreed_at = one.opted_in_at(now)
    return Subscription(
        subscriber_id=subscriber_id,
        newsletter_id=audience.newsletter_id,
        state=SubscriptionState.CONFIRMED if agreed_at else SubscriptionState.PENDING,
        created_at=now,
        confirmed_at=agreed_at,
    )


def _keep_evidence(audience: MailchimpAudience, newcomers: dict[str, Standing], *, now: datetime) -> None:
    """For each subscription that was made here: its instant tells it from one that somebody else made meanwhile."""
    made = Subscription.objects.filter(
        newsletter=audience.newsletter_id, subscriber__email__in=list(newcomers), created_at=now
    )
    ConsentEvent.objects.bulk_create(
        ConsentEvent(
            subscription_id=pk,
            kind=ConsentKind.IMPORTED,
            source=_source(audience),
            ip_hash=_ip_hash(newcomers[address]),
            at=now,
            claimed_at=newcomers[address].opted_in_at(now),
            detail=_detail(audience),
        )
        for pk, address in made.values_list("pk", "subscriber__email")
    )


def _source(audience: MailchimpAudience) -> str:
    return f"mailchimp:{audience.list_id}"


def _detail(audience: MailchimpAudience) -> str:
    return f"subscribed to “{audience.list_name}” at Mailchimp"[:300]


def _ip_hash(one: Standing) -> str:
    ip = one.member.opted_in_ip
    return ip_hash(ip) if _IP.fullmatch(ip) else ""


def _language(one: Standing) -> str:
    language = one.member.language.strip()
    return language.replace("_", "-") if _LANGUAGE.fullmatch(language) else ""


def _name(audience: MailchimpAudience, one: Standing) -> str:
    """From the field that holds names, where one was agreed on; nothing else is read of them."""
    tag = next((tag for tag, ours in audience.merge_fields.items() if ours == "name"), "")
    try:
        return clean_name(str(one.member.merge_fields.get(tag) or ""))
    except AddressError:
        return ""
