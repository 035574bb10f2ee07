"""Campaigns, to look at: the list, one campaign's report, its ledger. What stops or resumes one is in `controls`."""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View
from wagtail.admin.ui.tables import Column, NumberColumn, StatusTagColumn, TitleColumn
from wagtail.admin.viewsets.base import ViewSet

from core.listing import ReadOnlyIndexView
from core.refusals import Guarded, may, shown_to, user_of
from newsletter.admin.controls import ControlView, controls_for
from newsletter.admin.instants import for_both, in_zone, zone_of
from newsletter.admin.trail import Trail
from newsletter.admin.words import ABOUT_TO_GO, CAMPAIGN_MEANINGS, DELIVERY_WORDS, state_label
from newsletter.delivery.ledger import write_ledger
from newsletter.delivery.report import counts
from newsletter.engine.machine import CampaignState, DeliveryState
from newsletter.models import Campaign

if TYPE_CHECKING:
    from django.utils.functional import Promise

REPORT = ("newsletter.report_campaign",)
#: The ledger holds addresses: reports alone are not enough.
LEDGER = ("newsletter.report_campaign", "newsletter.view_subscriber")
#: States in which the page brings itself up to date.
MOVING = {CampaignState.PREPARING, CampaignState.SENDING, CampaignState.WAITING}
ABOUT_TO_START = timedelta(minutes=2)
#: States in which readers find the issue in the archive.
SENT_TO_SOMEBODY = {CampaignState.SENDING, CampaignState.PAUSED, CampaignState.WAITING, CampaignState.SENT}


def without_content() -> QuerySet[Campaign]:
    """Campaigns without their compiled messages, which no page shows and which are large."""
    return Campaign.objects.defer("compiled", "web_html").select_related("newsletter", "created_by")


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRow:
    """One line of the report. `share` is in percent of all recipients."""

    state: str
    label: str | Promise
    meaning: str | Promise
    count: int
    share: float


def count_rows(counted: dict[str, int]) -> list[CountRow]:
    """The states that occur, in the order of the report; delivered and waiting always."""
    total = sum(counted.values())
    return [
        CountRow(
            state=state.value,
            label=label,
            meaning=meaning,
            count=counted.get(state, 0),
            share=round(100 * counted.get(state, 0) / total, 1) if total else 0.0,
        )
        for state, (label, meaning) in DELIVERY_WORDS.items()
        if counted.get(state, 0) or state in {DeliveryState.ACCEPTED, DeliveryState.PENDING}
    ]


def is_moving(campaign: Campaign, *, now: datetime) -> bool:
    """Whether its page should look again by itself: under way, or about to be."""
    if campaign.state == CampaignState.SCHEDULED:
        return campaign.scheduled_at - now < ABOUT_TO_START
    return campaign.state in MOVING


class CampaignIndexView(ReadOnlyIndexView):
    permissions_required = REPORT
    model = Campaign
    page_title = gettext_lazy("Campaigns")
    header_icon = "clipboard-list"
    index_url_name = "newsletter_campaigns:index"
    index_results_url_name = "newsletter_campaigns:index_results"
    default_ordering = "-scheduled_at"
    paginate_by = 30
    list_filter = ["newsletter", "state"]
    search_fields = ["subject"]

    def get_base_queryset(self) -> QuerySet[Campaign]:
        return without_content()

    @cached_property
    def columns(self) -> list[Column]:
        zone = zone_of(user_of(self.request))
        return [
            TitleColumn("subject", label=_("Subject"), url_name="newsletter_campaigns:show"),
            Column("newsletter", label=_("Newsletter")),
            StatusTagColumn(
                "state",
                label=_("State"),
                accessor=lambda campaign: str(state_label(campaign.state)),
                primary=lambda campaign: campaign.state == CampaignState.SENT,
            ),
            Column(
                "scheduled_at",
                label=_("Goes out (your time)"),
                accessor=lambda campaign: in_zone(campaign.scheduled_at, zone),
                sort_key="scheduled_at",
            ),
            NumberColumn("recipients", label=_("Recipients"), sort_key="recipients"),
        ]


class CampaignView(Guarded, Trail, TemplateView):
    """One campaign: state, reason, counts, instants, and what can be done about it."""

    http_method_names = ["get", "head"]
    permissions_required = REPORT
    template_name = "newsletter/admin/campaign.html"
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
        user, campaign = user_of(self.request), self.campaign
        state = CampaignState(campaign.state)
        moving = is_moving(campaign, now=timezone.now())
        counted = counts(campaign)
        return {
            **context,
            "campaign": campaign,
            "state_label": state_label(state),
            "state_meaning": ABOUT_TO_GO if state == CampaignState.SCHEDULED and moving else CAMPAIGN_MEANINGS[state],
            "rows": count_rows(counted),
            "total": sum(counted.values()),
            "uncertain": counted.get(DeliveryState.UNCERTAIN, 0),
            "times": self.times(),
            "controls": controls_for(campaign, user),
            "moving": moving,
            "archive_url": self.archive_url(state),
            "may_ledger": may(user, required=LEDGER),
            "may_edit": user.has_perm("newsletter.change_issue"),
        }

    def times(self) -> list[tuple[str | Promise, list[Any]]]:
        """What happened or will happen when, on both clocks."""
        campaign = self.campaign
        instants = [
            (_("Goes out") if campaign.started_at is None else _("Was planned for"), campaign.scheduled_at),
            (_("Started"), campaign.started_at),
            (_("Tried again"), campaign.retry_at if campaign.state == CampaignState.WAITING else None),
            (_("Finished"), campaign.finished_at),
        ]
        return [
            (label, for_both(instant, user=user_of(self.request), newsletter=campaign.newsletter))
            for label, instant in instants
            if instant is not None
        ]

    def archive_url(self, state: CampaignState) -> str:
        newsletter = self.campaign.newsletter
        if state not in SENT_TO_SOMEBODY or newsletter.hidden:
            return ""
        return reverse("newsletter:issue", args=[newsletter.slug, self.campaign.issue_id])


class LedgerView(Guarded, View):
    """The ledger as CSV: every recipient's address with what became of the mail."""

    http_method_names = ["get"]
    permissions_required = LEDGER

    def get(self, request: HttpRequest, pk: int) -> FileResponse:
        campaign = get_object_or_404(without_content(), pk=pk)
        content = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it
        text = io.TextIOWrapper(content, encoding="utf-8", newline="")
        write_ledger(campaign, text)
        text.flush()
        text.detach()
        content.seek(0)
        name = f"ledger-{campaign.pk}-{slugify(campaign.subject)[:40] or 'campaign'}.csv"
        return FileResponse(
            content,
            as_attachment=True,
            filename=name,
            content_type="text/csv; charset=utf-8",
            headers={"Cache-Control": "private, no-store"},
        )


class CampaignViewSet(ViewSet):
    """Read-only: no add, edit or delete."""

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
            path("<int:pk>/ledger/", LedgerView.as_view(), name="ledger"),
            path("<int:pk>/<slug:control>/", ControlView.as_view(), name="control"),
        ]
