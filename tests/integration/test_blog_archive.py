"""The archive by year and topic, and the pages of series."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from wagtail.models import PageViewRestriction

from blog.models import Series, Topic
from tests.factories import make_story
from tests.stages import stage

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

    from blog.models import StoryIndexPage

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@stage
def years(stories: StoryIndexPage) -> StoryIndexPage:
    """Two stories of 2024 and one of 2026; `sleep` on two of them, a draft of 2025."""
    sleep = Topic.objects.create(name="Sleep", slug="sleep")
    Topic.objects.create(name="Unused", slug="unused")
    for title, day, topics in [
        ("First", date(2024, 1, 1), [sleep]),
        ("Second", date(2024, 12, 31), []),
        ("Third", date(2026, 5, 1), [sleep]),
    ]:
        make_story(stories, title=title, slug=title.lower(), published_on=day, topics=topics)
    make_story(stories, live=False, title="Draft", published_on=date(2025, 1, 1))
    return stories


def test_the_archive_counts_stories_by_year_and_topic(client: Client, years: StoryIndexPage) -> None:
    page = client.get("/stories/archive/")
    assert [(year.number, year.count) for year in page.context["years"]] == [(2026, 1), (2024, 2)]
    assert [(topic.slug, topic.count) for topic in page.context["topics"]] == [("sleep", 2)]
    html = page.content.decode()
    assert '<link rel="canonical" href="https://testserver/stories/archive/">' in html
    assert 'href="/stories/2024/"' in html
    assert 'href="/stories/?topic=sleep"' in html


def test_a_year_lists_its_stories_the_newest_first(client: Client, years: StoryIndexPage) -> None:
    page = client.get("/stories/2024/")
    assert [story.title for story in page.context["stories"]] == ["Second", "First"]
    assert '<link rel="canonical" href="https://testserver/stories/2024/">' in page.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/stories/2025/",
        "/stories/1900/",
        "/stories/0000/",
        "/stories/9999/",
        "/stories/20244/",
        "/stories/٢٠٢٤/",
        "/archive/",
    ],
)
def test_a_year_without_stories_is_not_found(client: Client, years: StoryIndexPage, address: str) -> None:
    assert client.get(address).status_code == 404


def test_private_stories_are_not_counted(client: Client, years: StoryIndexPage) -> None:
    third = years.get_children().get(slug="third")
    PageViewRestriction.objects.create(page=third, restriction_type="login")
    page = client.get("/stories/archive/")
    assert [year.number for year in page.context["years"]] == [2024]
    assert client.get("/stories/2026/").status_code == 404


def test_an_empty_archive_says_so(client: Client, stories: StoryIndexPage) -> None:
    assert "No story has been published here yet." in client.get("/stories/archive/").content.decode()


def test_a_story_named_like_a_year_can_be_read(client: Client, years: StoryIndexPage) -> None:
    make_story(years, title="The year 2024", slug="2024", published_on=date(2026, 1, 1))
    assert "The year 2024" in client.get("/stories/2024/").content.decode()


def test_pages_of_a_year_have_addresses_of_their_own(client: Client, stories: StoryIndexPage) -> None:
    for day in range(1, 15):
        make_story(stories, published_on=date(2024, 3, day))
    second = client.get("/stories/2024/?page=2")
    html = second.content.decode()
    assert len(second.context["stories"]) == 2
    assert '<link rel="canonical" href="https://testserver/stories/2024/?page=2">' in html
    assert 'rel="prev" href="?page=1"' in html


def test_the_archive_takes_as_many_queries_for_many_years_as_for_one(
    client: Client, years: StoryIndexPage, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for year in range(1990, 2005):
        make_story(years, published_on=date(year, 1, 1))
    client.get("/stories/archive/")
    with django_assert_max_num_queries(14):
        client.get("/stories/archive/")


class TestSeries:
    def test_a_series_shows_its_stories_in_the_order_of_their_parts(
        self, client: Client, stories: StoryIndexPage
    ) -> None:
        series = Series.objects.create(name="Treatments, plainly", slug="plainly", description="One at a time.")
        for title, day in [("Part two", date(2026, 2, 1)), ("Part one", date(2026, 1, 1)), ("Part three", None)]:
            make_story(stories, title=title, published_on=day, series=series)
        make_story(stories, title="Another", published_on=date(2026, 1, 15))
        page = client.get("/series/plainly/")
        assert [story.title for story in page.context["stories"]] == ["Part one", "Part two", "Part three"]
        assert '<link rel="canonical" href="https://testserver/series/plainly/">' in page.content.decode()

    def test_a_story_links_to_its_series_and_to_the_parts_beside_it(
        self, client: Client, stories: StoryIndexPage
    ) -> None:
        series = Series.objects.create(name="Treatments, plainly", slug="plainly")
        first, second, third = (
            make_story(stories, title=f"Part {n}", published_on=date(2026, 1, n), series=series) for n in (1, 2, 3)
        )
        make_story(stories, title="Between", published_on=date(2026, 1, 2))
        html = client.get(second.url).content.decode()
        assert 'href="/series/plainly/"' in html
        assert f'rel="prev" href="{first.url}"' in html
        assert f'rel="next" href="{third.url}"' in html

    @pytest.mark.parametrize("slug", ["unknown", "empty"])
    def test_a_series_without_readable_stories_is_not_found(
        self, client: Client, stories: StoryIndexPage, slug: str
    ) -> None:
        make_story(stories, live=False, series=Series.objects.create(name="Empty", slug="empty"))
        assert client.get(f"/series/{slug}/").status_code == 404
