"""Where the pages of campaigns are."""

from __future__ import annotations

from typing import Any

from django.urls import path
from django.utils.translation import gettext_lazy
from wagtail.admin.viewsets.base import ViewSet

from core.refusals import shown_to
from newsletter.admin.campaigns.access import REPORT
from newsletter.admin.campaigns.archive import ArchiveView
from newsletter.admin.campaigns.controls import ControlView
from newsletter.admin.campaigns.ledger import LedgerView
from newsletter.admin.campaigns.listing import CampaignIndexView
from newsletter.admin.campaigns.page import CampaignView
from newsletter.admin.campaigns.remote_live import LiveOfEither, SmallLiveOfEither
from newsletter.admin.campaigns.speed import SpeedView
from newsletter.admin.campaigns.uncertain import UncertainView


class CampaignViewSet(ViewSet):
    """No add, edit or delete."""

    name = "newsletter_campaigns"
    url_prefix = "newsletter/campaigns"
    icon = "clipboard-list"
    menu_label = gettext_lazy("Campaigns")
    menu_name = "newsletter-campaigns"
    menu_item_class = shown_to(REPORT)

    def get_urlpatterns(self) -> list[Any]:
        return [
            path("", CampaignIndexView.as_view(), name="index"),
            path("results/", CampaignIndexView.as_view(results_only=True), name="index_results"),
            path("<int:pk>/", CampaignView.as_view(), name="show"),
            path("<int:pk>/live/", LiveOfEither.as_view(), name="live"),
            path("<int:pk>/live/small/", SmallLiveOfEither.as_view(), name="small_live"),
            path("<int:pk>/ledger/", LedgerView.as_view(), name="ledger"),
            path("<int:pk>/speed/", SpeedView.as_view(), name="speed"),
            path("<int:pk>/archive/", ArchiveView.as_view(), name="archive"),
            path("<int:pk>/uncertain/", UncertainView.as_view(), name="uncertain"),
            path("<int:pk>/<slug:control>/", ControlView.as_view(), name="control"),
        ]
