"""Taking chunks: the right to send a range of deliveries, under a lease and a fence."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from newsletter.audience.suppression import suppressed_among
from newsletter.delivery.journal import Journal
from newsletter.delivery.store.lease import lease
from newsletter.delivery.store.steps import move_deliveries
from newsletter.engine.machine import CampaignState, DeliveryEvent, DeliveryState
from newsletter.models import Campaign, Chunk, Delivery, Subscription

#: Candidates read beyond those wanted: other workers take some of them in the same moment.
_MORE_THAN_WANTED = 10

READER_LEFT = "the reader had left before it was sent"


class FencedError(Exception):
    """This claim is void: its lease ran out and another worker may have the chunk. Nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to send one chunk. `fence` makes it void as soon as somebody else takes the chunk."""

    chunk_id: int
    campaign_id: int
    newsletter_id: int
    first_id: int
    last_id: int
    owner: str
    fence: int
    #: The places of the stories that these recipients get the issue without.
    leaves_out: tuple[int, ...]
    #: The backend was down before: the first answer of the other side clears that.
    is_retry: bool

    @property
    def rows(self) -> QuerySet[Delivery]:
        return deliveries_between(self.campaign_id, self.first_id, self.last_id)


class PendingRow(NamedTuple):
    """What a message is made of."""

    pk: int
    subscriber_id: int
    address: str
    name: str


class Claimed(NamedTuple):
    """A claim, what is left to send of it in the order of its ids, and its journal."""

    claim: Claim
    rows: list[PendingRow]
    journal: Journal


class _FreeChunk(NamedTuple):
    """A chunk that may be claimed, as it is read."""

    pk: int
    fence: int
    campaign_id: int
    campaign__newsletter_id: int
    campaign__retries: int
    first_id: int
    last_id: int
    leaves_out: list[int]


def deliveries_between(campaign_id: int, first_id: int, last_id: int) -> QuerySet[Delivery]:
    """Those of one chunk.

    The sum keeps the database from an index that begins with the campaign: it would read every delivery of the campaign
    to find a range of ids.
    """
    whole = Delivery.objects.alias(its_campaign=F("campaign_id") + 0)
    return whole.filter(its_campaign=campaign_id, pk__gte=first_id, pk__lte=last_id)


def backends_with_work() -> list[str]:
    """Names of the backends for which chunks of campaigns that are being sent are free."""
    names = _free().order_by().values_list("campaign__backend", flat=True).distinct()
    return sorted(names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Who wants to send through which backend, and how many chunks at most."""

    owner: str
    backend: str
    most: int = 1


def claim_next(wish: Wish, *, now: datetime) -> list[Claimed]:
    """Take free chunks of campaigns that are being sent, oldest first; none when there are none.

    A chunk whose worker died is free only after `reclaim_expired`. Readers who left, were erased or suppressed since
    the audience was frozen are skipped now. One transaction; the journals exist before it commits, so that whoever
    finds a claim finds its journal.

    Raises:
        OSError: a journal can't be made; nothing was claimed.
    """
    claimed: list[Claimed] = []
    free = _free().filter(campaign__backend=wish.backend).order_by("pk").values_list(*_FreeChunk._fields)
    try:
        with transaction.atomic():
            for row in free[: wish.most + _MORE_THAN_WANTED]:
                claim = _claim(wish.owner, _FreeChunk._make(row), now=now)
                if claim is not None:  # otherwise another worker was faster between our read and the UPDATE
                    claimed.append(_claimed(claim, now=now))
                if len(claimed) == wish.most:
                    break
    except BaseException:
        for one in claimed:
            one.journal.remove()
        raise
    return claimed


def being_sent(campaigns: Collection[int]) -> set[int]:
    """Which of these nobody has stopped."""
    sending = Campaign.objects.filter(pk__in=campaigns, state=CampaignState.SENDING)
    return set(sending.values_list("pk", flat=True))


def being_sent_by(backend: str) -> set[int]:
    """Campaigns with chunks that are free for this backend."""
    return set(_free().filter(campaign__backend=backend).order_by().values_list("campaign_id", flat=True).distinct())


def _free() -> QuerySet[Chunk]:
    return Chunk.objects.filter(closed_at=None, owner="", campaign__state=CampaignState.SENDING)


def _claim(owner: str, chunk: _FreeChunk, *, now: datetime) -> Claim | None:
    mine = Chunk.objects.filter(pk=chunk.pk, fence=chunk.fence, owner="", closed_at=None)
    if connection.vendor == "postgresql":  # not to wait for another worker that takes the same one
        mine = Chunk.objects.filter(pk__in=mine.select_for_update(skip_locked=True).values("pk"))
    if not mine.update(owner=owner, lease_until=now + lease(), fence=chunk.fence + 1):
        return None
    return Claim(
        chunk_id=chunk.pk,
        campaign_id=chunk.campaign_id,
        newsletter_id=chunk.campaign__newsletter_id,
        first_id=chunk.first_id,
        last_id=chunk.last_id,
        owner=owner,
        fence=chunk.fence + 1,
        leaves_out=tuple(chunk.leaves_out),
        is_retry=chunk.campaign__retries > 0,
    )


def _claimed(claim: Claim, *, now: datetime) -> Claimed:
    rows, gone = _pending(claim)
    suppressed = suppressed_among([row.address for row in rows])
    if suppressed:
        gone |= {row.pk for row in rows if row.address in suppressed}
        rows = [row for row in rows if row.pk not in gone]
    if gone:
        skip(claim, gone, now=now)
    return Claimed(claim, rows, Journal.create(claim.chunk_id, claim.fence, claim.first_id, claim.last_id))


def _pending(claim: Claim) -> tuple[list[PendingRow], set[int]]:
    """What is left to send, and the ids of those whose readers left or were erased.

    Past the ORM: to make its rows took as long as to send some of them.
    """
    asked = (
        claim.rows.filter(state=DeliveryState.PENDING)
        .annotate(reads=Exists(_reads(claim)))
        .order_by("pk")
        .values_list(*PendingRow._fields, "reads")
    )
    with connection.cursor() as cursor:
        cursor.execute(*asked.query.sql_with_params())
        found = cursor.fetchall()
    rows = [PendingRow._make(row[:-1]) for row in found if row[-1] and row[2]]
    if len(rows) == len(found):
        return rows, set()
    return rows, {row[0] for row in found} - {row.pk for row in rows}


def _reads(claim: Claim) -> QuerySet[Subscription]:
    return Subscription.objects.confirmed().filter(
        newsletter_id=claim.newsletter_id, subscriber_id=OuterRef("subscriber_id")
    )


def left_among(claim: Claim) -> set[int]:
    """Ids of pending deliveries of the chunk whose readers left or were erased."""
    gone = claim.rows.filter(Q(subscriber=None) | Q(address="") | ~Exists(_reads(claim)), state=DeliveryState.PENDING)
    return set(gone.values_list("pk", flat=True))


def skip(claim: Claim, gone: Collection[int], *, now: datetime) -> None:
    """Nothing of their messages was written."""
    rows = claim.rows.filter(pk__in=gone)
    move_deliveries(rows, DeliveryEvent.READER_LEFT, last_reply=READER_LEFT, settled_at=now, next_attempt_at=None)


def renew(claim: Claim, *, now: datetime) -> None:
    """Check the fence and lock the chunk until this transaction ends; every write under a claim begins so.

    Raises:
        FencedError: the claim is void.
    """
    mine = Chunk.objects.filter(pk=claim.chunk_id, owner=claim.owner, fence=claim.fence, closed_at=None)
    if not mine.update(lease_until=now + lease()):
        raise FencedError(f"chunk {claim.chunk_id} is no longer ours")


def held_fences() -> dict[int, int]:
    """The fence of each chunk that somebody has, by its id."""
    return dict(Chunk.objects.filter(closed_at=None).exclude(owner="").values_list("pk", "fence"))


def free_chunks() -> int:
    """How many chunks wait for a worker."""
    return _free().count()
