"""Stories by year and by topic, with how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count
from django.db.models.functions import ExtractYear

from blog.models.snippets import Topic

if TYPE_CHECKING:
    from blog.models.story_queries import StoryQuerySet


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    number: int
    count: int


def years_of(stories: StoryQuerySet) -> list[Year]:
    """The years in which the stories (of `for_readers`) appeared, the newest first."""
    dated = stories.order_by().annotate(year=ExtractYear("shown_on")).exclude(year=None)
    counted = dated.values("year").annotate(count=Count("pk")).order_by("-year")
    return [Year(number=row["year"], count=row["count"]) for row in counted]


def topics_of(stories: StoryQuerySet) -> list[Topic]:
    """Topics that at least one of the stories has, by name, each with its `count`."""
    through: Any = stories.model.topics.through.objects
    rows = through.filter(storypage__in=stories.order_by().values("pk")).values("topic").annotate(count=Count("pk"))
    counts = {row["topic"]: row["count"] for row in rows.order_by()}
    found = list(Topic.objects.filter(pk__in=counts))
    for topic in found:
        topic.count = counts[topic.pk]  # type: ignore[attr-defined]
    return found
