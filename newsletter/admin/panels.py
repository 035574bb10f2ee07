"""The newsletter's panel on the admin's home page: is the worker alive, what waits for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.functional import cached_property
from wagtail.admin.ui.components import Component

from newsletter.admin.instants import in_zone, zone_of
from newsletter.admin.words import state_label
from newsletter.audience.counts import ReaderCounts, reader_counts
from newsletter.delivery.health import health
from newsletter.engine.machine import CampaignState
from newsletter.issues.queries import unsent_stories
from newsletter.models import Campaign, Issue, Newsletter

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

OPEN = [
    CampaignState.SCHEDULED,
    CampaignState.PREPARING,
    CampaignState.SENDING,
    CampaignState.PAUSED,
    CampaignState.WAITING,
    CampaignState.HELD,
]
SHOWN = 5


class NewsletterPanel(Component):
    name = "newsletter"
    template_name = "newsletter/admin/home_panel.html"
    order = 50

    def __init__(self, user: AbstractUser) -> None:
        self.user = user

    def is_shown(self) -> bool:
        return any(
            self.user.has_perm(f"newsletter.{name}") for name in ("report_campaign", "publish_issue", "add_issue")
        )

    def get_context_data(self, parent_context: dict[str, Any]) -> dict[str, Any]:
        now = timezone.now()
        return {
            # A component is rendered without the request, so its forms need the page's token handed on.
            "csrf_token": parent_context.get("csrf_token", ""),
            "now": now,
            "health": health(now=now),
            "campaigns": self.campaigns,
            "drafts": self.drafts,
            "new_stories": self.new_stories,
            "readers": self.readers,
            "may_see_readers": self.user.has_perm("newsletter.view_subscriber"),
            "may_compose": self.user.has_perm("newsletter.add_issue"),
            "may_report": self.user.has_perm("newsletter.report_campaign"),
        }

    @cached_property
    def campaigns(self) -> list[dict[str, Any]]:
        """Campaigns that are not done, the next one first."""
        if not self.user.has_perm("newsletter.report_campaign"):
            return []
        found = Campaign.objects.filter(state__in=OPEN).defer("compiled", "web_html").select_related("newsletter")
        zone = zone_of(self.user)
        return [
            {
                "campaign": campaign,
                "state": state_label(campaign.state),
                "when": in_zone(campaign.scheduled_at, zone),
                "attention": campaign.state in {CampaignState.HELD, CampaignState.WAITING},
            }
            for campaign in found.order_by("scheduled_at", "pk")[:SHOWN]
        ]

    @cached_property
    def drafts(self) -> list[Issue]:
        """Issues with changes that nobody approved."""
        if not self.user.has_perm("newsletter.change_issue"):
            return []
        unsent = Issue.objects.filter(has_unpublished_changes=True).exclude(campaigns__state=CampaignState.SENT)
        return list(unsent.select_related("newsletter", "latest_revision").order_by("-pk").distinct()[:SHOWN])

    @cached_property
    def new_stories(self) -> list[tuple[Newsletter, int, list[str]]]:
        """For each newsletter: how many stories are new, and the titles of the first few."""
        if not self.user.has_perm("newsletter.add_issue"):
            return []
        found = []
        for newsletter in Newsletter.objects.all():
            titles = [story.title for story in unsent_stories(newsletter)]
            if titles:
                found.append((newsletter, len(titles), titles[:3]))
        return found

    @cached_property
    def readers(self) -> list[ReaderCounts]:
        """Counts and never addresses: for analysts, too."""
        if not self.user.has_perm("newsletter.report_campaign"):
            return []
        return reader_counts(timezone.now())
