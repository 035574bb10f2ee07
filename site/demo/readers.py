"""Readers to try managing on: what editors keep about some of them, and one in each state that gets no mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils.text import slugify

from blog.models import Topic
from newsletter.audience.attributes import read_value
from newsletter.audience.consent import record
from newsletter.audience.end import end
from newsletter.audience.pause import pause
from newsletter.audience.suppression import SuppressionReason, suppress
from newsletter.engine.subscriptions import EndReason
from newsletter.models import (
    AttributeKind,
    AttributeValue,
    ConsentKind,
    LeavingCause,
    Newsletter,
    Segment,
    Subscriber,
    SubscriberAttribute,
    SubscriberNote,
    SubscriberTag,
    SubscriberTagging,
    Subscription,
)

COLLEAGUE, FOUNDING = "Colleague", "Founding reader"
ATTRIBUTES = {
    "city": ("City", AttributeKind.TEXT),
    "known-since": ("Known since", AttributeKind.DATE),
    "copies": ("Printed copies", AttributeKind.NUMBER),
}
SEGMENTS = {
    "Colleagues who read about sleep or talking": {
        "all": [
            {"rule": "newsletter", "value": "rounds"},
            {"rule": "tag", "value": "colleague"},
            {"any": [{"rule": "topic", "value": "sleep"}, {"rule": "topic", "value": "talking-therapies"}]},
        ]
    },
    "New this month, outside Boston": {
        "all": [
            {"rule": "newsletter", "value": "rounds"},
            {"rule": "joined", "test": "within_days", "value": 30},
            {"not": {"rule": "attribute", "of": "city", "value": "Boston"}},
        ]
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept about a reader, by the names that people see."""

    tags: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    note: str = ""


#: About some of the readers whom `--subscribers` adds, by their number.
KEPT = {
    1: Kept(tags=(FOUNDING,), attributes=(("city", "Boston"), ("known-since", "2019-05-04"))),
    2: Kept(tags=(COLLEAGUE,), topics=("sleep",), attributes=(("city", "Malmö"),)),
    3: Kept(topics=("talking-therapies", "sleep")),
    4: Kept(
        tags=(COLLEAGUE, FOUNDING),
        topics=("talking-therapies",),
        attributes=(("city", "Novi Sad"), ("copies", "12")),
        note="Prints each issue for the noticeboard of a library. Asked for larger type in the headings.",
    ),
    6: Kept(attributes=(("city", "Boston"), ("copies", "3"))),
    7: Kept(note="Wrote to thank us for the story on sleep. Would like one on working nights."),
    9: Kept(tags=(COLLEAGUE,), attributes=(("city", "İzmir"),)),
}


def make_marks() -> None:
    """The tags, attributes and segments that editors of the demo work with."""
    for name in (COLLEAGUE, FOUNDING):
        SubscriberTag.objects.get_or_create(slug=slugify(name), defaults={"name": name})
    for key, (label, kind) in ATTRIBUTES.items():
        SubscriberAttribute.objects.get_or_create(key=key, defaults={"label": label, "kind": kind})
    for name, rules in SEGMENTS.items():
        Segment.objects.get_or_create(name=name, defaults={"rules": rules})


def keep(about: Mapping[Subscription, Kept], *, now: datetime) -> None:
    """Write it down; a tag, a topic or an attribute that somebody has deleted is left out."""
    if not about:
        return
    tags = {tag.name: tag for tag in SubscriberTag.objects.all()}
    topics = {topic.slug: topic for topic in Topic.objects.all()}
    attributes = {attribute.key: attribute for attribute in SubscriberAttribute.objects.all()}
    SubscriberTagging.objects.bulk_create(
        SubscriberTagging(tag=tags[name], subscriber_id=one.subscriber_id)
        for one, kept in about.items()
        for name in kept.tags
        if name in tags
    )
    chosen: type[Any] = Subscription.topics.through
    chosen.objects.bulk_create(
        chosen(subscription_id=one.pk, topic_id=topics[slug].pk)
        for one, kept in about.items()
        for slug in kept.topics
        if slug in topics
    )
    AttributeValue.objects.bulk_create(
        value_of(one, attributes[key], text)
        for one, kept in about.items()
        for key, text in kept.attributes
        if key in attributes
    )
    editor = User.objects.filter(username="editor").first()
    SubscriberNote.objects.bulk_create(
        SubscriberNote(subscriber_id=one.subscriber_id, text=kept.note, by=editor, at=now)
        for one, kept in about.items()
        if kept.note
    )


def value_of(subscription: Subscription, attribute: SubscriberAttribute, text: str) -> AttributeValue:
    text, number = read_value(AttributeKind(attribute.kind), text)
    return AttributeValue(attribute=attribute, subscriber_id=subscription.subscriber_id, text=text, number=number)


def make_the_unmailed(newsletter: Newsletter, *, now: datetime) -> None:
    """A reader on a pause, one who has not confirmed, one who left, one who complained: none of them gets an issue."""
    marta = confirmed(newsletter, "Marta Ekdal", at=now - timedelta(days=200))
    marta.frequency = "weekly"
    marta.save(update_fields=["frequency"])
    about = Kept(tags=(FOUNDING,), topics=("sleep", "medication"), attributes=(("city", "Bergen"),))
    keep({marta: about}, now=now)
    pause(marta, weeks=8, source="demo", now=now - timedelta(days=3))

    asked = make_subscription(newsletter, "Ngozi Umeh", state="pending", at=now - timedelta(hours=5))
    record(asked, ConsentKind.REQUESTED, source="demo", now=asked.created_at)

    left = confirmed(newsletter, "Tobias Renner", at=now - timedelta(days=90))
    end(left, reason=EndReason.UNSUBSCRIBED, source="demo", now=now - timedelta(days=12))
    Subscription.objects.filter(pk=left.pk).update(left_because=LeavingCause.TOO_MANY)

    complained = confirmed(newsletter, "Priya Raman", at=now - timedelta(days=60))
    suppress(complained.subscriber.email, reason=SuppressionReason.COMPLAINED, now=now - timedelta(days=30))


def confirmed(newsletter: Newsletter, name: str, *, at: datetime) -> Subscription:
    """A reader who asked at that time and confirmed ten minutes later."""
    subscription = make_subscription(newsletter, name, state="confirmed", at=at)
    record(subscription, ConsentKind.REQUESTED, source="demo", now=at)
    record(subscription, ConsentKind.CONFIRMED, source="demo", now=at + timedelta(minutes=10))
    return subscription


def make_subscription(newsletter: Newsletter, name: str, *, state: str, at: datetime) -> Subscription:
    email = f"{slugify(name).replace('-', '.')}@example.com"
    subscriber = Subscriber.objects.create(email=email, name=name, created_at=at)
    confirmed_at = at + timedelta(minutes=10) if state == "confirmed" else None
    return Subscription.objects.create(
        newsletter=newsletter, subscriber=subscriber, state=state, created_at=at, confirmed_at=confirmed_at
    )
