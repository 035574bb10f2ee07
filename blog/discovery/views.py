"""Public views beyond the page tree: search, cards, robots."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from blog.discovery.search import promoted, query_of, search
from blog.discovery.sharing import card_bytes, digest_of
from blog.models import StoryPage
from core.addresses import absolute
from core.models import PublicationSettings

A_YEAR = 365 * 24 * 3600


@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    """`/search/?q=`"""
    query = query_of(request)
    context = {"query": query, "hits": search(request, query), "promoted": promoted(request, query)}
    return render(request, "blog/search.html", context)


@require_safe
def card(request: HttpRequest, pk: int, digest: str) -> HttpResponse:
    """`/cards/<story>-<digest>.png`. Only the card of the story as it is now is drawn: nobody can fill the disk."""
    stories = StoryPage.objects.in_site_of(request).for_readers().select_related("author", "hero_image")
    story = get_object_or_404(stories, pk=pk)
    publication: PublicationSettings = PublicationSettings.for_request(request)
    if digest != digest_of(story, publication):
        raise Http404("The story has another card now")
    response = HttpResponse(card_bytes(story, publication), content_type="image/png")
    response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    return response


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    text = render_to_string("blog/robots.txt", {"sitemap": absolute(reverse("blog:sitemap"))}, request)
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
