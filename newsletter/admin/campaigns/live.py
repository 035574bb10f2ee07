"""The part of a campaign's page that brings itself up to date, and the small one in the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import View

from core.refusals import Guarded, may, user_of
from newsletter.admin.campaigns.access import LEDGER, REPORT, without_content
from newsletter.admin.campaigns.answers import answer_row
from newsletter.admin.campaigns.controls import controls_for
from newsletter.admin.campaigns.numbers import BAR_WIDTH, bar, count_rows, in_short, pace_line, percent, speed_line
from newsletter.admin.campaigns.state import look_again, state_words
from newsletter.admin.instants import LocalTime, for_both
from newsletter.admin.words import state_label
from newsletter.delivery.progress import Progress, progress
from newsletter.delivery.speed import UNFINISHED
from newsletter.delivery.troubles import troubles
from newsletter.engine.machine import CampaignState, DeliveryState
from newsletter.issues.reach import frequency_in_words, in_words

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

    from newsletter.models import Campaign

#: States in which readers find the issue in the archive.
SENT_TO_SOMEBODY = {CampaignState.SENDING, CampaignState.PAUSED, CampaignState.WAITING, CampaignState.SENT}
#: Kinds of answers on the page; the ledger has them all.
MOST_ANSWERS = 12


def live_context(campaign: Campaign, user: AbstractUser) -> dict[str, Any]:
    """What `newsletter/admin/campaigns/live.html` shows."""
    now = timezone.now()
    seen = progress(campaign, now=now)
    has_troubles = seen.counts[DeliveryState.REFUSED] or seen.counts[DeliveryState.DEFERRED]
    found = troubles(campaign, now=now) if has_troubles else None
    rows = [answer_row(trouble) for trouble in found.found] if found else []
    controls = controls_for(campaign, user)
    return {
        **bar_context(campaign, seen=seen),
        "words": state_words(campaign, seen, now=now),
        "rows": count_rows(seen.counts),
        "uncertain": seen.counts[DeliveryState.UNCERTAIN],
        "pace": pace_line(seen),
        "speed": speed_line(campaign) if campaign.state in UNFINISHED else "",
        "age": max(round((now - seen.at).total_seconds()), 0),
        "counted_at": seen.at,
        "answers": rows[:MOST_ANSWERS],
        "more_answers": len(rows) - MOST_ANSWERS,
        "partial": found.partial if found else False,
        "controls": controls,
        "may_change_speed": campaign.state in UNFINISHED and user.has_perm("newsletter.schedule_campaign"),
        "times": times(campaign, user),
        "only_frequency": frequency_in_words(campaign.frequency),
        "only_for": in_words(campaign.segment_rules),
        "archive_url": archive_url(campaign),
        "may_ledger": may(user, required=LEDGER),
        "may_edit": user.has_perm("newsletter.change_issue"),
    }


def times(campaign: Campaign, user: AbstractUser) -> list[tuple[str, list[LocalTime]]]:
    """What happened or will happen when, on both clocks."""
    instants = [
        (_("Goes out") if campaign.started_at is None else _("Was planned for"), campaign.scheduled_at),
        (_("Started"), campaign.started_at),
        (_("Tried again"), campaign.retry_at if campaign.state == CampaignState.WAITING else None),
        (_("Finished"), campaign.finished_at),
    ]
    return [
        (label, for_both(instant, user=user, newsletter=campaign.newsletter))
        for label, instant in instants
        if instant is not None
    ]


def archive_url(campaign: Campaign) -> str:
    newsletter = campaign.newsletter
    never_begun = campaign.state == CampaignState.WAITING and campaign.started_at is None
    if campaign.state not in SENT_TO_SOMEBODY or never_begun or newsletter.hidden:
        return ""
    return reverse("newsletter:issue", args=[newsletter.slug, campaign.issue_id])


def bar_context(campaign: Campaign, *, seen: Progress | None = None) -> dict[str, Any]:
    """What `newsletter/admin/campaigns/bar.html` shows, and the list's cell."""
    now = timezone.now()
    seen = seen or progress(campaign, now=now)
    return {
        "campaign": campaign,
        "total": seen.total,
        "done": seen.done,
        "percent": percent(seen),
        "parts": bar(seen.counts),
        "bar_width": BAR_WIDTH,
        "in_short": in_short(campaign, seen),
        "label": state_label(campaign.state),
        "seconds": look_again(campaign, now=now),
        "is_unfinished": campaign.state in UNFINISHED,
    }


class LiveView(Guarded, View):
    """A fragment of HTML: counts and never an address."""

    http_method_names = ["get", "head"]
    permissions_required = REPORT
    template_name = "newsletter/admin/campaigns/live.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        campaign = get_object_or_404(without_content(), pk=pk)
        return render(request, self.template_name, self.context(campaign, user_of(request)))

    def context(self, campaign: Campaign, user: AbstractUser) -> dict[str, Any]:
        return live_context(campaign, user)


class SmallLiveView(LiveView):
    template_name = "newsletter/admin/campaigns/small.html"

    def context(self, campaign: Campaign, user: AbstractUser) -> dict[str, Any]:
        return bar_context(campaign)
