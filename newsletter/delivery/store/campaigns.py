"""Steps of whole campaigns."""

from __future__ import annotations

import logging
import random
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from newsletter.audience.hooks import announce_sent
from newsletter.delivery import crash_points
from newsletter.delivery.store import fitted
from newsletter.delivery.store.audience import insert_chunks, insert_deliveries
from newsletter.delivery.store.last_sent import remember_last_sent
from newsletter.delivery.store.reclaiming import reopen_chunks_with_pending
from newsletter.delivery.store.steps import move_campaigns, move_deliveries
from newsletter.engine.machine import CampaignEvent, CampaignState, DeliveryEvent, DeliveryState
from newsletter.engine.retry import backend_retry
from newsletter.models import Campaign, Chunk, Delivery

logger = logging.getLogger(__name__)

#: A campaign with one of these is not done.
_UNFINISHED = (DeliveryState.HANDED_OVER, DeliveryState.DEFERRED)


def came_due(campaign_id: int) -> bool:
    return _move(campaign_id, CampaignEvent.CAME_DUE, reason="")


def bring_forward(campaign_id: int, *, now: datetime) -> bool:
    """Make a scheduled campaign due at once."""
    waiting = rows_of(campaign_id).filter(state=CampaignState.SCHEDULED, scheduled_at__gt=now)
    return bool(waiting.update(scheduled_at=now))


def freeze(campaign: Campaign, *, sender_domain: str, now: datetime) -> bool:
    """Freeze the audience and start sending, in one transaction: a crash before its commit leaves nothing.

    The campaign's row is taken first. A second freeze waits for it, finds the step taken, and does nothing.
    """
    with transaction.atomic():
        if not _move(campaign.pk, CampaignEvent.FROZEN, started_at=now, sender_domain=sender_domain):
            return False
        _insert(campaign, now=now)
        crash_points.reached("before_freeze_commits")
        return True


def release(campaign: Campaign, *, sender_domain: str, now: datetime) -> bool:
    """Send a held campaign after all; one that was held before its audience was frozen gets it frozen now."""
    with transaction.atomic():
        if not _move(campaign.pk, CampaignEvent.RELEASED, reason=""):
            return False
        never_frozen = Campaign.objects.filter(pk=campaign.pk, started_at=None)
        if never_frozen.update(started_at=now, sender_domain=sender_domain):
            _insert(campaign, now=now)
        return True


def hold(campaign_id: int, reason: str) -> bool:
    """A person has to look at it; `reason` tells them why."""
    return _move(campaign_id, CampaignEvent.HELD, reason=reason[:500])


def fail(campaign_id: int, reason: str) -> bool:
    """It can't be prepared; nothing was sent."""
    return _move(campaign_id, CampaignEvent.FAILED, reason=reason[:500])


def pause(campaign_id: int) -> bool:
    return _move(campaign_id, CampaignEvent.PAUSED, retry_at=None)


def resume(campaign_id: int) -> bool:
    return _move(campaign_id, CampaignEvent.RESUMED, reason="", retries=0)


def cancel(campaign_id: int, *, now: datetime) -> bool:
    """Stop for good: what was not handed over is skipped.

    A chunk that a worker has is left to it: it alone knows what is on the wire, and hears of this at its next look.
    What it gives back pending is skipped then (`reclaiming.free`).
    """
    with transaction.atomic():
        if not _move(campaign_id, CampaignEvent.CANCELLED, finished_at=now, reason="", retry_at=None):
            return False
        chunks = Chunk.objects.select_for_update().filter(campaign_id=campaign_id, closed_at=None).order_by("pk")
        held = [(chunk.first_id, chunk.last_id) for chunk in chunks if chunk.owner]
        rows = Delivery.objects.filter(campaign_id=campaign_id)
        for first, last in held:
            rows = rows.exclude(pk__gte=first, pk__lte=last)
        move_deliveries(rows, DeliveryEvent.CAMPAIGN_CANCELLED, next_attempt_at=None, settled_at=now)
        Chunk.objects.filter(campaign_id=campaign_id, closed_at=None, owner="").update(closed_at=now)
        remember_last_sent(campaign_id)
        return True


def backend_went_down(campaign_id: int, reason: str, *, now: datetime) -> bool:
    """Wait and try again by itself; workers that find out at the same time count once."""
    with transaction.atomic():
        campaign = Campaign.objects.select_for_update().only("retries", "state").get(pk=campaign_id)
        retry_at = backend_retry(campaign.retries, now=now, jitter=random.random())  # noqa: S311 - no secret
        return _move(
            campaign_id,
            CampaignEvent.BACKEND_WENT_DOWN,
            reason=reason[:500],
            retry_at=retry_at,
            retries=F("retries") + 1,
        )


def rest(campaign_id: int, reason: str, *, until: datetime) -> bool:
    """Nothing more may go before that instant; then it goes on by itself."""
    return _move(campaign_id, CampaignEvent.BACKEND_WENT_DOWN, reason=reason[:500], retry_at=until)


def try_backends_again(*, now: datetime) -> int:
    """Let the waiting campaigns whose time has come try; returns how many."""
    waiting = Campaign.objects.filter(retry_at__lte=now, remote=None)
    return move_campaigns(waiting, CampaignEvent.BACKEND_CAME_BACK, retry_at=None, reason="")


def complete(campaign_id: int, *, now: datetime) -> bool:
    """Mark the campaign as sent if nothing of it is pending, handed over or deferred."""
    with transaction.atomic():
        rows = Delivery.objects.filter(campaign_id=campaign_id)
        campaign = Campaign.objects.select_for_update().filter(pk=campaign_id, state=CampaignState.SENDING)
        if not campaign.exists() or Chunk.objects.filter(campaign_id=campaign_id, closed_at=None).exists():
            return False
        # By the index of what is neither pending nor accepted; the rest, which is all of them, only once, at the end.
        exceptional = rows.exclude(state=DeliveryState.ACCEPTED).exclude(state=DeliveryState.PENDING)
        if exceptional.filter(state__in=_UNFINISHED).exists():
            return False
        if rows.filter(state=DeliveryState.PENDING).exists():
            if reopened := reopen_chunks_with_pending(campaign_id):  # must not happen; nobody may be forgotten
                logger.error("campaign %s: %d closed chunks held pending deliveries", campaign_id, reopened)
            return False
        crash_points.reached("before_sent")
        done = _move(campaign_id, CampaignEvent.COMPLETED, finished_at=now, reason="")
        if done:
            remember_last_sent(campaign_id)
            announce_sent(Campaign.objects.defer("compiled", "web_html").get(pk=campaign_id), now=now)
        return done


def rows_of(campaign_id: int) -> QuerySet[Campaign]:
    return Campaign.objects.filter(pk=campaign_id)


def _insert(campaign: Campaign, *, now: datetime) -> None:
    if campaign.fits_reader:
        recipients, nothing_new = fitted.insert(campaign, now=now)
        rows_of(campaign.pk).update(recipients=recipients, nothing_new=nothing_new)
        return
    recipients = insert_deliveries(campaign, now=now)
    insert_chunks(campaign)
    rows_of(campaign.pk).update(recipients=recipients)


def _move(campaign_id: int, event: CampaignEvent, **changes: object) -> bool:
    return bool(move_campaigns(rows_of(campaign_id), event, **changes))
