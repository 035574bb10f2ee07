"""A reader moves to another address: it happens once both mailboxes have said yes, and either may say no.

The page that asks for it never tells whether the new address is known: that is said by mail, to that mailbox alone.
An address that reads here (or did) is not joined with another reader: the links in mails to both would no longer mean
what they say. Its mailbox is told how to subscribe there instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from core.limits import Limit
from newsletter.audience.consent import record
from newsletter.audience.mailbox import speaking_for
from newsletter.audience.mailbox_mails import WITH_RIGHTS, queue_move_from, queue_move_known, queue_move_to
from newsletter.audience.suppression import lift
from newsletter.engine.addresses import normalise
from newsletter.engine.machine import DeliveryState
from newsletter.engine.subscriptions import SubscriptionState
from newsletter.engine.tokens import AddressClaim, End, ExpiredTokenError, address_token, read_address_token
from newsletter.models import (
    AddressChange,
    Campaign,
    ConsentEvent,
    ConsentKind,
    Delivery,
    OutgoingMail,
    OutgoingMailState,
    Subscriber,
    Subscription,
)
from newsletter.models.keys import key_ring

#: How long both mailboxes have to answer.
ANSWER_WITHIN = timedelta(days=1)
MOVES_A_DAY = Limit(name="moves-of-a-day", amount=3, every=timedelta(days=1))
#: A stranger's mailbox must not be flooded by readers who say they move there.
MAILS_TO_NEW = Limit(name="moves-to-one-address", amount=2, every=timedelta(days=1))

_UNDER_WAY = (OutgoingMailState.PENDING, OutgoingMailState.SENDING)
_STILL_TO_SEND = (DeliveryState.PENDING, DeliveryState.DEFERRED)


class SameAddressError(ValueError):
    """It is the address that the reader has already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A change of address as one of its mailboxes sees it."""

    change: AddressChange
    end: End

    @property
    def from_old(self) -> bool:
        return self.end is End.OLD

    @property
    def agreed(self) -> bool:
        """Whether this end has said yes."""
        return bool(self.change.old_agreed_at if self.end is End.OLD else self.change.new_agreed_at)

    @property
    def done(self) -> bool:
        return self.change.subscriber.email == self.change.new_email


def ask_to_move(subscriber: Subscriber, new_email: str, *, base_url: str, now: datetime) -> None:
    """Mail both ends; an earlier request of this reader is dropped. Changes nothing yet.

    Raises:
        AddressError: it is no address.
        SameAddressError: nothing would change.
    """
    address = normalise(new_email)
    if address == subscriber.email:
        raise SameAddressError
    voice = speaking_for(subscriber)
    if voice is None or not MOVES_A_DAY.spend(str(subscriber.pk), now=now):
        return
    with transaction.atomic():
        Subscriber.objects.select_for_update().get(pk=subscriber.pk)
        AddressChange.objects.filter(subscriber=subscriber).delete()
        change = AddressChange.objects.create(
            subscriber=subscriber, new_email=address, requested_at=now, expires_at=now + ANSWER_WITHIN
        )
        queue_move_from(voice, new_email=address, token=_token(change, End.OLD), base_url=base_url, now=now)
        if not MAILS_TO_NEW.spend(address, now=now):
            return
        if _is_taken(address):
            queue_move_known(voice, new_email=address, base_url=base_url, now=now)
        else:
            queue_move_to(voice, new_email=address, token=_token(change, End.NEW), base_url=base_url, now=now)


def move_asked_for(token: str, *, now: datetime) -> Move:
    """The change that the link is about; changes nothing.

    Raises:
        ExpiredTokenError: too late, or it was called off or replaced by another.
        TokenError: altered, or made for another purpose.
    """
    claim = read_address_token(token, now=now, ring=key_ring())
    change = AddressChange.objects.select_related("subscriber").filter(pk=claim.change_id).first()
    if change is None:
        raise ExpiredTokenError("This link has expired.")
    return Move(change=change, end=claim.end)


def agree(token: str, *, ip: str, now: datetime) -> Move:
    """Say yes for one end; with both, the reader moves. Pressing twice is pressing once.

    Raises:
        ExpiredTokenError: too late, or it was called off or replaced by another.
        TokenError: altered, or made for another purpose.
    """
    with transaction.atomic():
        move = move_asked_for(token, now=now)
        Subscriber.objects.select_for_update().get(pk=move.change.subscriber_id)
        field = "old_agreed_at" if move.end is End.OLD else "new_agreed_at"
        AddressChange.objects.filter(pk=move.change.pk, **{field: None}).update(**{field: now})
        move.change.refresh_from_db()
        if move.change.old_agreed_at and move.change.new_agreed_at and not move.done:
            _move(move.change, ip=ip, now=now)
        return move_asked_for(token, now=now)


def call_off(token: str, *, now: datetime) -> bool:
    """Say no, for either end: all stays as it is. False after the move, which is not undone.

    Raises:
        ExpiredTokenError: too late, or it was called off or replaced by another.
        TokenError: altered, or made for another purpose.
    """
    with transaction.atomic():
        move = move_asked_for(token, now=now)
        if move.done:
            return False
        move.change.delete()
        return True


def _token(change: AddressChange, end: End) -> str:
    claim = AddressClaim(change_id=change.pk, end=end)
    return address_token(claim, expires_at=change.expires_at, ring=key_ring())


def _others(address: str) -> QuerySet[Subscription]:
    return Subscription.objects.filter(subscriber__email=address)


def _is_taken(address: str) -> bool:
    """Whether somebody reads there, or did: only sign-ups that nobody ever confirmed give way."""
    ever = ~Q(state=SubscriptionState.PENDING) | ~Q(confirmed_at=None) | ~Q(ended_at=None)
    return _others(address).filter(ever).exists()


def _move(change: AddressChange, *, ip: str, now: datetime) -> None:
    """Reader tokens go on working: they name the subscriber, not the address."""
    subscriber, new = change.subscriber, change.new_email
    if _is_taken(new):  # since the mails went out
        return
    old = subscriber.email
    try:
        with transaction.atomic():
            _forget_sign_ups(new)
            Subscriber.objects.filter(pk=subscriber.pk).update(email=new)
    except IntegrityError:  # somebody signs up there in this very moment: the links still work, for another try
        return
    subscriber.refresh_from_db()
    lift(new)  # its own mailbox has said yes: as fresh a consent as a confirmation
    for subscription in Subscription.objects.filter(subscriber=subscriber).exclude(state=SubscriptionState.ENDED):
        record(
            subscription, ConsentKind.MOVED, source="/change-address/", now=now, ip=ip, detail="both mailboxes agreed"
        )
    _readdress_deliveries(subscriber)
    _readdress_mails(old, new)


def _forget_sign_ups(address: str) -> None:
    """The new mailbox is proved now; sign-ups for it that nobody confirmed would only be in the way."""
    ConsentEvent.objects.filter(subscription__subscriber__email=address).forget()
    Subscriber.objects.filter(email=address).delete()


def _readdress_deliveries(subscriber: Subscriber) -> None:
    """What was frozen for the old address and has not gone out goes to the new one; what went out stays as it was."""
    # Per campaign, because the only index that knows subscribers begins with the campaign.
    for campaign_id in Campaign.objects.filter(finished_at=None).values_list("pk", flat=True):
        waiting = Delivery.objects.filter(campaign_id=campaign_id, subscriber=subscriber, state__in=_STILL_TO_SEND)
        waiting.update(address=subscriber.email)


def _readdress_mails(old: str, new: str) -> None:
    """Single mails that wait follow, except links that prove the old mailbox; records of earlier ones go."""
    theirs = OutgoingMail.objects.filter(recipient=old)
    theirs.filter(kind__in=WITH_RIGHTS).delete()
    theirs.exclude(state__in=_UNDER_WAY).delete()
    for mail in theirs.select_for_update():
        head, blank, body = bytes(mail.content).partition(b"\r\n\r\n")
        content = head.replace(old.encode(), new.encode()) + blank + body
        OutgoingMail.objects.filter(pk=mail.pk).update(recipient=new, content=content)
