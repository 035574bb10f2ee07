"""Feeds carry the whole text, in a form that stands alone."""

from __future__ import annotations

import datetime
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from wagtail.images.tests.utils import get_test_image_file

from blog.discovery.full_text import standing_alone
from blog.models import HomePage, Reference, StoryIndexPage, Topic
from tests.factories import make_author, make_story
from tests.stages import stage

CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
ATOM = "{http://www.w3.org/2005/Atom}"


@stage
def sleep(home: HomePage, stories: StoryIndexPage) -> Any:
    story = make_story(
        stories,
        live=False,
        title="Sleep & mood",
        slug="sleep",
        author=make_author(home),
        published_on=datetime.date(2026, 9, 1),
        body=[
            ("heading", {"text": "What <works>", "level": "2"}),
            ("text", '<p>Insomnia is treatable [1]. See <a href="/about/">about us</a>.</p>'),
            ("crisis_help", {"title": "If you are in crisis", "text": "Call somebody."}),
        ],
    )
    story.topics = [Topic.objects.create(name="Sleep", slug="sleep")]
    story.references = [Reference(text="Morin CM. Insomnia. Lancet. 2012.", doi="10.1016/x")]
    story.save_revision().publish()
    make_story(stories, title="Something else", slug="other", body=[("text", "<p>Other.</p>")])
    return story


def whole_text(content: bytes) -> dict[str, str]:
    items = ET.fromstring(content).findall("channel/item")  # noqa: S314 - our own output
    return {item.findtext("title") or "": item.findtext(CONTENT) or "" for item in items}


def test_rss_carries_the_whole_text_with_absolute_addresses(client: Client, sleep: Any) -> None:
    text = whole_text(client.get("/feeds/stories.rss").content)["Sleep & mood"]
    assert "What &lt;works&gt;" in text
    assert f'href="{settings.BASE_URL}/about/"' in text
    assert f'href="{settings.BASE_URL}/stories/sleep/#ref-1"' in text
    assert "Morin CM. Insomnia." in text
    assert "If you are in crisis" in text
    assert "class=" not in text


def test_atom_and_json_carry_the_same_text(client: Client, sleep: Any) -> None:
    rss = whole_text(client.get("/feeds/stories.rss").content)["Sleep & mood"]
    entries = ET.fromstring(client.get("/feeds/stories.atom").content).findall(f"{ATOM}entry")  # noqa: S314
    assert rss in [entry.findtext(f"{ATOM}content") for entry in entries]
    assert rss in [item["content_html"] for item in client.get("/feeds/stories.json").json()["items"]]


@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_a_topic_has_a_feed_of_its_own(client: Client, sleep: Any, kind: str) -> None:
    content = client.get(f"/feeds/topics/sleep.{kind}").content.decode()
    assert "Sleep &amp; mood" in content
    assert "Something else" not in content
    assert f"{settings.BASE_URL}/feeds/topics/sleep.{kind}" in content


def test_a_topics_json_feed_says_what_it_is(client: Client, sleep: Any) -> None:
    feed = client.get("/feeds/topics/sleep.json").json()
    assert feed["title"] == "Rounds: Sleep"
    assert [(item["title"], item["tags"]) for item in feed["items"]] == [("Sleep & mood", ["Sleep"])]


def test_a_feed_on_an_unknown_topic_is_not_found(client: Client, sleep: Any) -> None:
    assert client.get("/feeds/topics/nothing.rss").status_code == 404


@pytest.mark.parametrize("kind", ["rss", "atom", "json"])
def test_a_reader_that_has_the_feed_gets_no_copy(client: Client, sleep: Any, kind: str) -> None:
    etag = client.get(f"/feeds/stories.{kind}").headers["ETag"]
    assert client.get(f"/feeds/stories.{kind}", headers={"if-none-match": etag}).status_code == 304


def test_a_control_character_does_not_break_the_feed(client: Client, stories: StoryIndexPage) -> None:
    make_story(stories, title="Tab\x0b and 👩‍⚕️", body=[("text", "<p>x\x0by</p>")])
    assert whole_text(client.get("/feeds/stories.rss").content) == {"Tab and 👩‍⚕️": "<p>xy</p>"}


def test_pictures_in_a_feed_are_plain_and_absolute(client: Client, stories: StoryIndexPage) -> None:
    from wagtail.images.models import Image

    image = Image.objects.create(title="Dawn", file=get_test_image_file(size=(900, 600)))
    image.contextual_alt_text, image.decorative = "A tree", False
    make_story(stories, title="Seen", body=[("image", {"image": image, "caption": "", "credit": ""})])
    text = whole_text(client.get("/feeds/stories.rss").content)["Seen"]
    assert f'src="{settings.BASE_URL}/media/' in text or 'src="http' in text
    assert 'alt="A tree"' in text
    assert "srcset" not in text
    assert "<picture" not in text


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p onclick=x>a<script>b()</script></p>", "<p>a</p>"),
        ('<a href="javascript:x()">a</a>', "<a>a</a>"),
        ('<a href="#ref-1">1</a>', '<a href="https://r.example/s/#ref-1">1</a>'),
        ("<form><p>subscribe</p></form><p>b</p>", "<p>b</p>"),
        ("<picture><source srcset=a><img src=/b.png alt=c></picture>", '<img src="https://r.example/b.png" alt="c">'),
    ],
)
def test_what_stands_alone_is_plain(html: str, expected: str) -> None:
    assert standing_alone(html, address="https://r.example/s/") == expected
