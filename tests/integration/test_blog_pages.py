"""What readers get beside stories: home, lists, authors, other pages, and what no page does."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import Page, PageViewRestriction

from blog.models import HomePage, StandardPage, StoryIndexPage, StoryPage
from newsletter.models import Newsletter
from tests.factories import make_story
from tests.integration.story_pages import make_full_story, make_image, read
from tests.stages import stage


@stage
def story(home: HomePage, stories: StoryIndexPage, newsletter: Newsletter) -> StoryPage:
    return make_full_story(home, stories)


@pytest.mark.parametrize("path", ["/", "/stories/", "/ada-quist/", "/search/?q=about"])
@pytest.mark.slow
def test_a_list_takes_no_more_queries_for_more_stories(
    client: Client, story: StoryPage, stories: StoryIndexPage, path: str
) -> None:
    def queries() -> int:
        read(client, path)
        with CaptureQueriesContext(connection) as captured:
            read(client, path)
        return len(captured)

    few = queries()
    for _ in range(4):
        make_story(stories, author=story.author, hero_image=make_image(), standfirst="More about it")
    assert queries() == few
    assert few <= 14


def test_the_home_page_shows_the_newest_stories_and_the_form(client: Client, story: StoryPage) -> None:
    html = read(client, "/")
    assert html.index("A newer story") < html.index("Ketamine: what is known") < html.index("An older story")
    assert 'name="email"' in html
    assert '<a href="/stories/?topic=ketamine">Ketamine</a>' in html


def test_an_empty_publication_has_a_home_page(client: Client, home: HomePage) -> None:
    assert "The first story is being written" in read(client, "/")


@pytest.mark.slow
def test_the_list_shows_twelve_stories_a_page(client: Client, stories: StoryIndexPage) -> None:
    for _ in range(13):
        make_story(stories)
    assert read(client, "/stories/").count('<article class="story-card') == 12
    assert read(client, "/stories/?page=2").count('<article class="story-card') == 1
    assert 'href="?page=2"' in read(client, "/stories/")


@pytest.mark.parametrize("page", ["0", "99", "x", ""])
def test_an_odd_page_number_shows_a_page_that_exists(client: Client, stories: StoryIndexPage, page: str) -> None:
    make_story(stories, title="Only one")
    assert "Only one" in read(client, f"/stories/?page={page}")


def test_the_list_narrows_to_a_topic(client: Client, story: StoryPage) -> None:
    html = read(client, "/stories/?topic=ketamine")
    assert "An older story" in html
    assert "A newer story" not in html


def test_an_unknown_topic_is_not_found(client: Client, story: StoryPage) -> None:
    assert client.get("/stories/?topic=nothing").status_code == 404


def test_an_author_page_lists_the_authors_stories(client: Client, story: StoryPage) -> None:
    html = read(client, "/ada-quist/")
    assert "Ketamine: what is known" in html
    assert "A newer story" not in html


def test_a_page_of_its_own_shows_its_body(client: Client, home: HomePage) -> None:
    body = [("heading", {"text": "Who we are", "level": "2"}), ("text", "<p>Few people [1].</p>")]
    home.add_child(instance=StandardPage(title="About", slug="about", body=body, show_in_menus=True))
    html = read(client, "/about/")
    assert "Few people [1]." in html
    assert '<a href="/about/" aria-current="page">About</a>' in html


def test_a_private_story_is_in_no_list(client: Client, story: StoryPage) -> None:
    PageViewRestriction.objects.create(page=Page.objects.get(pk=story.pk), restriction_type="login")
    for path in ("/", "/stories/", "/ada-quist/", "/search/?q=ketamine", "/feeds/stories.rss", "/sitemap.xml"):
        assert "/stories/ketamine/" not in read(client, path)
    assert client.get("/stories/ketamine/").status_code == 302


def test_what_is_open_to_all_is_what_wagtail_calls_public(story: StoryPage, home: HomePage) -> None:
    other = home.add_child(instance=StoryIndexPage(title="Members", slug="members"))
    make_story(other)
    for page in (other, story):
        PageViewRestriction.objects.create(page=Page.objects.get(pk=page.pk), restriction_type="login")
    assert set(StoryPage.objects.open_to_all()) == set(StoryPage.objects.public())
    assert StoryPage.objects.open_to_all().count() == 2


def test_a_draft_is_not_found(client: Client, stories: StoryIndexPage) -> None:
    make_story(stories, live=False, slug="draft")
    assert client.get("/stories/draft/").status_code == 404


def test_no_page_loads_anything_from_elsewhere(client: Client, story: StoryPage) -> None:
    for path in ("/", "/stories/", "/stories/ketamine/", "/ada-quist/", "/search/?q=x", "/nowhere/"):
        html = client.get(path).content.decode()
        loaded = re.findall(r'<(?:img|script|iframe|source|video|audio)\b[^>]*?\s(?:src|srcset)="([^"]+)"', html)
        loaded += re.findall(r'<link rel="(?:stylesheet|preload|icon)" href="([^"]+)"', html)
        assert len(loaded) >= 4
        assert [address for address in loaded if not address.startswith("/") or address.startswith("//")] == []
        assert "style=" not in html


def test_pages_tell_the_browser_to_load_nothing_from_elsewhere(client: Client, story: StoryPage) -> None:
    policy = client.get("/stories/ketamine/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert "http" not in policy
    assert "script-src" not in policy or "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]


def test_a_missing_page_says_so_in_the_publications_frame(client: Client, home: HomePage) -> None:
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "This page isn’t here" in response.content.decode()


def test_a_missing_page_of_an_unknown_site_still_answers(client: Client, db: None) -> None:
    assert client.get("/nowhere/").status_code == 404


def test_a_failure_has_a_page_that_needs_nothing_else(rf: Any) -> None:
    from django.views.defaults import server_error

    response = server_error(rf.get("/"))
    assert response.status_code == 500
    assert b"Something went wrong on our side" in response.content
