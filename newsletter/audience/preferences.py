"""Changing what one reads, how often, and how one is greeted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from blog.models import Topic
from newsletter.audience.consent import record
from newsletter.engine.addresses import given_name
from newsletter.engine.time_zones import zone_of
from newsletter.models import ConsentKind, Frequency, Subscriber, Subscription


class NotSubscribedError(Exception):
    """There is no confirmed subscription to change; only a fresh opt-in starts one."""


def change(
    subscription: Subscription,
    *,
    name: str | None = None,
    frequency: Frequency | None = None,
    topics: Iterable[Topic] | None = None,
    language: str | None = None,
    time_zone: str | None = None,
    source: str,
    now: datetime,
    ip: str = "",
    by: AbstractBaseUser | None = None,
) -> bool:
    """Keep what the reader chose, with the evidence of what changed; False when all was so already.

    What is None stays as it is.

    Args:
        topics: those the reader wants; an empty list means all.
        language: a code of settings.LANGUAGES; empty for the newsletter's own.
        time_zone: a name such as Europe/Berlin; empty for the newsletter's own.

    Raises:
        AddressError: the name can't stand in a mail.
        TimeZoneError: there is no such time zone.
        NotSubscribedError: the subscription is pending or has ended.
    """
    about_reader = {"name": None if name is None else given_name(name), "language": language, "time_zone": time_zone}
    if time_zone:
        zone_of(time_zone)
    with transaction.atomic():
        kept = Subscription.objects.confirmed().select_for_update().select_related("subscriber")
        before = kept.filter(pk=subscription.pk).first()
        if before is None:
            raise NotSubscribedError
        changed = [*_change_reader(before.subscriber, about_reader), *_change_subscription(before, frequency, topics)]
        if changed:
            record(before, ConsentKind.CHANGED, source=source, now=now, ip=ip, detail="; ".join(changed)[:300], by=by)
    subscription.refresh_from_db()
    return bool(changed)


def _change_reader(subscriber: Subscriber, wanted: dict[str, str | None]) -> list[str]:
    """What changed, in words for the evidence. The name itself is not among them: evidence outlives an erasure."""
    changed = {
        field: value for field, value in wanted.items() if value is not None and value != getattr(subscriber, field)
    }
    if changed:
        Subscriber.objects.filter(pk=subscriber.pk).update(**changed)
    return [
        "name" if field == "name" else f"{field}: {value or 'as the newsletter'}" for field, value in changed.items()
    ]


def _change_subscription(
    subscription: Subscription, frequency: Frequency | None, topics: Iterable[Topic] | None
) -> list[str]:
    changed = []
    if frequency is not None and frequency != subscription.frequency:
        Subscription.objects.filter(pk=subscription.pk).update(frequency=frequency)
        changed.append(f"frequency: {frequency.value}")
    if topics is not None:
        wanted = {topic.pk: topic.slug for topic in topics}
        if wanted.keys() != set(subscription.topics.values_list("pk", flat=True)):
            subscription.topics.set(wanted)
            changed.append(f"topics: {', '.join(sorted(wanted.values())) or 'all'}")
    return changed
