"""What mail servers said to a campaign: refusals and deferrals by answer, with how many and one example of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Case, Count, F, Max, Value, When
from django.db.models.functions import Left, Substr

from newsletter.delivery.watched import Watched, watch
from newsletter.engine.machine import DeliveryState
from newsletter.engine.replies_explained import explain, read_reply, without_addresses
from newsletter.models import Campaign, Delivery

#: How long they are shown before they are looked for anew.
KEEP = timedelta(seconds=5)
#: Rows of each state that are looked at: enough to see what is wrong, however many there are.
MOST_ROWS = 100_000
#: What answers are grouped by in the database: both codes, or the code and the first words.
_CODES = len("550 5.7.515")
_HEAD = 24
MOST_HEADS = 300
_EXPIRED = "expired: deferred for more than 48 hours; last answer: "
_STATES = (DeliveryState.REFUSED, DeliveryState.DEFERRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """`state` is `refused` or `deferred`; `code` and `enhanced` as `read_reply` gives them; no address in `example`."""

    state: str
    code: int
    enhanced: str
    expired: bool
    count: int
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubles:
    """Most frequent first. `partial`: there are more rows, or kinds of answers, than were looked at."""

    found: tuple[Trouble, ...]
    partial: bool


def troubles(campaign: Campaign, *, now: datetime) -> Troubles:
    """As found a few seconds ago for whoever looked then."""
    key = f"newsletter.troubles.1.{campaign.pk}.{campaign.state}"
    seen: Watched[Troubles] = watch(key, lambda _old: find_troubles(campaign.pk), keep=KEEP, now=now)
    return seen.value


def find_troubles(campaign_id: int) -> Troubles:
    """A bounded look at the rows, then one at an example for each answer."""
    heads = [(state.value, *head) for state in _STATES for head in _heads(campaign_id, state)]
    replies = dict(Delivery.objects.filter(pk__in=[pk for _, _, _, pk in heads]).values_list("pk", "last_reply"))
    merged: dict[tuple[object, ...], Trouble] = {}
    for state, _, count, pk in heads:
        reply = replies.get(pk, "")
        answer = read_reply(reply)
        # Answers without an enhanced code differ only in their words: those that mean the same are one.
        key = (state, answer.expired, answer.code, answer.enhanced, "" if answer.enhanced else explain(reply))
        known = merged.get(key)
        if known is not None:
            merged[key] = replace(known, count=known.count + count)
            continue
        merged[key] = Trouble(
            state=state,
            code=answer.code,
            enhanced=answer.enhanced,
            expired=answer.expired,
            count=count,
            example=without_addresses(reply),
        )
    looked_at = {state: sum(count for found, _, count, _ in heads if found == state) for state in _STATES}
    return Troubles(
        found=tuple(sorted(merged.values(), key=lambda trouble: -trouble.count)),
        partial=len(heads) >= MOST_HEADS or any(count >= MOST_ROWS for count in looked_at.values()),
    )


def _heads(campaign_id: int, state: DeliveryState) -> list[tuple[str, int, int]]:
    """(beginning of the answer, how many, id of one of them), most frequent first. Erased readers have no answer."""
    rows = Delivery.objects.filter(campaign_id=campaign_id, state=state)
    # These say nothing new; without them SQLite does not see that the index of exceptional states holds all it needs.
    rows = rows.exclude(state=DeliveryState.ACCEPTED).exclude(state=DeliveryState.PENDING).order_by()[:MOST_ROWS]
    expired = Case(When(last_reply__startswith=_EXPIRED, then=Value(1)), default=Value(0))
    words = Case(When(is_expired=1, then=Substr(F("last_reply"), len(_EXPIRED) + 1)), default=F("last_reply"))
    # `550 5.1.1` has a dot there: its codes say enough, and what follows may differ with each mail.
    head = Case(When(sixth=".", then=Left(F("words"), _CODES)), default=Left(F("words"), _HEAD))
    grouped = (
        Delivery.objects.filter(pk__in=rows.values("pk"))
        .annotate(is_expired=expired)
        .annotate(words=words)
        .annotate(sixth=Substr("words", 6, 1))
        .annotate(head=head)
        .values_list("head", "is_expired")
        .annotate(number=Count("pk"), one=Max("pk"))
        .order_by("-number")[:MOST_HEADS]
    )
    return [(head, number, one) for head, _, number, one in grouped]
