"""How many read each newsletter, wait, joined and left: numbers for people, some minutes old."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import Count, Q

from newsletter.engine.subscriptions import SubscriptionState
from newsletter.models import Newsletter, Subscription

LATELY = timedelta(days=30)
#: Counting a million takes most of a second; nobody decides anything by the last ten minutes.
KEPT = timedelta(minutes=10)
CACHE_KEY = "newsletter.reader-counts"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderCounts:
    """`joined` and `left` are of the last 30 days."""

    newsletter: str
    confirmed: int
    waiting: int
    joined: int
    left: int


def reader_counts(now: datetime) -> list[ReaderCounts]:
    """One for each newsletter, by name; up to ten minutes old."""
    found: list[ReaderCounts] | None = cache.get(CACHE_KEY)
    if found is None:
        found = count_readers(now)
        cache.set(CACHE_KEY, found, int(KEPT.total_seconds()))
    return found


def count_readers(now: datetime) -> list[ReaderCounts]:
    """The same, counted now: one look at all subscriptions."""
    since = now - LATELY
    confirmed, ended = Q(state=SubscriptionState.CONFIRMED), Q(state=SubscriptionState.ENDED)
    of_each = Subscription.objects.values("newsletter").annotate(
        confirmed=Count("pk", filter=confirmed),
        waiting=Count("pk", filter=Q(state=SubscriptionState.PENDING)),
        joined=Count("pk", filter=confirmed & Q(confirmed_at__gt=since)),
        left=Count("pk", filter=ended & Q(ended_at__gt=since)),
    )
    rows = {row["newsletter"]: row for row in of_each.order_by()}
    return [
        ReaderCounts(
            newsletter=name,
            confirmed=rows[pk]["confirmed"] if pk in rows else 0,
            waiting=rows[pk]["waiting"] if pk in rows else 0,
            joined=rows[pk]["joined"] if pk in rows else 0,
            left=rows[pk]["left"] if pk in rows else 0,
        )
        for pk, name in Newsletter.objects.order_by("name").values_list("pk", "name")
    ]
