"""What issues ask of the database: which stories are new, and which campaign carries an issue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Subquery

from blog.models import StoryPage
from newsletter.engine.machine import CampaignState
from newsletter.issues.publication import page_url
from newsletter.models import CampaignStory, StoryRelease

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from newsletter.models import Campaign, Issue, Newsletter

#: Campaigns that a person stopped for good or that could not be prepared: their stories count as not yet sent.
WITHDRAWN = (CampaignState.CANCELLED, CampaignState.FAILED)


def mailable_stories() -> QuerySet[StoryPage]:
    """Every story that anybody may read now."""
    stories: QuerySet[StoryPage] = StoryPage.objects.live().public().filter(alias_of=None)
    return stories


def unsent_stories(newsletter: Newsletter) -> QuerySet[StoryPage]:
    """Live stories that went live as news and are in no campaign of this newsletter, the newest first."""
    releases = StoryRelease.objects.filter(story=OuterRef("pk"))
    sent = CampaignStory.objects.filter(story=OuterRef("pk"), campaign__newsletter=newsletter)
    unsent: QuerySet[StoryPage] = (
        mailable_stories()
        .filter(~Exists(sent.exclude(campaign__state__in=WITHDRAWN)))
        .annotate(released_at=Subquery(releases.values("released_at")))
        .exclude(released_at=None)
        .order_by("-released_at", "-pk")
    )
    return unsent


def current_campaign(issue: Issue) -> Campaign | None:
    """The campaign that carries this issue, unless it was cancelled or failed; at most one can exist."""
    return issue.campaigns.exclude(state__in=WITHDRAWN).first()


def stories_in(issue: Issue) -> list[StoryPage]:
    """The stories of its cards in their order; cards of deleted pages have none."""
    cards = (block.value.get("story") for block in issue.body if block.block_type == "story")
    return [story for story in cards if story is not None]


def mailed_stories(issue: Issue) -> list[StoryPage]:
    """Those of them that are shown, each once: the places of the issue's stories are counted in this order."""
    shown = {story.pk: story for story in stories_in(issue) if story.live and page_url(story)}
    return list(shown.values())
