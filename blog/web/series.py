"""The page of a series: its stories in the order in which they appeared."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from blog.models import Series, StoryPage
from core.addresses import absolute


@require_safe
def series_page(request: HttpRequest, slug: str) -> HttpResponse:
    """
    Raises:
        Http404: there is no such series, or nothing of it that readers can see.
    """
    series = get_object_or_404(Series, slug=slug)
    stories = StoryPage.objects.in_site_of(request).for_readers().filter(series=series).with_pictures()
    found = list(stories.order_by("shown_on", "pk"))
    if not found:
        raise Http404(f"No story of the series {slug} can be read")
    canonical = absolute(reverse("blog:series", args=[slug]))
    return render(request, "blog/series.html", {"series": series, "stories": found, "canonical": canonical})
