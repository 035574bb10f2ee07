"""The site's log of corrections: every public note that something was put right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Prefetch

from blog.models import Correction, StoryPage

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


def public_corrections(request: HttpRequest) -> QuerySet[Correction]:
    """Corrections of stories that everybody may read, the newest first, each with its `story`."""
    stories = StoryPage.objects.in_site_of(request).for_readers()
    # The story comes without its body: a list of a hundred corrections needs none.
    light = StoryPage.objects.defer_streamfields()
    found: QuerySet[Correction] = Correction.objects.filter(story__in=stories.order_by().values("pk"))
    return found.prefetch_related(Prefetch("story", queryset=light)).order_by("-made_on", "-pk")
