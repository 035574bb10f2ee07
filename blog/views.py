"""Public views beyond the page tree: search, site map, robots."""

from __future__ import annotations

import re

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from blog.models import StoryPage
from core.addresses import absolute

RESULTS_ON_A_PAGE = 10
LONGEST_QUERY = 200
WORD = re.compile(r"\w+")


def query_of(request: HttpRequest) -> str:
    """What the reader looks for: one line of printable text, cut at a length that no search needs."""
    typed = request.GET.get("q", "")
    # PostgreSQL refuses NUL; other control characters are never part of a word.
    printable = "".join(character if character.isprintable() else " " for character in typed)
    return " ".join(printable.split())[:LONGEST_QUERY]


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Stories that everyone may read and that hold every word of `?q=`, the most fitting first."""
    query = query_of(request)
    # `public()` and not `open_to_all()`: the search backends read a query's filters and know no subqueries.
    readable = StoryPage.objects.in_site_of(request).live().public().with_pictures()
    # Words only: SQLite's search takes a lone quotation mark for its own syntax and fails.
    words = " ".join(WORD.findall(query))
    stories = readable.search(words) if words else []
    page = Paginator(stories, RESULTS_ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "blog/search.html", {"query": query, "stories": page})


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    text = render_to_string("blog/robots.txt", {"sitemap": absolute(reverse("blog:sitemap"))}, request)
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
