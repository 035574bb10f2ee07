"""What pages say of a campaign's state, and how often they look again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from newsletter.admin.campaigns.numbers import until
from newsletter.admin.words import ABOUT_TO_GO, CAMPAIGN_MEANINGS, state_label
from newsletter.delivery.health import health
from newsletter.delivery.speed import UNFINISHED
from newsletter.engine.machine import CampaignState, DeliveryState

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from newsletter.delivery.progress import Progress
    from newsletter.models import Campaign

_C = CampaignState
MOVING = {_C.PREPARING, _C.SENDING, _C.WAITING}
ABOUT_TO_START = timedelta(minutes=2)
#: Seconds between two looks: while it moves, while it waits for a person or its hour, and never when it is over.
LOOKS_EVERY = 2
LOOKS_SELDOM = 10
NEVER = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StateWords:
    """`next` says what happens by itself, and when; `worker` why nothing does. Empty where there is nothing to say."""

    label: str | Promise
    meaning: str | Promise
    reason: str
    next: str
    worker: str


def look_again(campaign: Campaign, *, now: datetime) -> int:
    """Seconds until its page should look again; 0 for never."""
    if campaign.state in MOVING or _is_about_to_go(campaign, now=now):
        return LOOKS_EVERY
    return LOOKS_SELDOM if campaign.state in UNFINISHED else NEVER


def is_resting(campaign: Campaign) -> bool:
    """It waits because of a limit of ours, not because a mail server was found down."""
    return campaign.state == _C.WAITING and campaign.retries == 0


def state_words(campaign: Campaign, seen: Progress, *, now: datetime) -> StateWords:
    state = CampaignState(campaign.state)
    only_later = state == _C.SENDING and not seen.not_tried and seen.counts[DeliveryState.DEFERRED]
    meaning: str | Promise = CAMPAIGN_MEANINGS[state]
    if _is_about_to_go(campaign, now=now):
        meaning = ABOUT_TO_GO
    elif is_resting(campaign):
        meaning = _("Today's share has gone out. It goes on by itself; nothing is lost.")
    elif only_later:
        meaning = _("Everybody was tried. Only mailboxes that asked for patience are left, for up to 48 hours.")
    elif state == _C.SENT and seen.counts[DeliveryState.UNCERTAIN]:
        meaning = _("Every recipient was tried; for some the answer was lost.")
    return StateWords(
        label=state_label(state),
        meaning=meaning,
        reason=campaign.reason,
        next=_next(campaign, seen, now=now),
        worker=_worker(now=now) if look_again(campaign, now=now) == LOOKS_EVERY else "",
    )


def _worker(*, now: datetime) -> str:
    """Why nothing goes out although it should; empty while a worker runs."""
    seen = health(now=now)
    if seen.worker == "ticking":
        return ""
    if seen.last_tick is None:
        return _("No worker has run yet. Nothing is sent until one runs (manage.py worker).")
    return _(
        "The worker was last seen %(ago)s ago. Nothing is sent until it runs again: tell whoever operates this site."
    ) % {"ago": timesince(seen.last_tick, now)}


def _next(campaign: Campaign, seen: Progress, *, now: datetime) -> str:
    if is_resting(campaign) and campaign.retry_at is not None:
        return _("It goes on %(when)s.") % {"when": until(campaign.retry_at, now=now)}
    if campaign.state == _C.WAITING and campaign.retry_at is not None:
        return _("The mail server is tried again %(when)s.") % {"when": until(campaign.retry_at, now=now)}
    if campaign.state == _C.SENDING and not seen.not_tried and seen.next_try is not None:
        return _("The next mailbox is tried again %(when)s.") % {"when": until(seen.next_try, now=now)}
    return ""


def _is_about_to_go(campaign: Campaign, *, now: datetime) -> bool:
    return campaign.state == _C.SCHEDULED and campaign.scheduled_at - now < ABOUT_TO_START
