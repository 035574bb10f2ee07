"""One campaign: state, reason, counts, what servers answered, instants, and what can be done about it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from core.refusals import Guarded, user_of
from newsletter.admin.campaigns.access import REPORT, without_content
from newsletter.admin.campaigns.remote_live import page_context
from newsletter.admin.trail import Trail
from newsletter.models import Campaign


class CampaignView(Guarded, Trail, TemplateView):
    http_method_names = ["get", "head"]
    permissions_required = REPORT
    template_name = "newsletter/admin/campaigns/campaign.html"
    header_icon = "clipboard-list"
    request: HttpRequest

    @cached_property
    def campaign(self) -> Campaign:
        return get_object_or_404(without_content(), pk=self.kwargs["pk"])

    def get_page_title(self) -> str:
        return self.campaign.subject

    def above(self) -> list[tuple[str, str]]:
        return [(reverse("newsletter_campaigns:index"), _("Campaigns"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, **page_context(self.campaign, user_of(self.request))}
