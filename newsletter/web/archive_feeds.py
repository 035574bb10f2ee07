"""A newsletter's issues as RSS, Atom and JSON Feed: subject, how it begins, and where to read it.

Not the whole of it: an issue is a document of its own, laid out for mail programs, and its stories have a feed with
their whole texts (`blog.discovery.feeds`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed
from django.utils.text import Truncator
from django.views.decorators.http import conditional_page, require_safe

from blog.discovery.feeds import FEED_LENGTH, MIME_JSON, printable
from core.addresses import absolute
from newsletter.issues.archive import listed_campaigns
from newsletter.models import Campaign, Newsletter

if TYPE_CHECKING:
    from datetime import datetime

EXCERPT_WORDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The newsletter that a feed is about."""

    newsletter: Newsletter

    @property
    def description(self) -> str:
        return self.newsletter.description or self.newsletter.name

    @property
    def page(self) -> str:
        return absolute(reverse("newsletter:archive", args=[self.newsletter.slug]))

    def address(self, kind: str) -> str:
        return absolute(reverse("newsletter:archive_feed", args=[self.newsletter.slug, kind]))

    @property
    def campaigns(self) -> list[Campaign]:
        listed = listed_campaigns(self.newsletter).defer("compiled", "web_html").select_related("newsletter")
        return list(listed[:FEED_LENGTH])


def address_of(campaign: Campaign) -> str:
    return absolute(reverse("newsletter:issue", args=[campaign.newsletter.slug, campaign.issue_id]))


def excerpt(campaign: Campaign) -> str:
    """How the issue begins."""
    return Truncator(" ".join(campaign.web_text.split())).words(EXCERPT_WORDS, truncate=" …")


class RssFeed(Feed[Campaign, Subject]):
    feed_type: Any = Rss201rev2Feed
    kind = "rss"

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Subject:
        subject: Subject = kwargs["subject"]
        return subject

    def title(self, subject: Subject) -> str:
        return printable(subject.newsletter.name)

    def description(self, subject: Subject) -> str:
        return printable(subject.description)

    subtitle = description

    def link(self, subject: Subject) -> str:
        return subject.page

    def feed_url(self, subject: Subject) -> str:
        return subject.address(self.kind)

    def items(self, subject: Subject) -> list[Campaign]:
        return subject.campaigns

    def item_title(self, item: Any) -> str:
        return printable(item.subject)

    def item_description(self, item: Any) -> str:
        return printable(excerpt(item))

    def item_link(self, item: Campaign) -> str:
        return address_of(item)

    def item_pubdate(self, item: Campaign) -> datetime:
        return item.scheduled_at

    item_updateddate = item_pubdate


class AtomFeed(RssFeed):
    feed_type = Atom1Feed
    kind = "atom"


def json_feed(request: HttpRequest, *, subject: Subject) -> HttpResponse:
    """JSON Feed 1.1, https://www.jsonfeed.org/version/1.1/"""
    return JsonResponse(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": subject.newsletter.name,
            "description": subject.description,
            "language": subject.newsletter.language,
            "home_page_url": subject.page,
            "feed_url": subject.address("json"),
            "items": [
                {
                    "id": address_of(campaign),
                    "url": address_of(campaign),
                    "title": campaign.subject,
                    "content_text": excerpt(campaign),
                    "date_published": campaign.scheduled_at.isoformat(),
                }
                for campaign in subject.campaigns
            ],
        },
        content_type=MIME_JSON,
    )


VIEWS: dict[str, Callable[..., HttpResponse]] = {"rss": RssFeed(), "atom": AtomFeed(), "json": json_feed}


# Feed readers ask every hour: one that has what there is gets 304.
@require_safe
@conditional_page
def feed(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """`/newsletters/<slug>/feed.<kind>`."""
    newsletter = get_object_or_404(Newsletter.objects.visible(), slug=slug)
    if kind not in VIEWS:
        raise Http404(f"There is no {kind[:20]} feed; there are {', '.join(VIEWS)}")
    return VIEWS[kind](request, subject=Subject(newsletter=newsletter))
