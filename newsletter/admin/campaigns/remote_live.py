"""The parts of pages that bring themselves up to date, whoever sends the campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from core.refusals import user_of
from newsletter.admin.campaigns.access import without_content
from newsletter.admin.campaigns.clicks import clicks_context
from newsletter.admin.campaigns.live import LiveView, SmallLiveView, bar_context, live_context
from newsletter.admin.campaigns.remote import remote_context, remote_of, small_context

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

    from newsletter.models import Campaign

TEMPLATE = "newsletter/admin/campaigns/remote.html"


def page_context(campaign: Campaign, user: AbstractUser) -> dict[str, Any]:
    """What the whole page shows: `live_template` names its live part."""
    remote = remote_of(campaign)
    if remote is None:
        return {
            "live_template": LiveView.template_name,
            **clicks_context(campaign),
            **live_context(campaign, user),
        }
    return {"live_template": TEMPLATE, **remote_context(campaign, remote, user)}


def cell_context(campaign: Campaign) -> dict[str, Any]:
    """What the list's cell shows."""
    return small_context(campaign) if remote_of(campaign) else bar_context(campaign)


class LiveOfEither(LiveView):
    """Answers with the part that fits who sends it. Asks nobody else."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        campaign = get_object_or_404(without_content(), pk=pk)
        remote = remote_of(campaign)
        if remote is None:
            return super().get(request, pk)
        return render(request, TEMPLATE, remote_context(campaign, remote, user_of(request)))


class SmallLiveOfEither(SmallLiveView):
    def context(self, campaign: Campaign, user: AbstractUser) -> dict[str, Any]:
        return cell_context(campaign)
