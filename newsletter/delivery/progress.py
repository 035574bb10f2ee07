"""How a campaign gets on, for those who watch it: counts, rates, time left. Cheap enough to be asked all the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min

from newsletter.delivery.report import counts
from newsletter.delivery.watched import Watched, watch
from newsletter.engine.machine import CampaignState, DeliveryState
from newsletter.models import Campaign, Chunk, Delivery

#: How long counts are shown before somebody who looks makes them anew.
KEEP = timedelta(seconds=1.5)
#: "Now" in "so many a minute now".
LATELY = timedelta(seconds=30)
_SHORTEST = timedelta(seconds=1)

#: Up to here all rows are counted; beyond, only those that are not in the usual two states.
FEW = 20_000
_MANY_IN_WORK = 40

_C, _D = CampaignState, DeliveryState
_NOT_TRIED = frozenset({_D.PENDING, _D.HANDED_OVER})
#: They got an answer, or the answer was lost; skipped ones never asked for one.
_TRIED = tuple(state for state in DeliveryState if state not in _NOT_TRIED and state is not _D.SKIPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    at: datetime
    tried: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """`counts` by state, zeros too; `samples` of the last half minute, oldest first, this one last."""

    counts: dict[str, int]
    next_try: datetime | None
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Rates are in messages a minute and None where they are not known; so is the time left."""

    counts: dict[str, int]
    total: int
    #: When this was counted.
    at: datetime
    #: When the first of those that asked for patience is tried again.
    next_try: datetime | None
    rate: float | None
    average: float | None
    time_left: timedelta | None

    @property
    def not_tried(self) -> int:
        return sum(self.counts[state] for state in _NOT_TRIED)

    @property
    def done(self) -> int:
        """Those that are settled for good, or until a person decides."""
        return self.total - self.not_tried - self.counts[_D.DEFERRED]


def progress(campaign: Campaign, *, now: datetime) -> Progress:
    """Where the campaign stands, as counted a moment ago for whoever looked then."""
    # A step of the campaign is shown with counts that were made after it: the state is part of the name.
    key = f"newsletter.progress.1.{campaign.pk}.{campaign.state}"
    seen: Watched[Counted] = watch(key, lambda old: _count(campaign, old, now=now), keep=KEEP, now=now)
    counted = seen.value
    is_sending = campaign.state == _C.SENDING
    rate = rate_of(counted.samples) if is_sending else None
    average = _average(campaign, _tried(counted.counts), at=seen.at)
    left = sum(counted.counts[state] for state in _NOT_TRIED)
    return Progress(
        counts=counted.counts,
        total=sum(counted.counts.values()),
        at=seen.at,
        next_try=counted.next_try,
        rate=rate,
        average=average,
        time_left=time_left(left, rate if rate is not None else average) if is_sending else None,
    )


def rate_of(samples: tuple[Sample, ...]) -> float | None:
    """Messages a minute between the first and the last sample; None where they are too close to tell."""
    if not samples or samples[-1].at - samples[0].at < _SHORTEST:
        return None
    minutes = (samples[-1].at - samples[0].at) / timedelta(minutes=1)
    return max(samples[-1].tried - samples[0].tried, 0) / minutes


def time_left(messages: int, rate: float | None) -> timedelta | None:
    """How long `messages` take at this rate; None where nothing moves or nothing is left."""
    if not messages or not rate:
        return None
    return timedelta(minutes=min(messages / rate, 60 * 24 * 365))


def _count(campaign: Campaign, old: Counted | None, *, now: datetime) -> Counted:
    found = quick_counts(campaign)
    samples = [] if old is None else [sample for sample in old.samples if now - LATELY <= sample.at < now]
    return Counted(
        counts=found,
        next_try=_next_try(campaign) if found[_D.DEFERRED] else None,
        samples=(*samples, Sample(at=now, tried=_tried(found))),
    )


def quick_counts(campaign: Campaign) -> dict[str, int]:
    """Deliveries per state as `report.counts` has them; of a large campaign under way without reading all its rows.

    A delivery leaves `pending` only under a claim, so a chunk that was never claimed needs no look; what is neither
    pending nor in one of the rarer states was accepted. Counts of one moment may differ by what moves in it.
    """
    if campaign.recipients <= FEW or campaign.finished_at is not None:
        return counts(campaign)
    pending = _pending(campaign)
    if pending is None:
        return counts(campaign)
    rare = Delivery.objects.filter(campaign_id=campaign.pk).exclude(state=_D.ACCEPTED).exclude(state=_D.PENDING)
    found = dict(rare.order_by().values_list("state").annotate(Count("pk")))
    accepted = max(campaign.recipients - pending - sum(found.values()), 0)
    found |= {_D.PENDING.value: pending, _D.ACCEPTED.value: accepted}
    return {state.value: found.get(state.value, 0) for state in DeliveryState}


def _pending(campaign: Campaign) -> int | None:
    """How many wait, from the open chunks; None where only counting them all can tell."""
    chunks = Chunk.objects.filter(campaign_id=campaign.pk).order_by()
    ends = chunks.aggregate(first=Min("first_id"), last=Max("last_id"))
    if ends["first"] is None or ends["last"] - ends["first"] + 1 != campaign.recipients:
        return None  # two audiences were frozen at once, and their ids are mixed
    pending, in_work = 0, []
    for first, last, fence in chunks.filter(closed_at=None).values_list("first_id", "last_id", "fence"):
        if fence:
            in_work.append((first, last))
        else:
            pending += last - first + 1
    if len(in_work) > _MANY_IN_WORK:
        return None
    rows = Delivery.objects.filter(campaign_id=campaign.pk, state=_D.PENDING)
    return pending + sum(rows.filter(pk__gte=first, pk__lte=last).count() for first, last in in_work)


def _tried(found: dict[str, int]) -> int:
    return sum(found[state] for state in _TRIED)


def _average(campaign: Campaign, tried: int, *, at: datetime) -> float | None:
    if campaign.started_at is None or not tried:
        return None
    took = (campaign.finished_at or at) - campaign.started_at
    return tried / (took / timedelta(minutes=1)) if took >= _SHORTEST else None


def _next_try(campaign: Campaign) -> datetime | None:
    deferred = Delivery.objects.filter(campaign_id=campaign.pk, state=_D.DEFERRED)
    first: datetime | None = deferred.order_by().aggregate(first=Min("next_attempt_at"))["first"]
    return first
