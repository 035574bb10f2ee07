"""Writing down what became of the messages of a claim: a few UPDATEs for all that were accepted, one for each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Value, When

from newsletter.backends.base import Outcome, Result
from newsletter.delivery.store.claims import Claim, renew, skip
from newsletter.delivery.store.outcomes import accept, defer, lose_answers, refuse
from newsletter.delivery.store.reclaiming import free
from newsletter.engine.machine import CampaignState
from newsletter.models import Campaign, Delivery


@dataclass(slots=True, kw_only=True)
class Account:
    """What became of messages of one claim since it was last booked."""

    #: Ids; their answers, where the newsletter keeps them, are in `replies`.
    accepted: list[int] = field(default_factory=list)
    replies: list[tuple[int, str]] = field(default_factory=list)
    others: list[Outcome] = field(default_factory=list)
    #: Handed over, and the sending ended before an answer came.
    lost: list[int] = field(default_factory=list)
    #: Left while it was sent; nothing of it was written to a server.
    withdrawn: list[int] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.accepted or self.others or self.lost or self.withdrawn)


def book(claim: Claim, account: Account, *, now: datetime) -> bool:
    """Commit the outcomes under the chunk's fence; returns whether the campaign is still being sent.

    Safe to repeat after a commit whose answer was lost: a settled delivery takes no second outcome.

    Raises:
        FencedError: the claim is void; nothing was written.
    """
    with transaction.atomic():
        renew(claim, now=now)
        _settle(claim, account, now=now)
        return Campaign.objects.filter(pk=claim.campaign_id, state=CampaignState.SENDING).exists()


def give_back(claim: Claim, account: Account, *, now: datetime) -> bool:
    """Nothing of this claim is being sent any more: book, and close the chunk, or free it where something is pending.

    Returns whether the chunk is closed.

    Raises:
        FencedError: the claim is void; nothing was written.
    """
    with transaction.atomic():
        renew(claim, now=now)
        _settle(claim, account, now=now)
        return free(claim.chunk_id, claim.rows, fence=claim.fence, now=now)


def _settle(claim: Claim, account: Account, *, now: datetime) -> None:
    if account.accepted:
        accept(claim.rows, account.accepted, now=now)
    if account.replies:
        _keep_replies(account.replies)
    if account.withdrawn:
        skip(claim, account.withdrawn, now=now)
    if account.lost:
        lose_answers(claim.rows.filter(pk__in=account.lost), claim.campaign_id, None, now=now)
    _settle_others(claim, account.others, now=now)
    if claim.is_retry and (account.accepted or account.others):
        Campaign.objects.filter(pk=claim.campaign_id, retries__gt=0).update(retries=0)


def _settle_others(claim: Claim, others: Sequence[Outcome], *, now: datetime) -> None:
    if refused := [outcome for outcome in others if outcome.result is Result.REFUSED]:
        words = [When(pk=outcome.key, then=Value(outcome.reply)) for outcome in refused]
        refuse(claim.rows.filter(pk__in=[outcome.key for outcome in refused]), *words, now=now)
    for outcome in others:
        row = claim.rows.filter(pk=outcome.key)
        if outcome.result is Result.DEFERRED:
            defer(row, outcome.reply, now=now)
        elif outcome.result is Result.UNKNOWN:
            lose_answers(row, claim.campaign_id, outcome.reply, now=now)


def _keep_replies(replies: Sequence[tuple[int, str]]) -> None:
    """A row whose reader was erased meanwhile keeps none."""
    table = connection.ops.quote_name(Delivery._meta.db_table)  # noqa: SLF001 - Django's documented API
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET last_reply = %s WHERE id = %s AND subscriber_id IS NOT NULL"  # noqa: S608 - own names
            " AND state = 'accepted'",
            [(reply, key) for key, reply in replies],
        )
