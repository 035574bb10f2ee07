"""The outbox between publishing and mailing, against every way in which Wagtail says "published"."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.core.management import call_command
from django.db import DatabaseError
from wagtail.actions.copy_page import CopyPageAction
from wagtail.actions.create_alias import CreatePageAliasAction

from newsletter.issues.queries import unsent_stories
from newsletter.issues.release import release_story
from newsletter.models import StoryRelease
from tests.factories import make_story

if TYPE_CHECKING:
    from blog.models import StoryIndexPage, StoryPage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db


def released() -> list[int]:
    return list(StoryRelease.objects.order_by("pk").values_list("story_id", flat=True))


def copy(story: StoryPage, **options: object) -> StoryPage:
    made: StoryPage = CopyPageAction(page=story, update_attrs={"slug": f"{story.slug}-copy"}, **options).execute()
    return made


def schedule_for(story: StoryPage, at: datetime) -> None:
    story.go_live_at = at
    story.save_revision().publish()
    story.refresh_from_db()


def test_a_published_story_is_noted_once(stories: StoryIndexPage) -> None:
    story = make_story(stories)
    assert released() == [story.pk]


def test_a_draft_is_not_noted(stories: StoryIndexPage) -> None:
    make_story(stories, live=False)
    assert released() == []


def test_publishing_again_changes_nothing(stories: StoryIndexPage) -> None:
    story = make_story(stories)
    first = StoryRelease.objects.get()
    story.title = "A better title"
    story.save_revision().publish()
    assert StoryRelease.objects.get().released_at == first.released_at


def test_a_scheduled_story_is_noted_only_when_it_really_goes_live(stories: StoryIndexPage) -> None:
    story = make_story(stories, live=False)
    due = datetime.now(UTC) + timedelta(hours=1)
    schedule_for(story, due)
    assert not story.live
    assert released() == []
    with time_machine.travel(due + timedelta(seconds=1)):
        call_command("publish_scheduled")
    story.refresh_from_db()
    assert story.live
    assert released() == [story.pk]


def test_a_scheduled_change_of_a_live_story_changes_nothing(stories: StoryIndexPage) -> None:
    story = make_story(stories)
    schedule_for(story, datetime.now(UTC) + timedelta(hours=1))
    assert released() == [story.pk]


def test_a_story_published_while_the_clock_stands_still_is_no_copy(stories: StoryIndexPage) -> None:
    with time_machine.travel(datetime(2026, 1, 5, 9, tzinfo=UTC), tick=False):
        story = make_story(stories)
    assert released() == [story.pk]


def test_a_live_copy_is_no_news_even_when_it_is_published_again(stories: StoryIndexPage) -> None:
    story = make_story(stories)
    twin = copy(story, keep_live=True)
    assert twin.live
    assert released() == [story.pk]
    twin.title = "The same, corrected"
    twin.save_revision().publish()
    assert released() == [story.pk]


@pytest.mark.parametrize("keep_live", [True, False])
def test_a_copied_draft_is_a_story_of_its_own(stories: StoryIndexPage, keep_live: bool) -> None:
    twin = copy(make_story(stories, live=False), keep_live=keep_live)
    assert released() == []
    twin.get_latest_revision().publish()
    assert released() == [twin.pk]


def test_a_copy_kept_as_a_draft_counts_once_it_is_published(stories: StoryIndexPage) -> None:
    story = make_story(stories)
    twin = copy(story, keep_live=False)
    assert released() == [story.pk]
    twin.get_latest_revision().publish()
    assert released() == [story.pk, twin.pk]


def test_an_alias_is_never_noted(stories: StoryIndexPage) -> None:
    story = make_story(stories)
    CreatePageAliasAction(story, parent=stories, update_slug="elsewhere").execute()
    story.title = "Changed, and its alias with it"
    story.save_revision().publish()
    assert released() == [story.pk]


def test_a_failure_is_logged_and_does_not_stop_the_publishing(
    stories: StoryIndexPage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(StoryRelease.objects, "get_or_create", broken)
    with caplog.at_level(logging.ERROR, logger="newsletter.issues.release"):
        story = make_story(stories)
    assert story.live
    assert f"story {story.pk} went live" in caplog.text


def test_what_could_not_be_noted_is_made_up_for_at_the_next_publishing(stories: StoryIndexPage) -> None:
    story = make_story(stories)
    StoryRelease.objects.all().delete()
    story.save_revision().publish()
    assert released() == [story.pk]


def test_a_second_signal_that_lost_the_race_changes_nothing(stories: StoryIndexPage) -> None:
    story = make_story(stories)
    release_story(instance=story)
    assert released() == [story.pk]


def test_unsent_stories_are_the_released_and_public_ones(stories: StoryIndexPage, newsletter: Newsletter) -> None:
    older, newer = make_story(stories), make_story(stories)
    make_story(stories, live=False)
    withdrawn = make_story(stories)
    withdrawn.unpublish()
    private = make_story(stories)
    private.view_restrictions.create(restriction_type="login")
    assert list(unsent_stories(newsletter)) == [newer, older]
