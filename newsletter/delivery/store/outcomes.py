"""What became of deliveries, as conditional UPDATEs; run under the lock of the chunk that holds them."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from django.db.models import Case, F, IntegerField, QuerySet, TextField, Value, When

from newsletter.delivery.store.steps import move_deliveries
from newsletter.engine.machine import DeliveryEvent, DeliveryState
from newsletter.engine.retry import next_attempt
from newsletter.models import Campaign, Delivery, UncertainPolicy

NO_ANSWER = "the worker ended before the answer came"
EXPIRED = "expired: deferred for more than 48 hours; last answer: "

#: Accepted ids that follow each other are booked as one range; more ranges than this are booked by their ids.
_MOST_RANGES = 8
_IDS_AT_ONCE = 2000

#: An attempt counts once it is answered or its answer is lost.
_ATTEMPTS = Case(
    When(state=DeliveryState.PENDING, then=F("attempts") + 1), default=F("attempts"), output_field=IntegerField()
)


def accept(rows: QuerySet[Delivery], ids: Sequence[int], *, now: datetime) -> None:
    """Book these as accepted, in as few statements as their order allows."""
    ranges = list(_ranges(sorted(ids)))
    if len(ranges) <= _MOST_RANGES:
        parts: Iterable[QuerySet[Delivery]] = (rows.filter(pk__gte=first, pk__lte=last) for first, last in ranges)
    else:
        parts = (rows.filter(pk__in=ids[at : at + _IDS_AT_ONCE]) for at in range(0, len(ids), _IDS_AT_ONCE))
    for part in parts:
        move_deliveries(
            part,
            DeliveryEvent.HANDED_OVER,
            DeliveryEvent.ANSWERED_OK,
            attempts=F("attempts") + 1,
            last_reply="",
            settled_at=now,
        )


def refuse(rows: QuerySet[Delivery], *words: Value | When, now: datetime) -> None:
    """The server will never take these; `words` are its answer, one for all or one for each."""
    move_deliveries(rows, DeliveryEvent.ANSWERED_NEVER, last_reply=_kept(*words), settled_at=now, attempts=_ATTEMPTS)


def defer(rows: QuerySet[Delivery], reply: str, *, now: datetime) -> None:
    """Try this delivery again later; after 48 hours it is refused."""
    since = rows.values_list("deferred_since", flat=True).first() or now
    move_deliveries(
        rows,
        DeliveryEvent.ANSWERED_LATER,
        attempts=_ATTEMPTS,
        deferred_since=since,
        last_reply=_kept(Value(reply)),
        settled_at=now,
    )
    attempts = rows.values_list("attempts", flat=True).first() or 1
    again = next_attempt(attempts, now=now, deferred_since=since, jitter=random.random())  # noqa: S311 - no secret
    if again is None:
        move_deliveries(rows, DeliveryEvent.EXPIRED, last_reply=(EXPIRED + reply)[:500], next_attempt_at=None)
    else:
        rows.filter(state=DeliveryState.DEFERRED).update(next_attempt_at=again)


def lose_answers(rows: QuerySet[Delivery], campaign_id: int, reply: str | None, *, now: datetime) -> int:
    """What was handed over and will never be answered is uncertain; the newsletter may want it sent once more."""
    lost = list(rows.filter(state=DeliveryState.PENDING).values_list("pk", flat=True))
    if lost:
        move_deliveries(
            rows.filter(pk__in=lost),
            DeliveryEvent.HANDED_OVER,
            DeliveryEvent.ANSWER_LOST,
            attempts=F("attempts") + 1,
            last_reply=NO_ANSWER if reply is None else reply,
            settled_at=now,
        )
        _resend_once(lost, campaign_id)
    return len(lost)


def _resend_once(lost: Collection[int], campaign_id: int) -> None:
    """The Message-ID is a function of the delivery: a mail program that gets both shows one."""
    policy = Campaign.objects.values_list("newsletter__uncertain_policy", flat=True).get(pk=campaign_id)
    if policy == UncertainPolicy.RESEND_ONCE:
        once = Delivery.objects.filter(pk__in=lost, resends=0)
        move_deliveries(once, DeliveryEvent.RESOLVED_TO_RESEND, resends=F("resends") + 1, settled_at=None)


def _kept(*words: Value | When) -> Case:
    """An answer as it is kept: a row whose reader was erased meanwhile keeps none."""
    whens = [word if isinstance(word, When) else When(pk__isnull=False, then=word) for word in words]
    return Case(When(subscriber=None, then=Value("")), *whens, default=F("last_reply"), output_field=TextField())


def _ranges(ids: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last of each run of ids that follow each other; `ids` are sorted."""
    first = last = ids[0]
    for number in ids[1:]:
        if number != last + 1:
            yield first, last
            first = number
        last = number
    yield first, last
