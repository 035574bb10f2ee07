"""Pausing everything at once, and letting it go on: one row says whether anything may start.

While it stands no campaign starts, no schedule composes, and what was being sent is paused. Single mails go on: a
reader waits for a confirmation, and an alert has to arrive all the more.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import transaction
from wagtail.log_actions import log

from newsletter.delivery import store
from newsletter.engine.machine import CampaignEvent, sources
from newsletter.models import Campaign, SendingHalt

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AbstractBaseUser

logger = logging.getLogger(__name__)

HALTED, WENT_ON = "newsletter.halted", "newsletter.went_on"


def standing() -> SendingHalt | None:
    """The halt that stands; None while everything goes its way."""
    return SendingHalt.objects.select_related("by").first()


def is_halted() -> bool:
    return SendingHalt.objects.exists()


def halt(*, reason: str = "", user: AbstractBaseUser | None = None, now: datetime) -> SendingHalt:
    """Pause everything; a second call finds the first one's halt as it is.

    The row is committed before campaigns are paused: whatever starts from then on looks at it first, and what had
    looked a moment before is paused by the clock's next round.
    """
    made = {"reason": reason[:200], "since": now, "by_id": user.pk if user else None}
    with transaction.atomic():
        found, is_new = SendingHalt.objects.get_or_create(name="all", defaults=made)
        if is_new:
            log(instance=found, action=HALTED, user=user, data={"reason": found.reason})
            store.remote.ask_all(now=now)
            logger.warning("everything was paused by %s", user or "a command")
    enforce(now)
    found.refresh_from_db()
    return found


def enforce(now: datetime) -> int:
    """Pause what is being sent while a halt stands, and remember it; returns how many campaigns that were."""
    if not is_halted():
        return 0
    with transaction.atomic():
        row = SendingHalt.objects.select_for_update().first()
        if row is None:
            return 0
        # What is going out at a service can't be paused, and what waits there is unscheduled by its task.
        moving = Campaign.objects.filter(state__in=sources(CampaignEvent.PAUSED), remote=None).order_by("pk")
        paused = [campaign_id for campaign_id in moving.values_list("pk", flat=True) if store.pause(campaign_id)]
        if paused:
            row.paused = sorted({*row.paused, *paused})
            row.save(update_fields=["paused"])
        return len(paused)


def go_on(*, user: AbstractBaseUser | None = None, now: datetime) -> list[int] | None:
    """End the halt; returns the campaigns that are sent further, None when there was no halt.

    Those that somebody paused before, or cancelled meanwhile, stay as they are. What came due meanwhile starts with the
    clock's next round; what is too late by then waits for a person, as always.
    """
    with transaction.atomic():
        row = SendingHalt.objects.select_for_update().first()
        if row is None:
            return None
        log(instance=row, action=WENT_ON, user=user, data={"since": row.since.isoformat()})
        went_on = [campaign_id for campaign_id in row.paused if store.resume(campaign_id)]
        row.delete()
        store.remote.ask_all(now=now)
    logger.warning("everything goes on, by %s; %d campaigns are sent further", user or "a command", len(went_on))
    return went_on
