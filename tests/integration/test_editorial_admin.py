"""The check in the admin: beside the editor, on its page, and how a refused story is explained."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import GroupApprovalTask, Page, PageLogEntry, Workflow, WorkflowTask
from wagtail.test.utils.form_data import rich_text, streamfield

from blog.models import EditorialDecision, StoryIndexPage, StoryPage
from newsletter.admin.roles import ROLES
from tests.factories import make_story
from tests.integration.editorial_scene import (
    CALM,
    JUMP,
    blocked_draft,
    blocked_live,
    form_of,
    make_user,
    rules_in_the_way,
)
from tests.stages import stage

if TYPE_CHECKING:
    from django.contrib.auth.models import User

pytestmark = pytest.mark.slow

REASON = "Read by two doctors; it stays."


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@stage
def login(stories: StoryIndexPage) -> User:
    return make_user("Editor")


@pytest.fixture
def editor(login: User) -> Client:
    return client_of(login)


def messages_of(response: Any) -> str:
    return unescape(" ".join(str(message) for message in response.context["messages"]))


def edit_url(story: StoryPage) -> str:
    return reverse("wagtailadmin_pages:edit", args=[story.pk])


def is_live(story: Page) -> bool:
    return bool(Page.objects.filter(pk=story.pk, live=True).exists())


def test_publishing_in_the_editor_saves_the_draft_and_says_what_is_in_the_way(
    editor: Client, stories: StoryIndexPage
) -> None:
    story = make_story(stories, live=False, body=CALM)
    story.title, story.body = "Rewritten", JUMP
    posted = form_of(story) | {"action-publish": "1"}
    response = editor.post(edit_url(story), posted, follow=True)
    said = messages_of(response)
    assert "“Rewritten” can't be published yet: A1 (1 heading)." in said
    assert "Your draft is saved." in said
    assert reverse("blog_check", args=[story.pk]) in said
    assert not is_live(story)
    assert StoryPage.objects.get(pk=story.pk).get_latest_revision_as_object().title == "Rewritten"


def test_a_new_story_that_is_published_at_once_becomes_a_draft(editor: Client, stories: StoryIndexPage) -> None:
    posted = form_of(StoryPage(title="At once", slug="at-once", body=JUMP)) | {"action-publish": "1"}
    address = reverse("wagtailadmin_pages:add", args=["blog", "storypage", stories.pk])
    response = editor.post(address, posted, follow=True)
    story = StoryPage.objects.get()
    assert "can't be published yet" in messages_of(response)
    assert (story.live, story.has_unpublished_changes) == (False, True)


def test_a_new_story_without_findings_is_published_at_once(editor: Client, stories: StoryIndexPage) -> None:
    posted = form_of(StoryPage(title="At once", slug="at-once", body=CALM)) | {"action-publish": "1"}
    editor.post(reverse("wagtailadmin_pages:add", args=["blog", "storypage", stories.pk]), posted)
    assert StoryPage.objects.get().live


def test_autosave_saves_a_blocked_draft_without_a_word(editor: Client, stories: StoryIndexPage) -> None:
    story = blocked_draft(stories)
    response = editor.post(edit_url(story), form_of(story), headers={"Accept": "application/json"})
    assert response.json()["success"] is True


def test_publishing_many_publishes_none_and_names_the_one_in_the_way(editor: Client, stories: StoryIndexPage) -> None:
    good = make_story(stories, live=False, body=CALM)
    bad = blocked_draft(stories, title="Small print")
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    response = editor.post(f"{address}?id={good.pk}&id={bad.pk}&next=/admin/", {}, follow=True)
    assert "“Small print” can't be published yet" in messages_of(response)
    assert (is_live(good), is_live(bad)) == (False, False)


def test_publishing_many_looks_below_when_it_is_to_publish_what_is_below(
    editor: Client, stories: StoryIndexPage
) -> None:
    bad = blocked_draft(stories, title="Small print")
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    response = editor.post(f"{address}?id={stories.pk}&next=/admin/", {"include_descendants": "on"}, follow=True)
    assert "“Small print” can't be published yet" in messages_of(response)
    assert not is_live(bad)


def submitted(story: StoryPage, author: User, approver: User) -> Any:
    task = GroupApprovalTask.objects.create(name="Look")
    task.groups.set(approver.groups.all())
    workflow = Workflow.objects.create(name="Look at it")
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=1)
    return workflow.start(story, author)


def test_approving_a_blocked_draft_ends_in_a_message_and_the_task_stays_open(stories: StoryIndexPage) -> None:
    approver, author = make_user("Editor"), make_user("Contributor")
    story = blocked_draft(stories, title="Small print", owner=author)
    state = submitted(story, author, approver)
    address = reverse("wagtailadmin_pages:workflow_action", args=[story.pk, "approve", state.current_task_state.pk])
    response = client_of(approver).post(address, {"comment": "Fine", "next": edit_url(story)}, follow=True)
    assert "“Small print” can't be published yet" in messages_of(response)
    state.refresh_from_db()
    assert (state.status, is_live(story)) == ("in_progress", False)


def test_a_program_that_asks_for_json_is_refused_in_json(stories: StoryIndexPage) -> None:
    approver, author = make_user("Editor"), make_user("Contributor")
    story = blocked_draft(stories, owner=author)
    state = submitted(story, author, approver)
    address = reverse("wagtailadmin_pages:workflow_action", args=[story.pk, "approve", state.current_task_state.pk])
    response = client_of(approver).post(address, {"comment": "Fine"}, headers={"Accept": "application/json"})
    assert (response.status_code, response.json()["error_code"]) == (409, "refused")


@pytest.mark.parametrize("how", [{"publish_copies": "on"}, {"alias": "on"}])
def test_copying_a_blocked_live_story_as_live_is_explained_before_anything_is_copied(
    editor: Client, home: Page, stories: StoryIndexPage, how: dict[str, str]
) -> None:
    blocked_live(stories, title="Small print")
    pages = Page.objects.count()
    form = {"new_title": "Again", "new_slug": "again", "new_parent_page": home.pk, "copy_subpages": "on", **how}
    response = editor.post(reverse("wagtailadmin_pages:copy", args=[stories.pk]), form, follow=True)
    assert "“Small print” can't be published yet" in messages_of(response)
    assert Page.objects.count() == pages


def test_scheduling_a_blocked_story_is_explained_at_once(editor: Client, stories: StoryIndexPage) -> None:
    story = blocked_draft(stories)
    tomorrow = f"{timezone.now() + timedelta(days=1):%Y-%m-%d %H:%M}"
    response = editor.post(
        edit_url(story), form_of(story, go_live_at=tomorrow, expire_at="") | {"action-publish": "1"}, follow=True
    )
    assert "can't be published yet" in messages_of(response)
    assert not story.revisions.exclude(approved_go_live_at=None).exists()


def live_check(client: Client, story: StoryPage, **posted: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.post(
        reverse("blog_check_live", args=[story.pk]), {**form_of(story), **posted}
    ).json()
    return answer


def test_the_panel_checks_what_is_typed_and_saves_nothing(editor: Client, stories: StoryIndexPage) -> None:
    story = make_story(stories, live=False, body=CALM)
    typed = form_of(story, body=streamfield([("heading", JUMP[0][1]), ("text", rich_text("<p>New.</p>"))]))
    answer = editor.post(reverse("blog_check_live", args=[story.pk]), typed).json()
    assert answer["open"] == 1
    assert answer["summary"] == "1 finding is in the way of publishing."
    assert 'data-do="override"' in answer["html"]
    assert rules_in_the_way(StoryPage.objects.get(pk=story.pk).get_latest_revision_as_object()) == []


def test_the_panel_checks_a_story_before_its_first_save(editor: Client, stories: StoryIndexPage) -> None:
    typed = form_of(StoryPage(title="", slug="", body=JUMP), title="", slug="")
    answer = editor.post(reverse("blog_check_new", args=[stories.pk]), typed).json()
    assert answer["open"] == 1
    assert "data-fingerprint" not in answer["html"], "nothing can be decided about a story that isn't there"
    assert not StoryPage.objects.exists()


def test_the_panel_falls_back_to_the_saved_draft_while_a_field_cannot_be_read(
    editor: Client, stories: StoryIndexPage
) -> None:
    story = blocked_draft(stories)
    answer = live_check(editor, story, reviewed_on="the other day")
    assert answer["open"] == 1
    assert "last saved draft" in answer["html"]


def fingerprint_of(story: StoryPage) -> str:
    from blog.editorial.gate import unsettled

    return unsettled(story, today=timezone.localdate())[0].fingerprint


def test_a_blocker_is_overridden_beside_the_editor_with_a_reason(editor: Client, stories: StoryIndexPage) -> None:
    story = blocked_draft(stories)
    mark = fingerprint_of(story)
    refused = live_check(editor, story, decision="override", fingerprint=mark, reason="ok")
    assert (refused["open"], refused["complaint"]) == (1, "Give a reason of at least 10 characters.")
    assert live_check(editor, story, decision="override", fingerprint=mark, reason=REASON)["open"] == 0
    decision = EditorialDecision.objects.get()
    assert (decision.rule, decision.kind, decision.reason) == ("A1", "overridden", REASON)
    entry = PageLogEntry.objects.get(page=story.pk, action="rounds.override")
    assert (str(entry.user), entry.comment) == ("editor", REASON)
    story.latest_revision.publish()
    assert is_live(story)


def test_a_doctor_may_not_override(stories: StoryIndexPage) -> None:
    doctor = make_user("Doctor")
    story = blocked_draft(stories, owner=doctor)
    client = client_of(doctor)
    assert 'data-do="override"' not in live_check(client, story)["html"]
    address = reverse("blog_check", args=[story.pk])
    client.post(address, {"decision": "override", "fingerprint": fingerprint_of(story), "reason": REASON})
    assert not EditorialDecision.objects.exists()


@pytest.mark.parametrize("role", ROLES)
def test_the_check_is_for_those_who_may_edit_or_publish_the_story(stories: StoryIndexPage, role: str) -> None:
    story = blocked_draft(stories, owner=make_user("Owner", "somebody"))
    client = client_of(make_user(role))
    expected = 200 if role in {"Owner", "Editor"} else 403
    address = reverse("blog_check", args=[story.pk])
    assert client.get(address).status_code == expected
    allowed = expected == 200
    assert client.post(address, {"decision": ""}).status_code == (302 if allowed else 403)
    live = client.post(reverse("blog_check_live", args=[story.pk]), form_of(story))
    assert live.status_code == (200 if allowed else 403)
    new = client.post(reverse("blog_check_new", args=[stories.pk]), form_of(story))
    assert new.status_code == (403 if role == "Analyst" else 200)


@pytest.mark.parametrize("role", ["Doctor", "Contributor"])
def test_whoever_wrote_a_story_sees_its_check(stories: StoryIndexPage, role: str) -> None:
    writer = make_user(role)
    story = blocked_draft(stories, owner=writer)
    assert client_of(writer).get(reverse("blog_check", args=[story.pk])).status_code == 200


def test_strangers_are_asked_to_log_in_and_unknown_stories_are_not_found(
    client: Client, editor: Client, stories: StoryIndexPage
) -> None:
    story = blocked_draft(stories)
    assert client.get(reverse("blog_check", args=[story.pk])).status_code == 302
    for name in ("blog_check", "blog_check_live"):
        assert editor.post(reverse(name, args=[stories.pk]), {}).status_code == 404, "the list is no story"
        assert editor.post(reverse(name, args=[987654]), {}).status_code == 404


def test_the_page_shows_findings_decisions_and_readability(editor: Client, stories: StoryIndexPage) -> None:
    story = blocked_draft(stories)
    address = reverse("blog_check", args=[story.pk])
    page = editor.get(address).content.decode()
    assert "1 finding is in the way of publishing." in page
    assert "Readability" in page
    page = editor.post(
        address, {"decision": "override", "fingerprint": fingerprint_of(story), "reason": REASON}, follow=True
    ).content.decode()
    assert "Nothing is in the way of publishing." in page
    assert page.count(REASON) == 2, "with the finding, and in the list of decisions"


def test_crisis_help_is_added_before_the_foot_in_a_new_draft(editor: Client, stories: StoryIndexPage) -> None:
    body = [*CALM, ("signature", {"closing": "", "name": "Ada Quist", "credential": "MD"})]
    story = make_story(stories, body=body)
    for _ in range(2):
        editor.post(reverse("blog_check", args=[story.pk]), {"decision": "crisis_help"})
    draft = StoryPage.objects.get(pk=story.pk).get_latest_revision_as_object()
    assert [block.block_type for block in draft.body] == ["text", "crisis_help", "signature"]
    assert [block.block_type for block in StoryPage.objects.get(pk=story.pk).body] == ["text", "signature"]


def test_the_editor_has_the_panel_and_an_alias_has_none(editor: Client, stories: StoryIndexPage) -> None:
    story = make_story(stories, body=CALM)
    page = editor.get(edit_url(story)).content.decode()
    assert f'data-rounds-check-url-value="/admin/stories/{story.pk}/check/live/"' in page
    assert f'href="/admin/stories/{story.pk}/check/"' in page, "the button in the header's menu"
    alias = story.create_alias(parent=stories, update_slug="mirror")
    assert "data-rounds-check-url-value" not in editor.get(edit_url(alias)).content.decode()
    new = editor.get(reverse("wagtailadmin_pages:add", args=["blog", "storypage", stories.pk])).content.decode()
    assert f'data-rounds-check-url-value="/admin/stories/new/{stories.pk}/check/live/"' in new


@pytest.mark.parametrize(
    "html",
    ["", f"<p>{'word ' * 2999}end.</p>", "<p>" + "Seven words make up this short sentence. " * 7150 + "</p>"],
    ids=["nothing", "a sentence of 3,000 words", "50,000 words"],
)
def test_the_panel_answers_whatever_the_length(editor: Client, stories: StoryIndexPage, html: str) -> None:
    story = make_story(stories, live=False, body=[("text", html)] if html else [])
    assert "in the way of publishing" in live_check(editor, story)["html"] or not html
    assert editor.get(reverse("blog_check", args=[story.pk])).status_code == 200
