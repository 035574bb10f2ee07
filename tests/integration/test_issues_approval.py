"""Approval: who approved what, and whose approval counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse
from wagtail.models import GroupApprovalTask, Workflow, WorkflowTask
from wagtail.test.utils.form_data import nested_form_data, streamfield

from newsletter.issues.approval import approved, objection, waits_for, writer
from newsletter.issues.schedule import ScheduleError, schedule
from newsletter.models import Approval, Campaign, Issue, Newsletter
from tests.integration.admin_scene import Scene, log_in

pytestmark = pytest.mark.django_db
NOW = datetime(2030, 7, 1, 12, tzinfo=UTC)


def person(role: str) -> User:
    return User.objects.get(username=role.lower())


def saved(scene: Scene, subject: str, by: str) -> Issue:
    """The issue with one more version, by this person."""
    draft = Issue.objects.get(pk=scene.issue.pk).get_latest_revision_as_object()
    draft.subject = subject
    draft.save_revision(user=person(by))
    return Issue.objects.get(pk=scene.issue.pk)


def press_approve(scene: Scene, role: str) -> Issue:
    """As the editor's button does: the same words saved under this person's name, and published."""
    issue = Issue.objects.get(pk=scene.issue.pk)
    issue.get_latest_revision_as_object().save_revision(user=person(role)).publish(user=person(role))
    return Issue.objects.get(pk=scene.issue.pk)


def streamed(issue: Issue) -> dict[str, str]:
    """The body as the editor's form posts it."""
    blocks = [
        (
            block.block_type,
            {"story": str(block.value["story"].pk), "display": "excerpt", "intro": "", "show_image": "on"},
        )
        for block in issue.body
    ]
    body: dict[str, str] = nested_form_data({"body": streamfield(blocks)})
    return body | {f"body-{place}-id": str(block.id) for place, block in enumerate(issue.body)}


def send(issue: Issue, role: str, *, approve: bool = True) -> Campaign:
    return schedule(issue, at=NOW + timedelta(hours=1), time_zone="UTC", user=person(role), approve=approve, now=NOW)


class TestTwoPeople:
    @pytest.fixture(autouse=True)
    def _ask_for_somebody_else(self, scene: Scene) -> None:
        Newsletter.objects.update(approval=Approval.SOMEBODY_ELSE)

    def test_the_writer_can_not_send_what_nobody_else_has_seen(self, scene: Scene) -> None:
        issue = saved(scene, "Mine", "Editor")
        with pytest.raises(ScheduleError, match="You wrote this version"):
            send(issue, "Editor")
        assert not Issue.objects.get(pk=issue.pk).live

    def test_the_writer_can_not_get_round_it_by_pressing_approve_first(self, scene: Scene) -> None:
        saved(scene, "Mine", "Editor")
        issue = press_approve(scene, "Editor")
        with pytest.raises(ScheduleError, match="You wrote this version"):
            send(issue, "Editor")
        assert not Campaign.objects.filter(issue=issue).exists()

    def test_somebody_who_may_not_approve_can_not_send_it_either(self, scene: Scene) -> None:
        saved(scene, "Mine", "Editor")
        issue = press_approve(scene, "Editor")
        with pytest.raises(ScheduleError, match="wrote this version and approved it, too"):
            send(issue, "Owner", approve=False)

    def test_a_colleague_who_approves_is_enough(self, scene: Scene) -> None:
        saved(scene, "Mine", "Editor")
        issue = press_approve(scene, "Doctor")
        assert writer(issue.live_revision) == person("Editor")
        seen = approved(issue)
        assert seen is not None
        assert seen.by == person("Doctor")
        assert send(issue, "Editor").subject == "Mine"

    def test_a_colleague_who_sends_it_approves_it_by_that(self, scene: Scene) -> None:
        issue = saved(scene, "Mine", "Editor")
        campaign = send(issue, "Owner")
        seen = approved(Issue.objects.get(pk=issue.pk))
        assert seen is not None
        assert (seen.by, seen.revision_id) == (person("Owner"), campaign.revision)

    def test_a_change_by_who_approves_is_a_version_of_their_own(self, scene: Scene) -> None:
        saved(scene, "Mine", "Editor")
        saved(scene, "Mine, better", "Doctor")
        issue = press_approve(scene, "Doctor")
        assert objection(issue, person("Doctor"), approves=False, may_approve=True)
        assert not objection(issue, person("Editor"), approves=False, may_approve=True)

    def test_the_dialog_says_so_and_offers_no_button(self, scene: Scene) -> None:
        saved(scene, "Mine", "Editor")
        page = log_in("Editor").get(scene.address("newsletter_issues:send")).content.decode()
        assert "You wrote this version" in page
        assert 'name="version"' not in page


def test_anybody_who_may_approve_sends_their_own_words_unless_a_newsletter_asks_for_two(scene: Scene) -> None:
    assert send(saved(scene, "Mine", "Editor"), "Editor").subject == "Mine"


def test_what_changed_after_the_approval_stays_behind_until_it_is_approved(scene: Scene) -> None:
    press_approve(scene, "Doctor")
    first = scene.issue.subject
    issue = saved(scene, "Changed since", "Editor")
    campaign = send(issue, "Editor", approve=False)
    assert (campaign.subject, campaign.revision) == (first, issue.live_revision_id)


class TestWorkflow:
    def submitted(self, scene: Scene) -> Issue:
        edit = log_in("Editor").get(scene.address("newsletter_issues:edit")).content.decode()
        assert "action-submit" in edit
        issue = Issue.objects.get(pk=scene.issue.pk)
        issue.get_workflow().start(issue, person("Editor"))
        return Issue.objects.get(pk=issue.pk)

    def test_issues_have_one_from_the_start(self, scene: Scene) -> None:
        assert scene.issue.get_workflow() == Workflow.objects.get(name="Review before publishing")

    def test_a_doctor_approves_what_an_editor_submitted_and_the_editor_schedules_it(self, scene: Scene) -> None:
        issue = self.submitted(scene)
        task = waits_for(issue)
        assert task is not None
        address = reverse("newsletter_issues:workflow_action", args=[issue.pk, "approve", task.pk])
        log_in("Doctor").post(address)
        issue = Issue.objects.get(pk=issue.pk)
        assert (issue.live, waits_for(issue)) == (True, None)
        seen = approved(issue)
        assert seen is not None
        assert seen.by == person("Doctor")
        page = log_in("Editor").get(scene.address("newsletter_issues:schedule")).content.decode()
        assert "Approved by doctor" in " ".join(page.split())
        assert send(issue, "Editor").revision == seen.revision_id

    def test_the_editor_offers_one_button_to_approve(self, scene: Scene) -> None:
        self.submitted(scene)
        page = log_in("Doctor").get(scene.address("newsletter_issues:edit")).content.decode()
        assert 'data-workflow-action-name="approve"' in page
        assert "Approve with a comment" in page
        assert "and Publish" not in page
        assert 'name="action-publish"' not in page

    def press(self, scene: Scene, role: str, action: str, **changes: str) -> str:
        """A button of the editor's page: the form is saved under this person's name, then the step decided."""
        issue = Issue.objects.get(pk=scene.issue.pk).get_latest_revision_as_object()
        form = {
            "newsletter": str(issue.newsletter_id),
            "subject": issue.subject,
            "preview_text": issue.preview_text,
            "action-workflow-action": "true",
            "workflow-action-name": action,
            "workflow-action-extra-data": "{}",
            **streamed(issue),
            **changes,
        }
        response = log_in(role).post(scene.address("newsletter_issues:edit"), form, follow=True)
        return " ".join(response.content.decode().split())

    def test_a_doctor_approves_in_the_editor(self, scene: Scene) -> None:
        issue = self.submitted(scene)
        page = self.press(scene, "Doctor", "approve")
        assert "is approved. It goes out only when" in page
        issue = Issue.objects.get(pk=issue.pk)
        assert (issue.live, issue.workflow_states.get().status) == (True, "approved")
        assert writer(issue.live_revision) != person("Doctor")

    def test_a_doctor_asks_for_changes_in_the_editor(self, scene: Scene) -> None:
        self.submitted(scene)
        assert "is back with its editor" in self.press(scene, "Doctor", "reject")
        assert not Issue.objects.get(pk=scene.issue.pk).live

    @pytest.mark.parametrize("changes", [{}, {"subject": "Better words"}])
    def test_of_two_steps_the_first_holds_while_the_words_are_the_same(
        self, changes: dict[str, str], scene: Scene
    ) -> None:
        self.submitted_to_two(scene)
        assert "waits for the next step" in self.press(scene, "Doctor", "approve")
        page = self.press(scene, "Owner", "approve", **changes)
        issue = Issue.objects.get(pk=scene.issue.pk)
        if changes:
            assert "waits for the next step" in page
            task = waits_for(issue)
            assert task is not None
            assert task.task.name == "Review before publishing"
        else:
            assert (issue.live, waits_for(issue)) == (True, None)

    def submitted_to_two(self, scene: Scene) -> None:
        workflow = scene.issue.get_workflow()
        first = workflow.workflow_tasks.get().task.specific
        first.groups.set(Group.objects.filter(name="Doctor"))
        last = GroupApprovalTask.objects.create(name="The last word")
        last.groups.set(Group.objects.filter(name="Owner"))
        WorkflowTask.objects.create(workflow=workflow, task=last, sort_order=2)
        self.submitted(scene)

    def test_in_a_chain_nobody_sends_before_the_last_step(self, scene: Scene) -> None:
        self.submitted_to_two(scene)
        for role in ("Editor", "Owner"):
            with pytest.raises(ScheduleError, match="waits for “Review before publishing”"):
                send(Issue.objects.get(pk=scene.issue.pk), role)
        self.press(scene, "Doctor", "approve")
        send(Issue.objects.get(pk=scene.issue.pk), "Owner")
        assert Issue.objects.get(pk=scene.issue.pk).workflow_states.get().status == "approved"

    def test_who_is_in_turn_decides_the_step_by_sending(self, scene: Scene) -> None:
        issue = self.submitted(scene)
        send(issue, "Editor")  # editors are among those who may decide it
        issue = Issue.objects.get(pk=issue.pk)
        assert (issue.live, issue.workflow_states.get().status) == (True, "approved")

    def test_who_is_not_in_turn_waits(self, scene: Scene) -> None:
        issue = self.submitted(scene)
        task = waits_for(issue)
        assert task is not None
        task.task.specific.groups.set(task.task.specific.groups.filter(name="Doctor"))
        with pytest.raises(ScheduleError, match="waits for “Review before publishing”"):
            send(issue, "Editor")
        page = " ".join(log_in("Editor").get(scene.address("newsletter_issues:send")).content.decode().split())
        assert "It can go out once that is decided." in page
        assert not Campaign.objects.filter(issue=issue).exists()
