"""Corrections, per story and for the whole site."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from wagtail.models import PageViewRestriction

from blog.models import Correction
from tests.factories import make_story

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

    from blog.models import StoryIndexPage

pytestmark = pytest.mark.django_db


def correction(day: int, text: str) -> Correction:
    return Correction(made_on=date(2026, 3, day), text=text)


def test_the_sites_log_has_every_correction_the_newest_first(client: Client, stories: StoryIndexPage) -> None:
    make_story(stories, title="One", corrections=[correction(1, "Early."), correction(9, "Late.")])
    two = make_story(stories, title="Two", corrections=[correction(5, "Between.")])
    page = client.get("/corrections/")
    assert [entry.text for entry in page.context["corrections"]] == ["Late.", "Between.", "Early."]
    assert f'href="{two.url}"' in page.content.decode()


def test_a_story_shows_its_own_and_leads_to_all(client: Client, stories: StoryIndexPage) -> None:
    story = make_story(stories, corrections=[correction(1, "The dose was wrong.")])
    html = client.get(story.url).content.decode()
    assert "The dose was wrong." in html
    assert 'href="/corrections/">All corrections' in html


def test_a_correction_of_a_draft_or_a_private_story_is_not_public(client: Client, stories: StoryIndexPage) -> None:
    make_story(stories, live=False, corrections=[correction(1, "Of a draft.")])
    private = make_story(stories, corrections=[correction(1, "Of a private story.")])
    PageViewRestriction.objects.create(page=private, restriction_type="login")
    html = client.get("/corrections/").content.decode()
    assert "Of a" not in html
    assert "Nothing has had to be corrected so far." in html


def test_markup_in_a_correction_is_shown_as_text(client: Client, stories: StoryIndexPage) -> None:
    make_story(stories, corrections=[correction(1, "<script>alert(1)</script>")])
    assert "<script>alert" not in client.get("/corrections/").content.decode()


def test_a_long_log_has_pages_and_takes_few_queries(
    client: Client, stories: StoryIndexPage, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(4):
        make_story(stories, corrections=[correction(day, "Mended.") for day in range(1, 11)])
    client.get("/corrections/")
    with django_assert_max_num_queries(10):
        second = client.get("/corrections/?page=2")
    assert len(second.context["corrections"]) == 10
    assert '<link rel="canonical" href="https://testserver/corrections/?page=2">' in second.content.decode()


def test_every_page_leads_there(client: Client, stories: StoryIndexPage) -> None:
    assert 'href="/corrections/"' in client.get("/").content.decode()
