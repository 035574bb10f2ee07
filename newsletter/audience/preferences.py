"""Changing what one reads and how one is greeted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from blog.models import Topic
from newsletter.audience.consent import record
from newsletter.engine.addresses import clean_name
from newsletter.models import ConsentKind, Frequency, Subscriber, Subscription


class NotSubscribedError(Exception):
    """There is no confirmed subscription to change; only a fresh opt-in starts one."""


def change(
    subscription: Subscription,
    *,
    name: str,
    frequency: Frequency,
    topics: Iterable[Topic],
    source: str,
    now: datetime,
    ip: str = "",
) -> bool:
    """Keep what the reader chose, with the evidence; False when it was so already.

    Args:
        topics: those the reader wants; none means all.

    Raises:
        AddressError: the name can't stand in a mail.
        NotSubscribedError: the subscription is pending or has ended.
    """
    name, wanted = clean_name(name), {topic.pk for topic in topics}
    with transaction.atomic():
        kept = Subscription.objects.confirmed().filter(pk=subscription.pk)
        if not kept.update(frequency=frequency):
            raise NotSubscribedError
        before = (subscription.subscriber.name, subscription.frequency, set(_topic_ids(subscription)))
        if before == (name, frequency, wanted):
            return False
        subscription.topics.set(wanted)
        Subscriber.objects.filter(pk=subscription.subscriber_id).update(name=name)
        record(subscription, ConsentKind.CHANGED, source=source, now=now, ip=ip)
    subscription.refresh_from_db()
    return True


def _topic_ids(subscription: Subscription) -> Iterable[int]:
    return subscription.topics.values_list("pk", flat=True)
