"""Every road to readers against a blocker: nothing goes live, nothing is half done, drafts stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone
from wagtail.actions.copy_page import CopyPageAction
from wagtail.actions.create_alias import CreatePageAliasAction
from wagtail.actions.publish_page_revision import PublishPageRevisionAction
from wagtail.admin.views.pages.bulk_actions.publish import PublishBulkAction
from wagtail.models import GroupApprovalTask, Page, PageLogEntry, Workflow, WorkflowTask

from blog.editorial.gate import PublishRefusedError
from blog.models import StoryIndexPage, StoryPage
from newsletter.delivery.publishing import publish_scheduled
from newsletter.models import OutgoingMail
from tests.factories import make_author, make_story
from tests.factories_delivery import NOON
from tests.integration.editorial_scene import CALM, JUMP, blocked_draft, blocked_live, make_user, settle

pytestmark = pytest.mark.slow

MINUTE = timedelta(minutes=1)


def is_live(story: Page) -> bool:
    return bool(Page.objects.filter(pk=story.pk, live=True).exists())


def test_a_story_without_findings_goes_live(stories: StoryIndexPage) -> None:
    assert is_live(make_story(stories, body=CALM))


def test_a_revision_with_a_blocker_is_not_published(stories: StoryIndexPage) -> None:
    story = blocked_draft(stories, title="Small print")
    with pytest.raises(PublishRefusedError, match=r"“Small print” can't be published yet: A1 \(1 heading\)") as refused:
        story.latest_revision.publish()
    assert [finding.rule for finding in refused.value.findings] == ["A1"]
    assert not is_live(story)


def test_wagtails_own_action_is_stopped_by_saving(stories: StoryIndexPage) -> None:
    """The editor's view calls the action, not the model's `publish`."""
    story = blocked_draft(stories)
    with pytest.raises(PublishRefusedError):
        PublishPageRevisionAction(story.latest_revision).execute(skip_permission_checks=True)
    assert not is_live(story)


def test_a_live_story_keeps_its_words_when_a_version_of_it_is_refused(stories: StoryIndexPage) -> None:
    story = make_story(stories, body=CALM)
    story.body = JUMP
    revision = story.save_revision()
    for publish in (revision.publish, PublishPageRevisionAction(revision).execute):
        with pytest.raises(PublishRefusedError):
            publish()
    assert [block.block_type for block in StoryPage.objects.get(pk=story.pk).body] == ["text"]


def test_a_story_added_as_live_is_refused_and_leaves_nothing_behind(stories: StoryIndexPage) -> None:
    with pytest.raises(PublishRefusedError):
        stories.add_child(instance=StoryPage(title="At once", slug="at-once", body=JUMP))
    stories.refresh_from_db()
    assert not StoryPage.objects.exists()
    assert stories.numchild == 0


def test_drafts_are_saved_whatever_is_in_them(stories: StoryIndexPage) -> None:
    story = blocked_draft(stories)
    story.title = "Changed"
    story.save_revision()
    story.save()
    assert StoryPage.objects.get(pk=story.pk).title == "Changed"


def test_a_live_story_that_is_blocked_by_now_can_be_kept(stories: StoryIndexPage) -> None:
    """Locking, moving and the like save the row; they publish nothing."""
    story = blocked_live(stories)
    story.locked = True
    story.save()
    assert StoryPage.objects.get(pk=story.pk).locked


def test_bulk_publishing_is_all_or_nothing_in_its_transaction(stories: StoryIndexPage, client: object) -> None:
    story = blocked_draft(stories)
    with pytest.raises(PublishRefusedError):
        PublishBulkAction.execute_action([Page.objects.get(pk=story.pk)])
    assert not is_live(story)


def test_an_approved_workflow_does_not_publish_a_blocker(stories: StoryIndexPage) -> None:
    editor, author = make_user("Editor"), make_user("Contributor")
    task = GroupApprovalTask.objects.create(name="Look")
    task.groups.set(editor.groups.all())
    workflow = Workflow.objects.create(name="Look at it")
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=1)
    story = blocked_draft(stories, owner=author)
    state = workflow.start(story, author)
    with pytest.raises(PublishRefusedError):
        state.current_task_state.approve(user=editor)
    state.refresh_from_db()
    assert (state.status, is_live(story)) == ("in_progress", False)


def test_scheduling_asks_at_once(stories: StoryIndexPage) -> None:
    story = blocked_draft(stories)
    story.go_live_at = timezone.now() + 5 * MINUTE
    revision = story.save_revision()
    with pytest.raises(PublishRefusedError):
        revision.publish()
    revision.refresh_from_db()
    assert revision.approved_go_live_at is None


def clock() -> None:
    publish_scheduled(timezone.now())


def command() -> None:
    call_command("publish_scheduled")


@pytest.mark.parametrize("publish", [clock, command])
def test_one_blocked_story_keeps_no_other_from_going_live_on_time(
    home: Page, stories: StoryIndexPage, publish: Callable[[], None]
) -> None:
    writer = make_user("Doctor")
    author = make_author(home, user=writer)
    with time_machine.travel(NOON, tick=False):
        bad = make_story(stories, live=False, title="Bad", author=author, body=CALM)
        good = make_story(stories, live=False, title="Good", body=CALM)
        for number, story in enumerate((bad, good), start=1):
            story.go_live_at = NOON + number * MINUTE
            story.save_revision().publish()
        revision = bad.latest_revision
        # The rules became stricter after it was scheduled.
        revision.content["body"] = StoryPage(title="x", body=JUMP).serializable_data()["body"]
        revision.save()
    with time_machine.travel(NOON + 5 * MINUTE, tick=False):
        publish()
        publish()
    revision.refresh_from_db()
    assert (is_live(bad), is_live(good), revision.approved_go_live_at) == (False, True, None)
    actions = set(PageLogEntry.objects.filter(page=bad.pk).values_list("action", flat=True))
    assert {"wagtail.schedule.cancel", "rounds.publish_refused"} <= actions
    mail = OutgoingMail.objects.get()
    assert mail.recipient == writer.email
    assert b"Not published: Bad" in bytes(mail.content)
    assert f"/admin/stories/{bad.pk}/check/".encode() in bytes(mail.content)


def test_a_dry_run_of_the_command_changes_nothing(stories: StoryIndexPage, capsys: pytest.CaptureFixture[str]) -> None:
    with time_machine.travel(NOON, tick=False):
        story = make_story(stories, live=False, title="Tomorrow", body=CALM)
        story.go_live_at = NOON + MINUTE
        story.save_revision().publish()
    with time_machine.travel(NOON + 2 * MINUTE, tick=False):
        call_command("publish_scheduled", "--dryrun")
    assert "to be published: Tomorrow" in capsys.readouterr().out
    assert not is_live(story)


def test_a_live_copy_is_refused_and_a_draft_copy_is_made(stories: StoryIndexPage) -> None:
    story = blocked_live(stories)
    with pytest.raises(PublishRefusedError):
        story.copy(to=stories, update_attrs={"slug": "copy"})
    assert StoryPage.objects.count() == 1
    story.copy(to=stories, update_attrs={"slug": "copy"}, keep_live=False)
    assert StoryPage.objects.filter(slug="copy", live=False).exists()


def test_copying_the_list_of_stories_with_a_blocked_one_copies_nothing(home: Page, stories: StoryIndexPage) -> None:
    make_story(stories, body=CALM)
    blocked_live(stories)
    pages = Page.objects.count()
    with pytest.raises(PublishRefusedError):
        stories.copy(recursive=True, to=home, update_attrs={"slug": "again"})
    home.refresh_from_db()
    assert (Page.objects.count(), home.numchild) == (pages, 1)


def test_what_was_overridden_holds_for_no_copy(stories: StoryIndexPage) -> None:
    story = blocked_draft(stories)
    settle(story, make_user("Editor"))
    story.latest_revision.publish()
    assert is_live(story)
    with pytest.raises(PublishRefusedError):
        CopyPageAction(StoryPage.objects.get(pk=story.pk), to=stories, update_attrs={"slug": "copy"}).execute()


def test_an_alias_of_a_blocked_live_story_is_refused(stories: StoryIndexPage) -> None:
    story = blocked_live(stories)
    with pytest.raises(PublishRefusedError):
        story.create_alias(parent=stories, update_slug="mirror")
    with pytest.raises(PublishRefusedError):
        CreatePageAliasAction(story, parent=stories, update_slug="mirror").execute()
    assert StoryPage.objects.count() == 1


def test_an_alias_follows_its_story_and_shares_its_decisions(stories: StoryIndexPage) -> None:
    story = blocked_draft(stories)
    alias = story.create_alias(parent=stories, update_slug="mirror")
    with pytest.raises(PublishRefusedError):
        story.latest_revision.publish()
    assert not is_live(alias)
    settle(story, make_user("Editor"))
    story.latest_revision.publish()
    assert is_live(story)
    assert is_live(alias)
    story = StoryPage.objects.get(pk=story.pk)
    assert story.create_alias(parent=stories, update_slug="second").live


def test_an_old_version_that_was_brought_back_is_asked_too(stories: StoryIndexPage) -> None:
    story = blocked_draft(stories)
    old = story.latest_revision
    story.body = CALM
    story.save_revision().publish()
    reverted = old.as_object().save_revision(previous_revision=old)
    with pytest.raises(PublishRefusedError):
        reverted.publish(previous_revision=old)
    assert [block.block_type for block in StoryPage.objects.get(pk=story.pk).body] == ["text"]


def test_pages_that_are_no_stories_are_published_as_ever(home: Page) -> None:
    page = make_author(home)
    page.save_revision().publish()
    assert is_live(page)


def test_the_publisher_of_a_story_needs_no_second_check_by_its_owner(stories: StoryIndexPage) -> None:
    """What somebody overrode lets the story pass on every road, for everybody who may publish it."""
    story = blocked_draft(stories)
    settle(story, make_user("Editor"))
    assert isinstance(story.latest_revision.user, User | None)
    story.latest_revision.publish(user=make_user("Owner"))
    assert is_live(story)
