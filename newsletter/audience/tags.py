"""Putting a tag on readers and taking it off, many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef

from newsletter.models import Subscriber, SubscriberTag, SubscriberTagging

if TYPE_CHECKING:
    from django.db.models import QuerySet

#: Rows per statement.
BATCH = 5_000


def tag(subscribers: QuerySet[Subscriber], tag: SubscriberTag) -> int:
    """Put the tag on each of them; returns how many had not got it."""
    tagged = SubscriberTagging.objects.filter(tag=tag, subscriber=OuterRef("pk"))
    ids = list(subscribers.filter(~Exists(tagged)).order_by("pk").values_list("pk", flat=True))
    with transaction.atomic():
        for first in range(0, len(ids), BATCH):
            SubscriberTagging.objects.bulk_create(
                (SubscriberTagging(tag=tag, subscriber_id=pk) for pk in ids[first : first + BATCH]),
                ignore_conflicts=True,  # somebody else tags the same readers at this moment
            )
    return len(ids)


def untag(subscribers: QuerySet[Subscriber], tag: SubscriberTag) -> int:
    """Take the tag off each of them; returns how many had it."""
    wanted = SubscriberTagging.objects.filter(tag=tag, subscriber__in=subscribers.order_by().values("pk"))
    return wanted.delete()[0]
