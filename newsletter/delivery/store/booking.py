"""Writing down what became of messages, and deciding which may be handed over: one transaction for both."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Case, Exists, F, IntegerField, OuterRef, QuerySet, TextField, Value, When

from newsletter.audience.suppression import suppressed_among
from newsletter.backends.base import Envelope, Outcome, Result
from newsletter.delivery.store.chunks import Claim, lose_answers, renew
from newsletter.delivery.store.steps import move_deliveries
from newsletter.engine.machine import CampaignState, DeliveryEvent, DeliveryState
from newsletter.engine.retry import next_attempt
from newsletter.models import Campaign, Delivery, Subscription

READER_LEFT = "the reader had left before it was sent"
EXPIRED = "expired: deferred for more than 48 hours; last answer: "

#: An attempt counts when the message is handed over; one that ends before that counts with its answer.
_ATTEMPTS = Case(
    When(state=DeliveryState.PENDING, then=F("attempts") + 1), default=F("attempts"), output_field=IntegerField()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """`allowed`: keys of deliveries that may be handed over now. `is_sending`: False once a person or the clock
    stopped the campaign."""

    allowed: frozenset[int]
    is_sending: bool


def book(claim: Claim, *, settled: Sequence[Outcome], asking: Sequence[Envelope], now: datetime) -> Booked:
    """Commit the outcomes and the hand-overs together, under the chunk's fence.

    Safe to repeat after a lost commit: a settled delivery takes no second outcome, and one that is handed over under
    this fence was handed over by us.

    Raises:
        FencedError: the claim is void; nothing was written.
    """
    with transaction.atomic():
        renew(claim, now=now)
        _settle(claim, settled, now=now)
        is_sending = Campaign.objects.filter(pk=claim.campaign_id, state=CampaignState.SENDING).exists()
        allowed = _hand_over(claim, asking, now=now) if is_sending and asking else frozenset[int]()
    return Booked(allowed=allowed, is_sending=is_sending)


def _hand_over(claim: Claim, asking: Sequence[Envelope], *, now: datetime) -> frozenset[int]:
    """Readers who left, were erased or suppressed meanwhile are skipped: nothing of their message was written yet."""
    suppressed = suppressed_among(envelope.recipient for envelope in asking)
    rows = claim.rows.filter(pk__in=[envelope.key for envelope in asking])
    reads = Subscription.objects.confirmed().filter(
        newsletter_id=claim.newsletter_id, subscriber_id=OuterRef("subscriber_id")
    )
    wanted = [envelope.key for envelope in asking if envelope.recipient not in suppressed]
    move_deliveries(rows.filter(Exists(reads), pk__in=wanted), DeliveryEvent.HANDED_OVER, attempts=F("attempts") + 1)
    allowed = frozenset(rows.filter(pk__in=wanted, state=DeliveryState.HANDED_OVER).values_list("pk", flat=True))
    left = rows.exclude(pk__in=allowed).filter(state=DeliveryState.PENDING)
    if len(allowed) < len(asking):
        move_deliveries(left, DeliveryEvent.READER_LEFT, last_reply=READER_LEFT, settled_at=now)
    return allowed


def _settle(claim: Claim, settled: Sequence[Outcome], *, now: datetime) -> None:
    by_result: dict[Result, list[Outcome]] = {}
    for outcome in settled:
        by_result.setdefault(outcome.result, []).append(outcome)
    if outcomes := by_result.pop(Result.ACCEPTED, None):
        move_deliveries(
            _rows(claim, outcomes), DeliveryEvent.ANSWERED_OK, last_reply=_replies(outcomes), settled_at=now
        )
    if outcomes := by_result.pop(Result.REFUSED, None):
        move_deliveries(
            _rows(claim, outcomes),
            DeliveryEvent.ANSWERED_NEVER,
            last_reply=_replies(outcomes),
            settled_at=now,
            attempts=_ATTEMPTS,
        )
    for outcome in by_result.pop(Result.DEFERRED, ()):
        _defer(claim, outcome, now=now)
    for outcome in by_result.pop(Result.UNKNOWN, ()):
        lose_answers(_rows(claim, [outcome]), claim.campaign_id, outcome.reply, now=now)
    if claim.is_retry and settled:
        Campaign.objects.filter(pk=claim.campaign_id, retries__gt=0).update(retries=0)


def _defer(claim: Claim, outcome: Outcome, *, now: datetime) -> None:
    """Try again later; after 48 hours it is refused."""
    rows = _rows(claim, [outcome])
    since = rows.values_list("deferred_since", flat=True).first() or now
    move_deliveries(
        rows,
        DeliveryEvent.ANSWERED_LATER,
        attempts=_ATTEMPTS,
        deferred_since=since,
        last_reply=_replies([outcome]),
        settled_at=now,
    )
    attempts = rows.values_list("attempts", flat=True).first() or 1
    again = next_attempt(attempts, now=now, deferred_since=since, jitter=random.random())  # noqa: S311 - no secret
    if again is None:
        move_deliveries(rows, DeliveryEvent.EXPIRED, last_reply=(EXPIRED + outcome.reply)[:500], next_attempt_at=None)
    else:
        rows.filter(state=DeliveryState.DEFERRED).update(next_attempt_at=again)


def _rows(claim: Claim, outcomes: Iterable[Outcome]) -> QuerySet[Delivery]:
    return claim.rows.filter(pk__in=[outcome.key for outcome in outcomes])


def _replies(outcomes: Iterable[Outcome]) -> Case:
    """Each row its own reply in one UPDATE. A row whose reader was erased meanwhile keeps none."""
    return Case(
        When(subscriber=None, then=Value("")),
        *(When(pk=outcome.key, then=Value(outcome.reply)) for outcome in outcomes),
        default=F("last_reply"),
        output_field=TextField(),
    )
