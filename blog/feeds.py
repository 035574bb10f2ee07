"""The newest stories as RSS, Atom and JSON Feed."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed

from blog.models import StoryPage
from core.addresses import absolute
from core.models import PublicationSettings

FEED_LENGTH = 20
MIME_JSON = "application/feed+json"


def newest(request: HttpRequest) -> list[StoryPage]:
    """What every feed holds; private stories and drafts are never in it."""
    return list(StoryPage.objects.in_site_of(request).for_readers()[:FEED_LENGTH])


def midnight(day: datetime.date | None) -> datetime.datetime | None:
    """Feeds want an instant; a story has a day."""
    return datetime.datetime.combine(day, datetime.time(), tzinfo=datetime.UTC) if day else None


class RssFeed(Feed[StoryPage, HttpRequest]):
    feed_type: Any = Rss201rev2Feed
    kind = "rss"

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpRequest:
        return request

    def title(self, request: HttpRequest) -> str:
        return str(PublicationSettings.for_request(request).name)

    def description(self, request: HttpRequest) -> str:
        settings = PublicationSettings.for_request(request)
        return str(settings.tagline or settings.name)

    subtitle = description

    def link(self) -> str:
        return absolute("/")

    def feed_url(self) -> str:
        return absolute(reverse("blog:feed", args=[self.kind]))

    def items(self, request: HttpRequest) -> list[StoryPage]:
        return newest(request)

    def item_title(self, story: StoryPage) -> str:
        return str(story.title)

    def item_description(self, story: StoryPage) -> str:
        return story.standfirst

    def item_link(self, story: StoryPage) -> str:
        return str(story.absolute_url)

    def item_pubdate(self, story: StoryPage) -> datetime.datetime | None:
        return midnight(story.display_date)

    def item_updateddate(self, story: StoryPage) -> datetime.datetime | None:
        return midnight(story.updated_on or story.display_date)

    def item_author_name(self, story: StoryPage) -> str:
        return story.author.byline if story.author else ""


class AtomFeed(RssFeed):
    feed_type = Atom1Feed
    kind = "atom"


def json_feed(request: HttpRequest) -> HttpResponse:
    """JSON Feed 1.1, https://www.jsonfeed.org/version/1.1/"""
    settings = PublicationSettings.for_request(request)
    return JsonResponse(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": settings.name,
            "description": settings.tagline,
            "home_page_url": absolute("/"),
            "feed_url": absolute(reverse("blog:feed", args=["json"])),
            "items": [json_item(story) for story in newest(request)],
        },
        content_type=MIME_JSON,
    )


def json_item(story: StoryPage) -> dict[str, Any]:
    published = midnight(story.display_date)
    return {
        "id": story.absolute_url,
        "url": story.absolute_url,
        "title": story.title,
        "content_text": story.standfirst,
        **({"date_published": published.isoformat()} if published else {}),
        **({"authors": [{"name": story.author.byline, "url": story.author.absolute_url}]} if story.author else {}),
    }


VIEWS: dict[str, Callable[[HttpRequest], HttpResponse]] = {"rss": RssFeed(), "atom": AtomFeed(), "json": json_feed}


def feed(request: HttpRequest, kind: str) -> HttpResponse:
    """`/feeds/stories.<kind>`."""
    if kind not in VIEWS:
        raise Http404(f"There is no {kind} feed; there are {', '.join(VIEWS)}")
    return VIEWS[kind](request)
