"""Which stories readers may see, in which order, and which belong together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import F, Prefetch, Q
from django.db.models.functions import Coalesce, TruncDate
from django.http import HttpRequest
from wagtail.models import Site
from wagtail.query import PageQuerySet


class StoryQuerySet(PageQuerySet):
    def in_site_of(self, request: HttpRequest) -> Any:
        """Below the root of the request's site; none where the request belongs to no site."""
        site = Site.find_for_request(request)
        return self.descendant_of(site.root_page) if site is not None else self.none()

    def for_readers(self) -> Any:
        """Published, open to everyone, newest first by the date that readers see (`shown_on`)."""
        return (
            self.live()
            .public()
            .annotate(shown_on=Coalesce("published_on", TruncDate("first_published_at")))
            .select_related("author")
            .order_by(F("shown_on").desc(nulls_last=True), "-pk")
        )

    def with_pictures(self) -> Any:
        """For lists that show pictures: the picture by a join, all its renditions in one more query."""
        return self.select_related("author", "hero_image").prefetch_related(
            Prefetch("hero_image__renditions", to_attr="prefetched_renditions")
        )

    def before(self, day: date, pk: int) -> Any:
        """Of `for_readers`, those older than the story `pk` shown on `day`, the nearest first."""
        return self.filter(Q(shown_on__lt=day) | Q(shown_on=day, pk__lt=pk))

    def after(self, day: date, pk: int) -> Any:
        """Of `for_readers`, those newer than the story `pk` shown on `day`, the nearest first."""
        return self.filter(Q(shown_on__gt=day) | Q(shown_on=day, pk__gt=pk)).order_by("shown_on", "pk")

    def on_any_of(self, topics: Iterable[Any]) -> Any:
        """Stories on at least one of the topics, each once."""
        # A subquery instead of DISTINCT: rows hold the whole body.
        through = self.model.topics.through.objects.filter(topic__in=[topic.pk for topic in topics])
        return self.filter(pk__in=through.values("storypage"))
