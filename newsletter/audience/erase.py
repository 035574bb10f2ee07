"""Erasing a reader: everything that names them goes, the counts and a keyed hash stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q
from wagtail.models import ModelLogEntry

from blog.models import ProblemReport
from newsletter.audience.hooks import forget_subscriber
from newsletter.audience.mailchimp.forget import forget_contact, forget_reader
from newsletter.audience.suppression import SuppressionReason, suppress
from newsletter.engine.addresses import normalise
from newsletter.models import (
    AddressChange,
    Campaign,
    ConsentEvent,
    Delivery,
    HookAttempt,
    MailchimpCampaign,
    OutgoingMail,
    SignUpRequest,
    StagedReader,
    Subscriber,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remains:
    """What is left of a reader after the erasure: numbers that no longer say whose they are."""

    deliveries: int  #: lines of ledgers without address, name and reply
    events: int  #: pieces of evidence without a person


def erase(subscriber: Subscriber, *, now: datetime) -> Remains:
    """Forget the subscriber (GDPR article 17).

    Deliveries lose key, address, name and reply and still count; a keyed hash keeps every import from bringing the
    address back. Evidence of consent stays without a person. A delivery without a subscriber is not sent any more.
    Other programs that were told of the reader are told to forget them, by number (article 19). Where Mailchimp may
    have them they are deleted for good there: until that is done, a hash of the address is kept as a mark.

    A file of readers that is still on its way in keeps its bytes until it is imported or cancelled; the row is refused.

    A test looks for the address in every table afterwards: whoever keeps it in a new one has to forget it here.
    """
    with transaction.atomic():
        suppress(subscriber.email, reason=SuppressionReason.ERASED, now=now)
        # Before their contacts at Mailchimp, in the order of whoever brings readers there: else one of both is aborted.
        Subscriber.objects.select_for_update().filter(pk=subscriber.pk).first()
        events = _forget_evidence(subscriber)
        deliveries = _forget_deliveries(subscriber)
        _forget_requests(subscriber)
        HookAttempt.objects.filter(hook__subscriber_id=subscriber.pk).update(answer="")  # it may repeat what it got
        forget_subscriber(subscriber.pk, now=now)
        _forget_records_of_work(subscriber)
        forget_reader(subscriber, now=now)
        subscriber.delete()
    return Remains(deliveries=deliveries, events=events)


def forget_address(address: str, *, now: datetime) -> bool:
    """Forget an address that is no subscriber's but stands somewhere; False when it stands nowhere.

    A sign-up that the worker has not taken yet, a row of an import that nobody has confirmed, the new end of a move, a
    contact that only Mailchimp has or that an issue was sent to there.

    Raises:
        AddressError: it is no address.
    """
    address = normalise(address)
    with transaction.atomic():
        was_mailed = _forget_unknown_recipient(address) > 0
        waited = _forget_waiting(address) | (forget_contact(address, now=now) > 0) | was_mailed
        if waited:
            OutgoingMail.objects.filter(recipient=address).delete()
            suppress(address, reason=SuppressionReason.ERASED, now=now)
    return waited


def _forget_evidence(subscriber: Subscriber) -> int:
    theirs = ConsentEvent.objects.filter(subscription__subscriber=subscriber)
    # An editor's words on why somebody was added may name them.
    return theirs.update(ip_hash="", detail="")


def _forget_deliveries(subscriber: Subscriber) -> int:
    # Per campaign, because the only index that knows subscribers begins with the campaign.
    return _forget_unknown_recipient(subscriber.email) + sum(
        Delivery.objects.filter(campaign_id=campaign_id, subscriber=subscriber).update(
            subscriber=None, address="", name="", last_reply=""
        )
        for campaign_id in Campaign.objects.values_list("pk", flat=True)
    )


def _forget_unknown_recipient(address: str) -> int:
    """Lines of ledgers of what a service sent to an address that was nobody's here then."""
    return sum(
        Delivery.objects.filter(campaign_id=campaign_id, subscriber=None, address=address).update(
            address="", name="", last_reply=""
        )
        for campaign_id in MailchimpCampaign.objects.values_list("campaign_id", flat=True)
    )


def _forget_requests(subscriber: Subscriber) -> None:
    """What they asked for, rows of imported files, mails to them and to an address that they wanted to move to."""
    moves = AddressChange.objects.filter(subscriber=subscriber)
    OutgoingMail.objects.filter(recipient__in=[subscriber.email, *moves.values_list("new_email", flat=True)]).delete()
    _forget_waiting(subscriber.email)


def _forget_waiting(address: str) -> bool:
    """Whether anything waited."""
    rows = (
        AddressChange.objects.filter(new_email=address),
        SignUpRequest.objects.filter(email=address),
        StagedReader.objects.filter(Q(email=address) | Q(original__icontains=address)),
    )
    return sum(row.delete()[0] for row in rows) > 0


def _forget_records_of_work(subscriber: Subscriber) -> None:
    """What editors' work left: the admin's log names records by their title, and reports carry a sender's address."""
    theirs = ModelLogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Subscriber), object_id=str(subscriber.pk)
    )
    theirs.update(label="", data={})
    ProblemReport.objects.filter(email__iexact=subscriber.email).update(email="")
