"""Searching the publication. What readers look for says something about them: it is never stored or logged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

from django.core.paginator import Page as ResultPage
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from wagtail.contrib.search_promotions.models import SearchPromotion
from wagtail.models import Page
from wagtail.search.utils import normalise_query_string

from blog import reading
from blog.discovery.highlight import marked, passage, stem, stems
from blog.models import StoryPage

RESULTS_ON_A_PAGE = 10
LONGEST_QUERY = 200
WORD = re.compile(r"\w+")
BREAK = re.compile(r"</(?:p|li|h\d)>|<br[^>]*>")
CITATION = re.compile(r"\s*\[\d[\d, –-]*\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A story that was found, with the words that were looked for marked."""

    story: StoryPage
    title: SafeString
    text: SafeString


def query_of(request: HttpRequest) -> str:
    """What the reader looks for: one line of printable text, cut at a length that no search needs."""
    typed = request.GET.get("q", "")
    # PostgreSQL refuses NUL; other control characters are never part of a word.
    printable = "".join(character if character.isprintable() else " " for character in typed)
    return " ".join(printable.split())[:LONGEST_QUERY]


def search(request: HttpRequest, query: str) -> ResultPage[Any]:
    """Stories that everyone may read and that hold every word of the query, the most fitting first; `?page=n` pages."""
    # `public()` and not `open_to_all()`: the search backends read a query's filters and know no subqueries.
    readable = StoryPage.objects.in_site_of(request).live().public().with_pictures()
    found = Paginator(_matching(readable, query), RESULTS_ON_A_PAGE).get_page(request.GET.get("page"))
    wanted = stems(query)
    found.object_list = [hit(story, wanted) for story in found.object_list]
    return found


def _matching(readable: Any, query: str) -> Any:
    """Stories with these very words; where there are none, with words that begin like them without their endings."""
    # Words only: SQLite's search takes a lone quotation mark for its own syntax and fails.
    words = WORD.findall(query)
    if not words:
        return []
    found = readable.search(" ".join(words))
    beginnings = [beginning for beginning in map(stem, words) if len(beginning) > 2]
    return found if found.count() or not beginnings else readable.autocomplete(" ".join(beginnings))


def hit(story: StoryPage, wanted: frozenset[str]) -> Hit:
    text = passage(paragraphs(story), wanted) or story.standfirst
    return Hit(story=story, title=marked(story.title, wanted), text=marked(text, wanted))


def paragraphs(story: StoryPage) -> Iterator[str]:
    """What is read of a story, in plain text, without its citations' marks."""
    yield story.standfirst
    for _kind, html in reading.texts_of(story.body):
        for part in BREAK.split(html):
            yield " ".join(CITATION.sub("", unescape(strip_tags(part))).split())


def promoted(request: HttpRequest, query: str) -> list[SearchPromotion]:
    """What editors put on top of a query's results (Settings > Promoted search results), as far as readers may see it.

    Wagtail's own tag makes a row of every query that anybody types; this one only looks.
    """
    if not query:
        return []
    picks = SearchPromotion.objects.filter(query__query_string=normalise_query_string(query))
    picks = list(picks.select_related("page").order_by("sort_order", "pk"))
    pages = Page.objects.live().public().filter(pk__in=[pick.page_id for pick in picks if pick.page_id])
    visible = set(pages.values_list("pk", flat=True))
    return [pick for pick in picks if pick.page_id is None or pick.page_id in visible]
