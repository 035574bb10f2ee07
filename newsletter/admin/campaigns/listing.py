"""The list of campaigns; those that are not over show how they get on."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, NumberColumn, TitleColumn

from core.listing import ReadOnlyIndexView
from core.refusals import user_of
from newsletter.admin.campaigns.access import REPORT, without_content
from newsletter.admin.campaigns.remote_live import cell_context
from newsletter.admin.instants import in_zone, zone_of
from newsletter.admin.words import CAMPAIGN_LABELS, state_label
from newsletter.audience.mailchimp.account import BACKEND
from newsletter.delivery.speed import UNFINISHED
from newsletter.models import Campaign


class StateColumn(Column):
    """The state, with a bar that moves while the campaign is not over. Counting is left to those."""

    cell_template_name = "newsletter/admin/campaigns/state_cell.html"

    def get_cell_context_data(self, instance: Campaign, parent_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        shown = {"label": state_label(instance.state)}
        if instance.state in UNFINISHED:
            shown = cell_context(instance)
        elif instance.backend == BACKEND:
            shown["by"] = _("by Mailchimp")
        return {**context, "campaign": instance, **shown}


class CampaignFilterSet(WagtailFilterSet):
    class Meta:
        model = Campaign
        fields = ["newsletter", "state"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The columns have no words of their own: the machine's states are theirs."""
        super().__init__(*args, **kwargs)
        self.filters["newsletter"].label = _("Newsletter")
        self.filters["state"].label = _("State")
        self.filters["state"].extra["choices"] = [(state.value, label) for state, label in CAMPAIGN_LABELS.items()]


class CampaignIndexView(ReadOnlyIndexView):
    permissions_required = REPORT
    model = Campaign
    page_title = gettext_lazy("Campaigns")
    header_icon = "clipboard-list"
    index_url_name = "newsletter_campaigns:index"
    index_results_url_name = "newsletter_campaigns:index_results"
    template_name = "newsletter/admin/campaigns/index.html"
    default_ordering = "-scheduled_at"
    paginate_by = 30
    filterset_class = CampaignFilterSet
    search_fields = ["subject"]

    def get_base_queryset(self) -> QuerySet[Campaign]:
        return without_content()

    @cached_property
    def columns(self) -> list[Column]:
        zone = zone_of(user_of(self.request))
        return [
            TitleColumn("subject", label=_("Subject"), url_name="newsletter_campaigns:show"),
            Column("newsletter", label=_("Newsletter")),
            StateColumn("state", label=_("State")),
            Column(
                "scheduled_at",
                label=_("Goes out (your time)"),
                accessor=lambda campaign: in_zone(campaign.scheduled_at, zone),
                sort_key="scheduled_at",
            ),
            NumberColumn("recipients", label=_("Recipients"), sort_key="recipients"),
        ]
