"""Who sends which range: claim under a lease, give back, reclaim from the dead."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from newsletter.delivery.store.steps import move_deliveries
from newsletter.engine.machine import CampaignState, DeliveryEvent, DeliveryState
from newsletter.models import Campaign, Chunk, Delivery, UncertainPolicy

logger = logging.getLogger(__name__)

#: How long a worker that says nothing keeps its chunk. Renewed with every booking, once a second at least.
LEASE = timedelta(seconds=20)

NO_ANSWER = "the worker ended before the answer came"


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


def deliveries_between(campaign_id: int, first_id: int, last_id: int) -> QuerySet[Delivery]:
    return Delivery.objects.filter(campaign_id=campaign_id, pk__gte=first_id, pk__lte=last_id)


def claim_next(owner: str, *, now: datetime) -> Claim | None:
    """Take a free chunk of a campaign that is being sent; None when there is none.

    A chunk whose worker died is free only after `reclaim_expired`.
    """
    free = Chunk.objects.filter(closed_at=None, owner="", campaign__state=CampaignState.SENDING)
    for chunk in free.select_related("campaign").defer("campaign__compiled", "campaign__web_html").order_by("pk")[:20]:
        won = Chunk.objects.filter(pk=chunk.pk, fence=chunk.fence, owner="", closed_at=None).update(
            owner=owner, lease_until=now + LEASE, fence=F("fence") + 1
        )
        if won:  # otherwise another worker was faster between our read and this UPDATE
            return Claim(
                chunk_id=chunk.pk,
                campaign_id=chunk.campaign_id,
                newsletter_id=chunk.campaign.newsletter_id,
                first_id=chunk.first_id,
                last_id=chunk.last_id,
                owner=owner,
                fence=chunk.fence + 1,
                is_retry=chunk.campaign.retries > 0,
            )
    return None


def pending_rows(claim: Claim, *, now: datetime) -> list[PendingRow]:
    """What is left to send of the chunk, in the order of its ids. Erased readers are skipped at once.

    Raises:
        FencedError: the claim is void.
    """
    with transaction.atomic():
        renew(claim, now=now)
        erased = claim.rows.filter(Q(subscriber=None) | Q(address=""))
        move_deliveries(erased, DeliveryEvent.READER_LEFT, settled_at=now, next_attempt_at=None)
        rows = claim.rows.filter(state=DeliveryState.PENDING).order_by("pk")
        return [PendingRow(*row) for row in rows.values_list("pk", "subscriber_id", "address", "name")]


def renew(claim: Claim, *, now: datetime) -> None:
    """Check the fence and lock the chunk until this transaction ends; every write under a claim begins so.

    Raises:
        FencedError: the claim is void.
    """
    mine = Chunk.objects.filter(pk=claim.chunk_id, owner=claim.owner, fence=claim.fence, closed_at=None)
    if not mine.update(lease_until=now + LEASE):
        raise FencedError(f"chunk {claim.chunk_id} is no longer ours")


def give_back(claim: Claim, *, now: datetime) -> bool:
    """Nothing of this claim is being sent any more: close the chunk, or free it if something is still pending.

    What was handed over without an answer is uncertain. Returns whether the chunk is closed.

    Raises:
        FencedError: the claim is void.
    """
    with transaction.atomic():
        renew(claim, now=now)
        # The lock comes first and these are statements of their own, so they see what others committed before it.
        return _free(claim.chunk_id, claim.rows, fence=claim.fence, now=now)


def reclaim_expired(*, now: datetime) -> int:
    """Free the chunks of workers that died or stalled past their lease; returns how many."""
    expired = Chunk.objects.filter(closed_at=None, lease_until__lt=now).exclude(owner="")
    return sum(_reclaim(chunk_id, now=now) for chunk_id in expired.values_list("pk", flat=True))


def reopen_chunks_with_pending(campaign_id: int) -> int:
    """Open the closed chunks that hold pending deliveries; the caller holds the campaign's lock."""
    pending = Delivery.objects.filter(
        campaign_id=campaign_id,
        state=DeliveryState.PENDING,
        pk__gte=OuterRef("first_id"),
        pk__lte=OuterRef("last_id"),
    )
    return Chunk.objects.filter(Exists(pending), campaign_id=campaign_id).exclude(closed_at=None).update(closed_at=None)


def lose_answers(rows: QuerySet[Delivery], campaign_id: int, reply: str | None, *, now: datetime) -> int:
    """Handed-over rows whose answer will never come are uncertain; the newsletter may want them sent once more."""
    changes = {} if reply is None else {"last_reply": reply}
    lost = list(rows.filter(state=DeliveryState.HANDED_OVER).values_list("pk", flat=True))
    if lost:
        move_deliveries(rows.filter(pk__in=lost), DeliveryEvent.ANSWER_LOST, settled_at=now, **changes)
        _resend_once(lost, campaign_id)
    return len(lost)


def _resend_once(lost: Collection[int], campaign_id: int) -> None:
    """The Message-ID is a function of the delivery: a mail program that gets both shows one."""
    policy = Campaign.objects.values_list("newsletter__uncertain_policy", flat=True).get(pk=campaign_id)
    if policy == UncertainPolicy.RESEND_ONCE:
        once = Delivery.objects.filter(pk__in=lost, resends=0)
        move_deliveries(once, DeliveryEvent.RESOLVED_TO_RESEND, resends=F("resends") + 1, settled_at=None)


def _reclaim(chunk_id: int, *, now: datetime) -> bool:
    with transaction.atomic():
        chunk = (
            Chunk.objects.select_for_update()
            .filter(pk=chunk_id, closed_at=None, lease_until__lt=now)
            .exclude(owner="")
            .first()
        )
        if chunk is None:  # renewed or reclaimed in between
            return False
        rows = deliveries_between(chunk.campaign_id, chunk.first_id, chunk.last_id)
        logger.warning("%s has the chunk %s no more: its lease ran out", chunk.owner, chunk.pk)
        _free(chunk.pk, rows, fence=chunk.fence + 1, now=now)
        return True


def _free(chunk_id: int, rows: QuerySet[Delivery], *, fence: int, now: datetime) -> bool:
    """Run under the chunk's lock."""
    chunk = Chunk.objects.get(pk=chunk_id)
    lose_answers(rows, chunk.campaign_id, NO_ANSWER, now=now)
    is_closed = not rows.filter(state=DeliveryState.PENDING).exists()
    Chunk.objects.filter(pk=chunk_id).update(
        owner="", lease_until=None, fence=fence, closed_at=now if is_closed else None
    )
    return is_closed
