"""How a story is written: defaults, drafts, previews, scheduled publishing."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client, RequestFactory
from django.utils import timezone
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from blog.models import HomePage, Reference, StoryIndexPage, StoryPage, Topic
from tests.factories import make_author, make_story

pytestmark = pytest.mark.slow


@pytest.fixture
def doctor(client: Client, home: HomePage) -> User:
    user = User.objects.create_superuser("ada", "ada@example.com", "a long password for tests")
    make_author(home, user=user)
    client.force_login(user)
    return user


def test_who_writes_is_set_as_the_author(client: Client, doctor: User, stories: StoryIndexPage) -> None:
    form = client.get(f"/admin/pages/add/blog/storypage/{stories.pk}/").context["form"]
    assert form.initial["author"] == doctor.author_page.pk


def test_an_editor_without_an_author_page_starts_without_an_author(
    client: Client, doctor: User, stories: StoryIndexPage
) -> None:
    doctor.author_page.delete()
    form = client.get(f"/admin/pages/add/blog/storypage/{stories.pk}/").context["form"]
    assert form.initial.get("author") is None


def test_the_author_of_an_existing_story_is_left_alone(client: Client, doctor: User, stories: StoryIndexPage) -> None:
    story = make_story(stories)
    form = client.get(f"/admin/pages/{story.pk}/edit/").context["form"]
    assert form.initial["author"] is None


def test_a_new_story_starts_with_a_paragraph_to_write_in_and_a_signature(
    client: Client, doctor: User, stories: StoryIndexPage
) -> None:
    form = client.get(f"/admin/pages/add/blog/storypage/{stories.pk}/").context["form"]
    assert [block.block_type for block in form.initial["body"]] == ["text", "signature"]


def test_a_story_that_was_never_saved_can_be_previewed_empty(stories: StoryIndexPage, rf: RequestFactory) -> None:
    story = StoryPage()
    response = story.make_preview_request(rf.get("/"), story.default_preview_mode)
    assert response.status_code == 200
    assert b"Untitled" in response.content
    assert b"Not published yet" in response.content


@pytest.mark.parametrize(
    "body",
    [
        [{"type": "heading", "value": {}}],
        [{"type": "image", "value": {}}, {"type": "quote", "value": {}}, {"type": "callout", "value": {}}],
        [{"type": "references", "value": {}}, {"type": "crisis_help", "value": {}}, {"type": "signature", "value": {}}],
        [{"type": "text", "value": ""}],
    ],
)
def test_half_written_blocks_can_be_previewed(
    stories: StoryIndexPage, rf: RequestFactory, body: list[dict[str, Any]]
) -> None:
    story = StoryPage(title="Half", body=body)
    assert story.make_preview_request(rf.get("/"), story.default_preview_mode).status_code == 200


def test_a_preview_shows_topics_and_references_that_are_only_in_the_draft(
    stories: StoryIndexPage, rf: RequestFactory
) -> None:
    story = make_story(stories, body=[("text", "<p>It helps [1].</p>")])
    story.topics.set([Topic.objects.create(name="Sleep", slug="sleep")])
    story.references.set([Reference(text="A source in the draft")])
    story.save_revision()
    draft = StoryPage.objects.get(pk=story.pk).get_latest_revision_as_object()
    html = draft.make_preview_request(rf.get("/"), draft.default_preview_mode).content.decode()
    assert "A source in the draft" in html
    assert "Sleep" in html
    assert "A source in the draft" not in Client().get(story.url).content.decode()


def test_the_editor_shows_what_is_typed_in_a_frame_of_our_own(
    client: Client, doctor: User, stories: StoryIndexPage
) -> None:
    typed = nested_form_data(
        {
            "title": "As typed",
            "slug": "as-typed",
            "kind": "news",
            "body": streamfield([("text", rich_text("<p>A half sentence"))]),
            "references": inline_formset([{"text": "A book", "doi": "", "pmid": "", "url": ""}]),
            "corrections": inline_formset([]),
            "comments": inline_formset([]),
        }
    )
    address = f"/admin/pages/add/blog/storypage/{stories.pk}/preview/"
    assert client.post(address, typed).json() == {"is_valid": True, "is_available": True}
    response = client.get(address)
    html = response.content.decode()
    assert "As typed" in html
    assert "A half sentence" in html
    assert "A book" in html
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in response.headers["Content-Security-Policy"]


def test_a_saved_draft_can_be_looked_at_whole(client: Client, doctor: User, stories: StoryIndexPage) -> None:
    story = make_story(stories, live=False, title="A draft")
    response = client.get(f"/admin/pages/{story.pk}/view_draft/")
    assert response.status_code == 200
    assert "A draft" in response.content.decode()


def test_a_draft_of_a_live_story_changes_nothing_for_readers(client: Client, stories: StoryIndexPage) -> None:
    story = make_story(stories, title="As published")
    story.title = "As drafted"
    story.save_revision()
    html = client.get(story.url).content.decode()
    assert "As published" in html
    assert "As drafted" not in html


def test_a_story_goes_live_at_its_instant_and_not_before(client: Client, stories: StoryIndexPage) -> None:
    story = make_story(stories, live=False, slug="later")
    story.go_live_at = timezone.now() + datetime.timedelta(hours=1)
    story.save_revision().publish()
    call_command("publish_scheduled")
    assert client.get("/stories/later/").status_code == 404
    with time_machine.travel(timezone.now() + datetime.timedelta(hours=2)):
        call_command("publish_scheduled")
        assert client.get("/stories/later/").status_code == 200


def test_a_story_ends_at_its_instant(client: Client, stories: StoryIndexPage) -> None:
    story = make_story(stories, slug="gone")
    StoryPage.objects.filter(pk=story.pk).update(expire_at=timezone.now() - datetime.timedelta(seconds=1))
    call_command("publish_scheduled")
    assert client.get("/stories/gone/").status_code == 404


def test_the_date_readers_see_is_the_imported_one_else_the_day_it_went_live(stories: StoryIndexPage) -> None:
    fresh = make_story(stories)
    assert fresh.display_date == timezone.localdate()
    assert make_story(stories, published_on=datetime.date(2019, 5, 1)).display_date == datetime.date(2019, 5, 1)
    assert make_story(stories, live=False).display_date is None


@pytest.mark.parametrize("path", ["/admin/login/", "/admin/"])
def test_the_admin_may_run_its_own_scripts_but_none_from_elsewhere(client: Client, doctor: User, path: str) -> None:
    policy = client.get(path).headers["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-inline'" in policy
    assert "http" not in policy
