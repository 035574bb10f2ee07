"""Signing up: the request that a mail to the address itself has to confirm."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from blog.models import Topic
from core.limits import Limit
from newsletter.audience.confirm import CONFIRM_WITHIN
from newsletter.audience.consent import record
from newsletter.audience.mails import Kind, queue_already_subscribed, queue_confirmation
from newsletter.audience.reader import token_for
from newsletter.engine.addresses import clean_name, normalise
from newsletter.engine.subscriptions import SubscriptionState
from newsletter.engine.tokens import confirm_token
from newsletter.models import ConsentKind, Frequency, Newsletter, OutgoingMail, Subscriber, Subscription
from newsletter.models.keys import key_ring

#: An address gets no second mail within it, whoever asks and for whichever newsletter (security case 2).
MAIL_WINDOW = timedelta(minutes=15)
ONE_MAIL = Limit(name="sign-up-mail", amount=1, every=MAIL_WINDOW)
MAILS_A_DAY = Limit(name="sign-up-mails-of-a-day", amount=4, every=timedelta(days=1))


def subscribe(
    newsletter: Newsletter,
    *,
    email: str,
    name: str = "",
    frequency: Frequency = Frequency.EACH_STORY,
    topics: Iterable[Topic] = (),
    source: str,
    ip: str,
    now: datetime,
    base_url: str,
) -> None:
    """Take the request and queue one mail to the address, or none if it was mailed lately.

    The caller learns nothing about the address: unknown, pending and ended ones (suppressed too) get the confirmation,
    a confirmed reader gets the way to the preferences. Nobody is mailed an issue before the button is pressed.

    Args:
        source: path of the page the form stood on, without its query.
        ip: the client's address, for the evidence; may be empty.
        base_url: the site's own address, which the links in the mail begin with.

    Raises:
        AddressError: address or name can't be used; nothing was changed.
    """
    address, name = normalise(email), clean_name(name)
    if not (ONE_MAIL.spend(address, now=now) and MAILS_A_DAY.spend(address, now=now)):
        return
    with transaction.atomic():
        Subscriber.objects.get_or_create(email=address, defaults={"created_at": now})
        # Two requests for one address wait for each other here, so that the second sees the first one's mail: a cache
        # may forget, or count two at once as one.
        subscriber = Subscriber.objects.select_for_update().get(email=address)
        if _mailed_lately(address, now):
            return
        subscription, _ = Subscription.objects.get_or_create(
            subscriber=subscriber, newsletter=newsletter, defaults={"created_at": now}
        )
        if not _becomes_pending(subscription, frequency, topics):
            queue_already_subscribed(subscription, token=token_for(subscription), base_url=base_url, now=now)
            return
        if name and not subscriber.subscriptions.filter(state=SubscriptionState.CONFIRMED).exists():
            Subscriber.objects.filter(pk=subscriber.pk).update(name=name)
        record(subscription, ConsentKind.REQUESTED, source=source, now=now, ip=ip)
        token = confirm_token(subscription.pk, expires_at=now + CONFIRM_WITHIN, ring=key_ring())
        queue_confirmation(subscription, token=token, base_url=base_url, now=now)


def _mailed_lately(address: str, now: datetime) -> bool:
    return OutgoingMail.objects.filter(
        recipient=address, kind__in=[Kind.CONFIRMATION, Kind.ALREADY_SUBSCRIBED], created_at__gt=now - MAIL_WINDOW
    ).exists()


def _becomes_pending(subscription: Subscription, frequency: Frequency, topics: Iterable[Topic]) -> bool:
    """False for a confirmed one: nothing of it changes, for a stranger may have filled in the form.

    `ended_at` of one that had ended stays until it is confirmed: `purge` goes back to it.
    """
    unconfirmed = Subscription.objects.filter(pk=subscription.pk).exclude(state=SubscriptionState.CONFIRMED)
    if not unconfirmed.update(state=SubscriptionState.PENDING, frequency=frequency):
        return False
    subscription.topics.set(topics)
    subscription.refresh_from_db()
    return True
