"""Which stories readers may see, in which order, and which belong together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, F, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce, Left, Length, TruncDate
from django.http import HttpRequest
from wagtail.models import PageViewRestriction, Site
from wagtail.query import PageQuerySet

#: How many stories on the same topics stand below a story.
RELATED = 3


class StoryQuerySet(PageQuerySet):
    def in_site_of(self, request: HttpRequest) -> Any:
        """Below the root of the request's site; none where the request belongs to no site."""
        site = Site.find_for_request(request)
        return self.descendant_of(site.root_page) if site is not None else self.none()

    def open_to_all(self) -> Any:
        """Without those in private sections, as Wagtail's `public()`, but inside the same query."""
        above = PageViewRestriction.objects.filter(page__path=Left(OuterRef("path"), Length("page__path")))
        return self.exclude(Exists(above))

    def for_readers(self) -> Any:
        """Published, open to everyone, newest first by the date that readers see (`shown_on`)."""
        return (
            self.live()
            .open_to_all()
            .annotate(shown_on=Coalesce("published_on", TruncDate("first_published_at")))
            .select_related("author")
            .order_by(F("shown_on").desc(nulls_last=True), "-pk")
        )

    def with_pictures(self) -> Any:
        """For lists that show pictures: the picture by a join, all its renditions in one more query."""
        return self.select_related("author", "hero_image").prefetch_related(
            Prefetch("hero_image__renditions", to_attr="prefetched_renditions")
        )

    def with_people(self) -> Any:
        """For a story's own page: everyone and everything that it shows once, by joins."""
        return self.select_related("author__photo", "reviewer", "series", "hero_image", "audio")

    def on_any_of(self, topics: Iterable[Any]) -> Any:
        """Stories on at least one of the topics, each once."""
        # A subquery instead of DISTINCT: rows hold the whole body.
        through = self.model.topics.through.objects.filter(topic__in=[topic.pk for topic in topics])
        return self.filter(pk__in=through.values("storypage"))

    def around(self, story: Any, topics: Iterable[Any]) -> dict[str, Any]:
        """Of `for_readers`, those that go with a story: `older`, `newer` and `related`, in one query.

        The neighbours are in its series if it has one, else among all; a draft without a date has none.
        """
        day, pk = story.display_date, story.pk or 0
        others = self.exclude(pk=pk)
        line = others.filter(series=story.series_id) if story.series_id else others
        before = Q(shown_on__lt=day) | Q(shown_on=day, pk__lt=pk) if day else Q(pk__in=[])
        after = Q(shown_on__gt=day) | Q(shown_on=day, pk__gt=pk) if day else Q(pk__in=[])
        older = line.filter(before).values("pk")[:1]
        newer = line.filter(after).order_by("shown_on", "pk").values("pk")[:1]
        related = others.on_any_of(topics)
        found = list(
            others.filter(Q(pk__in=older) | Q(pk__in=newer) | Q(pk__in=related.values("pk")[:RELATED]))
            .annotate(older=Subquery(older), newer=Subquery(newer), on_topic=Exists(related.filter(pk=OuterRef("pk"))))
            .defer_streamfields()
        )
        return {
            "older": next((other for other in found if other.pk == other.older), None),
            "newer": next((other for other in found if other.pk == other.newer), None),
            "related": [other for other in found if other.on_topic][:RELATED],
        }
