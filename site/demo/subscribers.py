"""Readers for the demo newsletter: as many as one likes, all at example.com, nobody mailed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction

from demo.readers import KEPT, keep
from newsletter.audience.wording import CURRENT
from newsletter.models import ConsentEvent, Newsletter, Subscriber, Subscription

BATCH = 5000
#: Some names that encodings stumble over; an empty one is a reader who gave none.
NAMES = (
    "Ana",
    "Björn",
    "Chloé",
    "",
    "Đorđe",
    "Emeka",
    "Fatma Öz",
    "Grace O’Hara",
    "",
    "İpek",
    "João",
    "Kim, R.",
    "李娜",
)


def ensure_subscribers(newsletter: Newsletter, count: int, *, now: datetime) -> int:
    """See to it that the readers 1 to `count` exist, confirmed; returns how many were added.

    A reader who is there already is left as he is: who unsubscribed while trying things out stays unsubscribed.
    """
    added = 0
    with transaction.atomic():
        for numbers in batches(count):
            added += add_missing(newsletter, numbers, now=now)
    return added


def batches(count: int) -> Iterator[range]:
    for first in range(1, count + 1, BATCH):
        yield range(first, min(first + BATCH, count + 1))


def add_missing(newsletter: Newsletter, numbers: Sequence[int], *, now: datetime) -> int:
    wanted = {address(number): NAMES[number % len(NAMES)] for number in numbers}
    known = set(Subscriber.objects.filter(email__in=wanted).values_list("email", flat=True))
    Subscriber.objects.bulk_create(
        Subscriber(email=email, name=name, created_at=now) for email, name in wanted.items() if email not in known
    )
    strangers = Subscriber.objects.filter(email__in=wanted).exclude(subscriptions__newsletter=newsletter)
    subscriptions = Subscription.objects.bulk_create(
        Subscription(subscriber=reader, newsletter=newsletter, state="confirmed", created_at=now, confirmed_at=now)
        for reader in strangers.order_by("email")
    )
    ConsentEvent.objects.bulk_create(
        ConsentEvent(subscription=subscription, kind="confirmed", wording=CURRENT, source="demo", at=now)
        for subscription in subscriptions
    )
    notable = {address(number): kept for number, kept in KEPT.items()}
    added = {one: notable[one.subscriber.email] for one in subscriptions if one.subscriber.email in notable}
    keep(added, now=now)
    return len(subscriptions)


def address(number: int) -> str:
    return f"reader{number:06d}@example.com"
