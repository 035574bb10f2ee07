"""The form of a segment in the admin, as a browser reads it and sends it, and readers to count with it."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING, Any, Protocol

from django.urls import reverse
from django.utils import timezone

from newsletter.models import Segment, SubscriberAttribute, SubscriberTag, SubscriberTagging
from tests.factories import make_subscription

if TYPE_CHECKING:
    from newsletter.models import Newsletter

ROLES = ["Owner", "Doctor", "Editor", "Contributor", "Analyst"]
INDEX, NEW, LOOK = (f"/admin/newsletter/segments/{page}" for page in ("", "new/", "look/"))
WEEKLY: dict[str, Any] = {
    "all": [
        {"rule": "newsletter", "test": "confirmed", "value": "rounds"},
        {"rule": "frequency", "test": "is", "value": "weekly"},
    ]
}


def own(name: str, segment: Segment) -> str:
    return reverse(f"newsletter_segments:{name}", args=[segment.pk])


def fields(page: str) -> dict[str, list[str]]:
    """What a browser would send of the form on the page."""
    form = page[page.index("data-part") :] if "<form" not in page else page[page.index('class="newsletter-segment"') :]
    sent: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="(?!submit)[a-z]+" name="([^"]+)"(?: value="([^"]*)")?', form):
        sent.setdefault(name, []).append(unescape(value))
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL):
        sent[name] = re.findall(r'value="([^"]*)" selected', options) or re.findall(r'value="([^"]*)"', options)[:1]
    return sent


class Answer(Protocol):
    @property
    def content(self) -> bytes: ...


def text_of(response: Answer) -> str:
    return response.content.decode()


def count_of(page: str) -> str:
    part = page[page.index('data-part="count"') :]
    return " ".join(re.sub(r"<[^>]+>", " ", part[part.index(">") + 1 : part.index("</div>")]).split())


def make_weekly_readers(newsletter: Newsletter) -> None:
    """Two weekly readers, one of them tagged; one who reads each story."""
    tag = SubscriberTag.objects.create(name="Colleague", slug="colleague")
    SubscriberAttribute.objects.create(key="city", label="City")
    SubscriberAttribute.objects.create(key="copies", label="Copies", kind="number")
    for name, frequency in (("ada", "weekly"), ("ben", "weekly"), ("carl", "each_story")):
        one = make_subscription(newsletter, f"{name}@example.com", frequency=frequency)
        type(one).objects.filter(pk=one.pk).update(confirmed_at=timezone.now() - timedelta(days=10))
        if name == "ada":
            SubscriberTagging.objects.create(tag=tag, subscriber=one.subscriber)
