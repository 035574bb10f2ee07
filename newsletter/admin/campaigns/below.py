"""Pages about one campaign that stand below its own: where they hang, and where one comes back to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from core.refusals import may, user_of
from newsletter.admin.campaigns.access import REPORT, without_content
from newsletter.admin.trail import Trail

if TYPE_CHECKING:
    from newsletter.models import Campaign


class BelowCampaign(Trail):
    """About the campaign of `pk`. Who may steer it and not see reports comes from the start, and goes back there."""

    header_icon = "clipboard-list"
    request: HttpRequest
    kwargs: dict[str, Any]

    @cached_property
    def campaign(self) -> Campaign:
        return get_object_or_404(without_content(), pk=self.kwargs["pk"])

    def above(self) -> list[tuple[str, str]]:
        if not self._may_report():
            return []
        return [
            (reverse("newsletter_campaigns:index"), _("Campaigns")),
            (reverse("newsletter_campaigns:show", args=[self.campaign.pk]), self.campaign.subject),
        ]

    def back(self) -> HttpResponse:
        if self._may_report():
            return redirect("newsletter_campaigns:show", self.campaign.pk)
        return redirect("wagtailadmin_home")

    def _may_report(self) -> bool:
        return may(user_of(self.request), required=REPORT)
