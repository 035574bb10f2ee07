"""Signing up: the request that a mail to the address itself has to confirm."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from blog.models import Topic
from newsletter.audience.confirm import CONFIRM_WITHIN
from newsletter.audience.consent import record
from newsletter.audience.mails import OF_SIGN_UPS, queue_already_subscribed, queue_confirmation
from newsletter.audience.reader import token_for
from newsletter.audience.wording import CURRENT
from newsletter.engine.addresses import clean_name, normalise
from newsletter.engine.subscriptions import SubscriptionState
from newsletter.engine.tokens import confirm_token
from newsletter.models import (
    ConsentEvent,
    ConsentKind,
    Frequency,
    Newsletter,
    OutgoingMail,
    Subscriber,
    Subscription,
)
from newsletter.models.keys import key_ring

#: An address gets no second mail within it, whoever asks and for whichever newsletter (security case 2).
MAIL_WINDOW = timedelta(minutes=15)
MAILS_A_DAY = 4
DAY = timedelta(days=1)


class TooSoonError(Exception):
    """The address was mailed lately, about something else: ask again at `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until


def subscribe(
    newsletter: Newsletter,
    *,
    email: str,
    name: str = "",
    frequency: Frequency = Frequency.EACH_STORY,
    topics: Iterable[Topic] = (),
    language: str = "",
    source: str,
    ip: str = "",
    hashed_ip: str = "",
    wording: str = CURRENT,
    asked_at: datetime | None = None,
    basis: str = "",
    by_id: int | None = None,
    now: datetime,
    base_url: str,
) -> None:
    """Take the request and queue one mail to the address, or none if this very request was answered lately.

    The caller learns nothing about the address: unknown, pending and ended ones (suppressed too) get the confirmation,
    a confirmed reader gets the way to the preferences. Nobody is mailed an issue before the button is pressed.

    Args:
        language: what the reader chose; empty means the newsletter's.
        source: path of the page the form stood on, without its query; or what else it came by.
        ip: the client's address, for the evidence; may be empty. `hashed_ip` is what `ip_hash` made of it before.
        wording: the version of the words that the form showed; empty where no form of ours did.
        asked_at: when the request came in, if that was before `now`.
        basis: why the editor `by_id` adds the reader.
        base_url: the site's own address, which the links in the mail begin with.

    Raises:
        AddressError: address or name can't be used; nothing was changed.
        TooSoonError: the address was mailed lately for another request; nothing was changed.
    """
    address, name = normalise(email), clean_name(name)
    with transaction.atomic():
        Subscriber.objects.get_or_create(email=address, defaults={"created_at": now})
        # Two requests for one address wait for each other here, so that the second sees the first one's mail.
        subscriber = Subscriber.objects.select_for_update().get(email=address)
        known = Subscription.objects.filter(subscriber=subscriber, newsletter=newsletter).first()
        if until := _mailable_from(address, now):
            if known and _is_answered(known, now):
                return
            raise TooSoonError(until)
        subscription = known or Subscription.objects.create(
            subscriber=subscriber, newsletter=newsletter, created_at=now
        )
        if not _becomes_pending(subscription, frequency, topics):
            queue_already_subscribed(subscription, token=token_for(subscription), base_url=base_url, now=now)
            return
        _introduce(subscriber, name=name, language=language)
        asked_at = asked_at or now
        asked = ConsentKind.REQUESTED
        record(subscription, asked, source=source, now=asked_at, ip=ip, hashed_ip=hashed_ip, wording=wording)
        if basis:
            record(subscription, ConsentKind.ADDED, source=source, now=asked_at, detail=basis, by=_editor(by_id))
        subscription.refresh_from_db()  # its subscriber may just have said which language to write in
        _confirmation(subscription, asked_at=now, base_url=base_url, now=now)


def mail_again(*, email: str, now: datetime, base_url: str) -> None:
    """Send the mail of the last sign-up that waits to be confirmed once more; nothing where there is none.

    The link in it works as long as the first one did.

    Raises:
        TooSoonError: the address was mailed lately.
    """
    with transaction.atomic():
        Subscriber.objects.select_for_update().filter(email=email).first()
        asked = ConsentEvent.objects.filter(
            kind=ConsentKind.REQUESTED,
            at__gt=now - CONFIRM_WITHIN,
            subscription__subscriber__email=email,
            subscription__state=SubscriptionState.PENDING,
        )
        last = asked.select_related("subscription__subscriber", "subscription__newsletter").order_by("at", "pk").last()
        if last is None or last.subscription is None:
            return
        if until := _mailable_from(email, now):
            raise TooSoonError(until)
        _confirmation(last.subscription, asked_at=last.at, base_url=base_url, now=now)


def _confirmation(subscription: Subscription, *, asked_at: datetime, base_url: str, now: datetime) -> None:
    token = confirm_token(subscription.pk, expires_at=asked_at + CONFIRM_WITHIN, ring=key_ring())
    queue_confirmation(subscription, token=token, base_url=base_url, now=now)


def _mailable_from(address: str, now: datetime) -> datetime | None:
    """When the address may be mailed again; None for at once."""
    sent = OutgoingMail.objects.filter(recipient=address, kind__in=OF_SIGN_UPS, created_at__gt=now - DAY)
    times = list(sent.order_by("-created_at").values_list("created_at", flat=True)[:MAILS_A_DAY])
    if len(times) == MAILS_A_DAY:
        return times[-1] + DAY
    return times[0] + MAIL_WINDOW if times and times[0] + MAIL_WINDOW > now else None


def _is_answered(subscription: Subscription, now: datetime) -> bool:
    """Whether the mail that went to the address lately was about this newsletter."""
    if subscription.state == SubscriptionState.CONFIRMED:
        return True
    lately = ConsentEvent.objects.filter(subscription=subscription, kind=ConsentKind.REQUESTED, at__gt=now - DAY)
    return lately.exists()


def _introduce(subscriber: Subscriber, *, name: str, language: str) -> None:
    """Keep name and language of somebody who reads nothing yet: a stranger must not rename a reader."""
    given = {field: value for field, value in (("name", name), ("language", language)) if value}
    if given and not subscriber.subscriptions.filter(state=SubscriptionState.CONFIRMED).exists():
        Subscriber.objects.filter(pk=subscriber.pk).update(**given)


def _editor(user_id: int | None) -> AbstractBaseUser | None:
    return get_user_model().objects.filter(pk=user_id).first() if user_id else None


def _becomes_pending(subscription: Subscription, frequency: Frequency, topics: Iterable[Topic]) -> bool:
    """False for a confirmed one: nothing of it changes, for a stranger may have filled in the form.

    `ended_at` of one that had ended stays until it is confirmed: `purge` goes back to it.
    """
    unconfirmed = Subscription.objects.filter(pk=subscription.pk).exclude(state=SubscriptionState.CONFIRMED)
    if not unconfirmed.update(state=SubscriptionState.PENDING, frequency=frequency):
        return False
    subscription.topics.set(topics)
    return True
