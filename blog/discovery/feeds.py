"""The newest stories as RSS, Atom and JSON Feed, with their whole text; all of them, or those on one topic."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed
from django.utils.xmlutils import SimplerXMLGenerator
from django.views.decorators.http import conditional_page, require_safe

from blog.discovery.full_text import full_text
from blog.models import StoryPage, Topic
from core.addresses import absolute
from core.models import PublicationSettings

FEED_LENGTH = 20
MIME_JSON = "application/feed+json"
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a feed is about: a publication, or one of its topics."""

    request: HttpRequest
    publication: PublicationSettings
    topic: Topic | None

    @property
    def title(self) -> str:
        return f"{self.publication.name}: {self.topic.name}" if self.topic else self.publication.name

    @property
    def description(self) -> str:
        told = self.topic.description if self.topic else self.publication.tagline
        return told or self.title

    def address(self, kind: str) -> str:
        if self.topic is None:
            return absolute(reverse("blog:feed", args=[kind]))
        return absolute(reverse("blog:topic_feed", args=[self.topic.slug, kind]))

    @property
    def stories(self) -> list[StoryPage]:
        """The newest; private stories and drafts are in no feed."""
        found = StoryPage.objects.in_site_of(self.request).for_readers().prefetch_related("topics", "references")
        if self.topic is not None:
            found = found.on_any_of([self.topic])
        return list(found[:FEED_LENGTH])


def midnight(day: datetime.date | None) -> datetime.datetime | None:
    """Feeds want an instant; a story has a day."""
    return datetime.datetime.combine(day, datetime.time(), tzinfo=datetime.UTC) if day else None


def printable(text: str) -> str:
    """XML 1.0 has no control characters; somebody may have pasted one."""
    return CONTROLS.sub("", text)


class FullTextRss(Rss201rev2Feed):
    """RSS keeps the whole text in an element of its content module (https://web.resource.org/rss/1.0/modules/content/)."""

    def root_attributes(self) -> dict[str, str]:
        return {**super().root_attributes(), "xmlns:content": "http://purl.org/rss/1.0/modules/content/"}

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content:encoded", item["full_text"])


class FullTextAtom(Atom1Feed):
    """RFC 4287, 4.1.3: the whole text is the entry's content."""

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["full_text"], {"type": "html"})


class RssFeed(Feed[StoryPage, Subject]):
    feed_type: Any = FullTextRss
    kind = "rss"

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Subject:
        subject: Subject = kwargs["subject"]
        return subject

    def title(self, subject: Subject) -> str:
        return printable(subject.title)

    def description(self, subject: Subject) -> str:
        return printable(subject.description)

    subtitle = description

    def link(self) -> str:
        return absolute("/")

    def feed_url(self, subject: Subject) -> str:
        return subject.address(self.kind)

    def items(self, subject: Subject) -> list[tuple[StoryPage, str]]:  # type: ignore[override]  # with its text
        return [(story, full_text(story, subject.request)) for story in subject.stories]

    def item_title(self, item: Any) -> str:
        return printable(item[0].title)

    def item_description(self, item: Any) -> str:
        return printable(item[0].standfirst)

    def item_link(self, item: Any) -> str:
        return str(item[0].absolute_url)

    def item_pubdate(self, item: Any) -> datetime.datetime | None:
        return midnight(item[0].display_date)

    def item_updateddate(self, item: Any) -> datetime.datetime | None:
        return midnight(item[0].updated_on or item[0].display_date)

    def item_author_name(self, item: Any) -> str:
        return printable(item[0].author.byline) if item[0].author else ""

    def item_categories(self, item: Any) -> list[str]:
        return [topic.name for topic in item[0].topics.all()]

    def item_extra_kwargs(self, item: Any) -> dict[str, str]:
        return {"full_text": printable(item[1])}


class AtomFeed(RssFeed):
    feed_type = FullTextAtom
    kind = "atom"


def json_feed(request: HttpRequest, *, subject: Subject) -> HttpResponse:
    """JSON Feed 1.1, https://www.jsonfeed.org/version/1.1/"""
    return JsonResponse(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": subject.title,
            "description": subject.description,
            "home_page_url": absolute("/"),
            "feed_url": subject.address("json"),
            "items": [json_item(story, request) for story in subject.stories],
        },
        content_type=MIME_JSON,
    )


def json_item(story: StoryPage, request: HttpRequest) -> dict[str, Any]:
    published, updated = midnight(story.display_date), midnight(story.updated_on)
    return {
        "id": story.absolute_url,
        "url": story.absolute_url,
        "title": story.title,
        "summary": story.standfirst,
        "content_html": full_text(story, request),
        "tags": [topic.name for topic in story.topics.all()],
        **({"date_published": published.isoformat()} if published else {}),
        **({"date_modified": updated.isoformat()} if updated else {}),
        **({"authors": [{"name": story.author.byline, "url": story.author.absolute_url}]} if story.author else {}),
    }


VIEWS: dict[str, Callable[..., HttpResponse]] = {"rss": RssFeed(), "atom": AtomFeed(), "json": json_feed}


def _answer(request: HttpRequest, kind: str, topic: Topic | None) -> HttpResponse:
    if kind not in VIEWS:
        raise Http404(f"There is no {kind[:20]} feed; there are {', '.join(VIEWS)}")
    publication: PublicationSettings = PublicationSettings.for_request(request)
    return VIEWS[kind](request, subject=Subject(request=request, publication=publication, topic=topic))


# Feed readers ask every hour: one that has what there is gets 304.
@require_safe
@conditional_page
def feed(request: HttpRequest, kind: str) -> HttpResponse:
    """`/feeds/stories.<kind>`."""
    return _answer(request, kind, None)


@require_safe
@conditional_page
def topic_feed(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """`/feeds/topics/<slug>.<kind>`."""
    return _answer(request, kind, get_object_or_404(Topic, slug=slug))
