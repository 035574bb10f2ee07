"""Starting the campaigns that are due, or saying why one can't start."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from blog.editorial.gate import overdue_since
from newsletter.audience.segment_names import told
from newsletter.backends import registry
from newsletter.backends.base import BackendConfigurationError
from newsletter.delivery import store
from newsletter.delivery.errors import DeliveryError
from newsletter.delivery.freeze import freeze
from newsletter.delivery.halt import is_halted
from newsletter.delivery.persistence import PASSING_ERRORS
from newsletter.delivery.stopped_campaigns import tell
from newsletter.engine.machine import CampaignState
from newsletter.engine.message import CompiledMessage, MessageError
from newsletter.engine.segment_rules import SegmentRulesError
from newsletter.issues.reach import stale_rules
from newsletter.models import Campaign, CampaignStory

logger = logging.getLogger(__name__)

#: A campaign found later than this after its instant waits for a person. NEWSLETTER_LATE_AFTER overrides it.
LATE_AFTER = timedelta(hours=6)


def late_after() -> timedelta:
    """So late nothing goes out any more without a person."""
    return getattr(settings, "NEWSLETTER_LATE_AFTER", LATE_AFTER)


def start_due(*, now: datetime) -> int:
    """Freeze what is due, and finish what a killed clock left half prepared; returns how many were started.

    Each campaign for itself: one that can't start keeps no other waiting. While everything is paused none starts.
    """
    ours = Campaign.objects.filter(remote=None)  # the others are set going by `delivery.remote.campaigns`
    due = ours.filter(state=CampaignState.SCHEDULED, scheduled_at__lte=now)
    half_done = ours.filter(state=CampaignState.PREPARING)
    ids = [*half_done.values_list("pk", flat=True), *due.order_by("scheduled_at").values_list("pk", flat=True)]
    return sum(_start_alone(campaign_id, now=now) for campaign_id in ids)


def _start_alone(campaign_id: int, *, now: datetime) -> bool:
    if is_halted():  # asked each time: freezing a large audience takes a while
        return False
    try:
        return start(campaign_id, now=now)
    except PASSING_ERRORS:
        raise
    except Exception:
        logger.exception("campaign %s could not be started; it is tried again", campaign_id)
        return False


def start(campaign_id: int, *, now: datetime) -> bool:
    """Start one campaign; False when it is held or failed instead, with a reason for the editor."""
    campaign = Campaign.objects.select_related("newsletter", "created_by").get(pk=campaign_id)
    if campaign.state == CampaignState.SCHEDULED:
        if reason := doubt(campaign, now=now):
            logger.warning("campaign %s is held: %s", campaign_id, reason)
            with transaction.atomic():
                if store.hold(campaign_id, reason):
                    tell(campaign, reason, now=now)
            return False
        store.came_due(campaign_id)
    try:
        registry.get(campaign.backend)
        CompiledMessage.load(campaign.compiled)
        return freeze(campaign, now=now)
    except (BackendConfigurationError, MessageError, DeliveryError, SegmentRulesError) as error:
        logger.error("campaign %s can't be prepared: %s", campaign_id, error)  # noqa: TRY400 - the text says it all
        with transaction.atomic():
            reason = told(error) if isinstance(error, SegmentRulesError) else str(error)
            if store.fail(campaign_id, reason):
                tell(campaign, reason, now=now)
        return False


def doubt(
    campaign: Campaign, *, now: datetime, released_at: datetime | None = None, let_pass: Collection[int] = ()
) -> str:
    """Why a person should look at it before it goes out; empty when nothing speaks against it.

    Args:
        released_at: a person has looked at it then, and let it go; after its instant it is not too late any more.
        let_pass: stories of the campaign (`withdrawn`) that were withdrawn by then.
    """
    was_late_then = released_at is not None and released_at >= campaign.scheduled_at
    if not was_late_then and (reason := _too_late(campaign, now=now)):
        return reason
    return _without_stories(campaign, let_pass) or stale_segment(campaign, now=now) or overdue(campaign, now=now)


def withdrawn(campaign: Campaign) -> QuerySet[CampaignStory]:
    """Its stories that were deleted or unpublished since it was scheduled."""
    return campaign.stories.filter(Q(story=None) | Q(story__live=False)).order_by("pk")


def _too_late(campaign: Campaign, *, now: datetime) -> str:
    late = now - campaign.scheduled_at
    if late <= late_after():
        return ""
    return _("It should have gone out at %(at)s UTC, %(hours)d hours ago. Release it if it should still go out.") % {
        "at": f"{campaign.scheduled_at:%Y-%m-%d %H:%M}",
        "hours": late.total_seconds() // 3600,
    }


def _without_stories(campaign: Campaign, let_pass: Collection[int]) -> str:
    gone = withdrawn(campaign).exclude(pk__in=let_pass).select_related("story")
    first = gone.order_by(F("story").asc(nulls_first=True), "pk").first()
    if first is None:
        return ""
    if first.story is None:
        return _("A story of it was deleted after it was scheduled. Release it if it should still go out.")
    return _("“%(title)s” was unpublished after it was scheduled. Release it if it should still go out.") % {
        "title": first.story.title
    }


def stale_segment(campaign: Campaign, *, now: datetime) -> str:
    """Why the readers it was narrowed to can't be found any more, in words; empty when they can, or were found."""
    if campaign.started_at is not None:
        return ""
    if not (problem := stale_rules(campaign.newsletter, campaign.segment_rules, now=now)):
        return ""
    return _(
        "Whom it is for can't be told any more. %(problem)s Cancel this campaign, mend the segment and schedule the "
        "issue again; nothing was sent."
    ) % {"problem": problem}


def overdue(campaign: Campaign, *, now: datetime) -> str:
    """Which of its stories has an overdue review that nobody has overridden, in words; empty when none has."""
    today = timezone.localdate(now)
    for sent in campaign.stories.select_related("story"):
        if sent.story is not None and (since := overdue_since(sent.story, today=today)):
            return _(
                "The review of “%(title)s” was due on %(date)s. Review it, or override this with a reason on the page "
                "of its editorial check; then release it."
            ) % {"title": sent.story.title, "date": since.isoformat()}
    return ""
