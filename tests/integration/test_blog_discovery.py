"""How stories are found: feeds, site map, robots, search."""

from __future__ import annotations

import datetime
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from blog.models import HomePage, StoryIndexPage
from tests.factories import make_author, make_story
from tests.stages import stage

ATOM = "{http://www.w3.org/2005/Atom}"


@stage
def published(home: HomePage, stories: StoryIndexPage) -> None:
    author = make_author(home)
    make_story(
        stories,
        title="Sleep & mood <first>",
        slug="sleep",
        standfirst="Why sleep comes first.",
        author=author,
        published_on=datetime.date(2026, 9, 1),
        body=[("text", "<p>Insomnia is treatable.</p>")],
    )
    make_story(stories, live=False, title="A draft about insomnia", slug="draft")


def parse(content: bytes) -> ET.Element:
    return ET.fromstring(content)  # noqa: S314 - our own output


def test_the_rss_feed_holds_live_stories_under_our_own_address(client: Client, published: None) -> None:
    response = client.get("/feeds/stories.rss", headers={"host": "evil.example"})
    items = parse(response.content).findall("channel/item")
    assert [item.findtext("title") for item in items] == ["Sleep & mood <first>"]
    assert items[0].findtext("link") == f"{settings.BASE_URL}/stories/sleep/"
    assert items[0].findtext("pubDate") == "Tue, 01 Sep 2026 00:00:00 +0000"
    assert b"evil.example" not in response.content


def test_the_atom_feed_names_the_author(client: Client, published: None) -> None:
    entries = parse(client.get("/feeds/stories.atom").content).findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}author/{ATOM}name") for entry in entries] == ["Dr. Ada Quist, MD"]


def test_the_json_feed_follows_its_version(client: Client, published: None) -> None:
    response = client.get("/feeds/stories.json")
    feed = response.json()
    assert response.headers["Content-Type"] == "application/feed+json"
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["url"] for item in feed["items"]] == [f"{settings.BASE_URL}/stories/sleep/"]
    assert feed["items"][0]["date_published"] == "2026-09-01T00:00:00+00:00"


def test_a_feed_of_another_kind_is_not_found(client: Client, published: None) -> None:
    assert client.get("/feeds/stories.exe").status_code == 404


@pytest.mark.parametrize("kind", ["rss", "atom", "json"])
def test_a_feed_without_stories_is_a_feed(client: Client, home: HomePage, kind: str) -> None:
    assert client.get(f"/feeds/stories.{kind}").status_code == 200


def test_the_site_map_lists_every_public_page_and_no_draft(client: Client, published: None) -> None:
    urls = parse(client.get("/sitemap.xml").content)
    locations = [element.text for element in urls.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert set(locations) == {
        f"{settings.BASE_URL}{path}"
        for path in ("/", "/stories/", "/stories/archive/", "/stories/sleep/", "/ada-quist/")
    }


def test_robots_are_told_where_the_site_map_is(client: Client, db: None) -> None:
    text = client.get("/robots.txt").content.decode()
    assert f"Sitemap: {settings.BASE_URL}/sitemap.xml" in text
    assert "Disallow: /admin/" in text


def found(client: Client, query: str) -> Any:
    response = client.get("/search/", {"q": query})
    assert response.status_code == 200
    return [hit.story.slug for hit in response.context["hits"]]


@pytest.mark.parametrize("query", ["insomnia", "Sleep mood", "comes first"])
def test_search_finds_words_of_title_standfirst_and_text_but_no_draft(
    client: Client, published: None, query: str
) -> None:
    assert found(client, query) == ["sleep"]


@pytest.mark.parametrize("query", ["insomnias", "sleeping moods"])
def test_search_finds_other_forms_of_a_word(client: Client, published: None, query: str) -> None:
    assert found(client, query) == ["sleep"]


def test_search_shows_the_form_when_nothing_is_asked(client: Client, published: None) -> None:
    response = client.get("/search/")
    assert 'name="q"' in response.content.decode()
    assert list(response.context["hits"]) == []


def test_search_says_when_nothing_was_found(client: Client, published: None) -> None:
    assert "No story has “zebra”" in client.get("/search/", {"q": "zebra"}).content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "\x00sleep",
        '"',
        "sleep*",
        "a AND (b",
        "' OR 1=1 --",
        "NEAR(",
        "title:x",
        "<script>alert(1)</script>",
        "é" * 9000,
    ],
)
def test_search_answers_whatever_is_typed(client: Client, published: None, query: str) -> None:
    response = client.get("/search/", {"q": query})
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()


def test_a_story_that_is_withdrawn_is_no_longer_found(client: Client, published: None, stories: StoryIndexPage) -> None:
    stories.get_children().get(slug="sleep").specific.unpublish()
    assert found(client, "insomnia") == []
