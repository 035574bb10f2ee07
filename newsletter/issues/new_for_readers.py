"""Which stories are news to the readers of one frequency: what a schedule composes of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Subquery

from newsletter.issues.queries import WITHDRAWN, mailable_stories
from newsletter.models import CampaignStory, ScheduledStory, StoryRelease

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from blog.models import StoryPage
    from newsletter.models import Schedule


def waiting_stories(schedule: Schedule) -> QuerySet[StoryPage]:
    """Stories that wait for their turn with this schedule, those that were released first in front.

    Not by an instant up to which everything was seen: a story whose publishing was committed late, one that shares its
    second with another, or one that was offline that day would be lost. Each story has its one turn instead, kept in a
    row of its own (`ScheduledStory`).
    """
    releases = StoryRelease.objects.filter(story=OuterRef("pk"))
    stories: QuerySet[StoryPage] = (
        mailable_stories()
        .filter(~Exists(_got_by_all(schedule)), pk__in=_without_a_turn(schedule).values("story_id"))
        .annotate(released_at=Subquery(releases.values("released_at")))
        .order_by("released_at", "pk")
    )
    return stories


def _without_a_turn(schedule: Schedule) -> QuerySet[StoryRelease]:
    """Looked up first, in two narrow tables: the clock asks every few seconds, and most often there is none."""
    had_its_turn = ScheduledStory.objects.filter(schedule=schedule, story=OuterRef("story"))
    return StoryRelease.objects.filter(~Exists(had_its_turn), released_at__gte=schedule.since).order_by()


def _got_by_all(schedule: Schedule) -> QuerySet[CampaignStory]:
    """Campaigns through which every reader of the frequency got the story, or is about to."""
    sent = CampaignStory.objects.filter(
        story=OuterRef("pk"),
        campaign__newsletter=schedule.newsletter_id,
        campaign__frequency__in=["", schedule.frequency],
        campaign__segment_rules={},
    )
    return sent.exclude(campaign__state__in=WITHDRAWN)
