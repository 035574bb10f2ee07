"""Proof of the mailbox: what concerns the address or all data needs a fresh link that was mailed to it.

A reader token in a forwarded issue must not give a stranger export, erasure or another address (security case 23).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from core.limits import Limit
from newsletter.audience.mailbox_mails import Kind, queue_mailbox_link
from newsletter.engine.tokens import ExpiredTokenError, mailbox_token, read_mailbox_token
from newsletter.models import OutgoingMail, Subscriber, Subscription
from newsletter.models.keys import key_ring

LINK_WORKS = timedelta(hours=1)
#: One link in it, whoever asks: the page's button is also in reach of whom an issue was forwarded to.
MAIL_WINDOW = timedelta(minutes=15)
ONE_LINK = Limit(name="mailbox-link", amount=1, every=MAIL_WINDOW)
LINKS_A_DAY = Limit(name="mailbox-links-of-a-day", amount=6, every=timedelta(days=1))


def send_link(subscription: Subscription, *, base_url: str, now: datetime) -> None:
    """Queue a mail with a fresh link to the subscriber's own address, or none if one was mailed lately.

    The caller learns neither which of the two nor the address.
    """
    subscriber = subscription.subscriber
    if not (ONE_LINK.spend(subscriber.email, now=now) and LINKS_A_DAY.spend(subscriber.email, now=now)):
        return
    with transaction.atomic():
        # Two requests at once wait for each other here: a cache may forget, or count two as one.
        Subscriber.objects.select_for_update().get(pk=subscriber.pk)
        mailed = OutgoingMail.objects.filter(recipient=subscriber.email, created_at__gt=now - MAIL_WINDOW)
        if not mailed.filter(kind=Kind.MAILBOX).exists():
            token = mailbox_token(subscriber.pk, subscriber.email, expires_at=now + LINK_WORKS, ring=key_ring())
            queue_mailbox_link(subscription, token=token, base_url=base_url, now=now)


def reader_of(token: str, *, now: datetime) -> Subscriber:
    """Whose mailbox the bearer of a mailed link can read; changes nothing.

    Raises:
        ExpiredTokenError: too late, the reader was erased, or gets mail at another address since.
        TokenError: altered, or made for another purpose.
    """
    claim = read_mailbox_token(token, now=now, ring=key_ring())
    found = Subscriber.objects.filter(pk=claim.subscriber_id).first()
    if found is None or not claim.proves(found.email):
        raise ExpiredTokenError("This link has expired.")
    return found


def speaking_for(subscriber: Subscriber) -> Subscription | None:
    """The subscription whose newsletter writes to them about their data: one they read, else any."""
    theirs = Subscription.objects.filter(subscriber=subscriber).select_related("newsletter", "subscriber")
    return theirs.confirmed().order_by("pk").first() or theirs.order_by("-pk").first()  # type: ignore[attr-defined]
