"""Readers: seen, looked up, changed, unsubscribed, erased."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from ninja import Path, Query, Router, Status

from newsletter.api.errors import ApiError, invalid, not_found
from newsletter.api.operations import check_query, needs
from newsletter.api.shapes import (
    Address,
    Ending,
    Id,
    Reader,
    ReaderChange,
    ReaderFilter,
    Readers,
    SubscriptionChange,
    SubscriptionOut,
)
from newsletter.api.sign_ups import check_language, source_of, topics_of
from newsletter.audience.api_tokens import Scope
from newsletter.audience.attributes import AttributeValueError, set_value
from newsletter.audience.end import end
from newsletter.audience.erase import erase
from newsletter.audience.export_reader import reader_record
from newsletter.audience.preferences import NotSubscribedError, change
from newsletter.audience.tags import tag, untag
from newsletter.engine.addresses import normalise
from newsletter.engine.subscriptions import EndReason, SubscriptionState
from newsletter.models import Frequency, Subscriber, SubscriberAttribute, SubscriberTag, Subscription

router = Router()


@router.get(
    "/subscribers",
    summary="List readers",
    operation_id="list_readers",
    **needs(Scope.READ_READERS, answers={200: Readers}),
)
def list_readers(request: HttpRequest, filters: Query[ReaderFilter]) -> Readers:
    """In the order in which they came; a page at a time. Who comes or goes meanwhile shifts no page."""
    check_query(request, ReaderFilter)
    readers = _whole().filter(pk__gt=filters.after).order_by("pk")
    if filters.newsletter or filters.state:
        readers = readers.filter(Exists(_subscriptions(filters)))
    if filters.created_since:
        readers = readers.filter(created_at__gte=filters.created_since)
    page = list(readers[: filters.limit + 1])
    following = page[filters.limit - 1].pk if len(page) > filters.limit else None
    return Readers(items=[_shown(reader) for reader in page[: filters.limit]], next=following)


@router.post(
    "/subscribers/lookup",
    summary="Find a reader by address",
    operation_id="find_reader",
    **needs(Scope.READ_READERS, answers={200: Reader}, errors=(404,)),
)
def find_reader(request: HttpRequest, body: Address) -> Reader:
    """A POST, because an address in a URL ends in logs."""
    return _shown(_found(_whole().filter(email=normalise(body.email))))


@router.get(
    "/subscribers/{subscriber_id}",
    summary="See a reader",
    operation_id="see_reader",
    **needs(Scope.READ_READERS, answers={200: Reader}, errors=(404,)),
)
def see_reader(request: HttpRequest, subscriber_id: Path[Id]) -> Reader:
    return _shown(_by_id(subscriber_id))


@router.get(
    "/subscribers/{subscriber_id}/record",
    summary="Everything kept about a reader",
    operation_id="record_of_reader",
    **needs(Scope.READ_READERS, answers={200: dict[str, Any]}, errors=(404,)),
)
def record_of_reader(request: HttpRequest, subscriber_id: Path[Id]) -> dict[str, Any]:
    """What the reader gets on asking (GDPR article 15): subscriptions, evidence, mails, tags, attributes, notes."""
    return reader_record(_by_id(subscriber_id))


@router.patch(
    "/subscribers/{subscriber_id}",
    summary="Change a reader",
    operation_id="change_reader",
    **needs(Scope.WRITE_READERS, answers={200: Reader}, errors=(404, 409)),
)
def change_reader(request: HttpRequest, body: ReaderChange, subscriber_id: Path[Id]) -> Reader:
    """All of it or nothing. No state can be set: who left comes back by signing up and confirming.

    Name, language, time zone, frequency and topics change only for somebody who has a confirmed subscription.
    """
    source, now = source_of(request), timezone.now()
    check_language(body.language or "")
    with transaction.atomic():
        reader = _found(Subscriber.objects.select_for_update().filter(pk=subscriber_id))
        _change_reader(reader, body, source=source, now=now)
        for one in body.subscriptions:
            _change_subscription(reader, one, source=source, now=now)
        if body.tags is not None:
            _change_tags(reader, set(body.tags))
        _change_attributes(reader, body.attributes)
    return _shown(_by_id(subscriber_id))


@router.post(
    "/subscribers/{subscriber_id}/unsubscribe",
    summary="Unsubscribe a reader",
    operation_id="unsubscribe_reader",
    **needs(Scope.WRITE_READERS, answers={200: Reader}, errors=(404,)),
)
def unsubscribe_reader(request: HttpRequest, body: Ending, subscriber_id: Path[Id]) -> Reader:
    """From one newsletter, or from all. The same answer when it had ended before."""
    theirs = Subscription.objects.filter(subscriber=_by_id(subscriber_id)).select_related("subscriber", "newsletter")
    if body.newsletter is not None:
        theirs = theirs.filter(newsletter__slug=body.newsletter)
        if not theirs.exists():
            raise not_found("subscription")
    with transaction.atomic():
        for subscription in theirs:
            end(subscription, reason=EndReason.BY_PROGRAM, source=source_of(request), now=timezone.now())
    return _shown(_by_id(subscriber_id))


@router.delete(
    "/subscribers/{subscriber_id}",
    summary="Erase a reader",
    operation_id="erase_reader",
    **needs(Scope.ERASE_READERS, answers={204: None}, errors=(404,)),
)
def erase_reader(request: HttpRequest, subscriber_id: Path[Id]) -> Status[None]:
    """For good. Counts stay, and a keyed hash that keeps every import from bringing the address back."""
    with transaction.atomic():
        erase(_found(Subscriber.objects.select_for_update().filter(pk=subscriber_id)), now=timezone.now())
    return Status(204, None)


def _change_reader(reader: Subscriber, body: ReaderChange, *, source: str, now: datetime) -> None:
    if body.name is None and body.language is None and body.time_zone is None:
        return
    subscription = Subscription.objects.confirmed().filter(subscriber=reader).order_by("pk").first()
    if subscription is None:
        raise _not_confirmed()
    change(subscription, name=body.name, language=body.language, time_zone=body.time_zone, source=source, now=now)


def _change_subscription(reader: Subscriber, wanted: SubscriptionChange, *, source: str, now: datetime) -> None:
    subscription = Subscription.objects.filter(subscriber=reader, newsletter__slug=wanted.newsletter).first()
    if subscription is None:
        raise not_found("subscription")
    topics = None if wanted.topics is None else topics_of(wanted.topics)
    frequency = None if wanted.frequency is None else Frequency(wanted.frequency)
    try:
        change(subscription, frequency=frequency, topics=topics, source=source, now=now)
    except NotSubscribedError:
        raise _not_confirmed() from None


def _change_tags(reader: Subscriber, wanted: set[str]) -> None:
    """These and no others. A tag is made in the admin, where somebody sees what it would say about readers."""
    tags = {found.name: found for found in SubscriberTag.objects.filter(name__in=wanted)}
    if len(tags) != len(wanted):
        raise invalid("tags: one of them does not exist; tags are made in the admin")
    this = Subscriber.objects.filter(pk=reader.pk)
    for unwanted in reader.tags.exclude(name__in=wanted):
        untag(this, unwanted)
    for one in tags.values():
        tag(this, one)


def _change_attributes(reader: Subscriber, wanted: dict[str, str | None]) -> None:
    known = {found.key: found for found in SubscriberAttribute.objects.filter(key__in=wanted)}
    if len(known) != len(wanted):
        raise invalid("attributes: one of them does not exist; attributes are made in the admin")
    for key, value in wanted.items():
        try:
            set_value(reader, known[key], value or "")
        except AttributeValueError as error:
            raise invalid(f"attributes.{key}: {error}") from error


def _not_confirmed() -> ApiError:
    message = "This reader has not confirmed a subscription, or has left."
    return ApiError(409, "not_confirmed", message, "Sign them up; they become a reader by confirming.")


def _subscriptions(filters: ReaderFilter) -> QuerySet[Subscription]:
    wanted = Subscription.objects.filter(subscriber=OuterRef("pk"))
    if filters.newsletter:
        wanted = wanted.filter(newsletter__slug=filters.newsletter)
    return wanted.filter(state=filters.state) if filters.state else wanted


def _whole() -> QuerySet[Subscriber]:
    return Subscriber.objects.prefetch_related(
        "subscriptions__newsletter", "subscriptions__topics", "tags", "attribute_values__attribute"
    )


def _found(readers: Iterable[Subscriber]) -> Subscriber:
    for reader in readers:
        return reader
    raise not_found("reader")


def _by_id(subscriber_id: int) -> Subscriber:
    return _found(_whole().filter(pk=subscriber_id))


def _shown(reader: Subscriber) -> Reader:
    return Reader(
        id=reader.pk,
        email=reader.email,
        name=reader.name,
        language=reader.language,
        time_zone=reader.time_zone,
        created_at=reader.created_at,
        tags=[tag.name for tag in reader.tags.all()],
        attributes={value.attribute.key: value.text for value in reader.attribute_values.all()},
        subscriptions=[_subscription(one) for one in reader.subscriptions.all()],
    )


def _subscription(one: Subscription) -> SubscriptionOut:
    return SubscriptionOut(
        newsletter=one.newsletter.slug,
        state=SubscriptionState(one.state),
        ended_reason=EndReason(one.ended_reason) if one.ended_reason else None,
        frequency=Frequency(one.frequency),
        topics=[topic.slug for topic in one.topics.all()],
        created_at=one.created_at,
        confirmed_at=one.confirmed_at,
        ended_at=one.ended_at,
        paused_until=one.paused_until,
    )
