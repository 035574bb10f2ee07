"""Approval: who approved an issue's words, and whether this person's approving them counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from wagtail.models import ModelLogEntry

from newsletter.issues.errors import IssueError
from newsletter.models import Approval

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AbstractBaseUser
    from wagtail.models import Revision, TaskState

    from newsletter.models import Issue

#: What readers get of an issue, and who they are: the rest of a revision is Wagtail's bookkeeping.
WORDS = ("newsletter", "subject", "preview_text", "segment", "frequency", "fits_reader", "body")


class ApprovalError(IssueError):
    """This person can't approve it now; the text says who can. Nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """`by` is None for an act of the operator, or when the login was deleted."""

    by: AbstractBaseUser | None
    at: datetime
    revision_id: int


def approved(issue: Issue) -> Approved | None:
    """Who approved the version that is approved at present, and when; None for a draft."""
    if not issue.live or issue.live_revision_id is None:
        return None
    entries = ModelLogEntry.objects.for_instance(issue).filter(
        action="wagtail.publish", revision_id=issue.live_revision_id
    )
    entry = entries.select_related("user").order_by("-timestamp", "-pk").first()
    if entry is None:
        return None
    return Approved(by=entry.user, at=entry.timestamp, revision_id=issue.live_revision_id)


def writer(revision: Revision) -> AbstractBaseUser | None:
    """Whose words a revision holds: who saved them first, of all the versions in a row that say the same.

    Pressing Approve in the editor saves the same words anew, under the name of whoever presses.
    """
    words = _words(revision)
    found = revision
    earlier = revision.content_object.revisions.filter(pk__lt=revision.pk).order_by("-pk").select_related("user")
    for before in earlier.iterator(chunk_size=20):
        if _words(before) != words:
            break
        found = before
    user: AbstractBaseUser | None = found.user
    return user


def waits_for(issue: Issue) -> TaskState | None:
    """The step of the workflow that it stands at, while it was submitted and is not decided."""
    state = issue.current_workflow_state
    return state.current_task_state if state and state.status == state.STATUS_IN_PROGRESS else None


def objection(issue: Issue, user: AbstractBaseUser | None, *, approves: bool, may_approve: bool) -> str:
    """Why it can't go out by this person's hand as far as approval goes, and whom to ask; empty when it can.

    Args:
        user: None for the operator, who answers for it outside of this program.
        approves: sending it would approve its latest version.
        may_approve: this person's sending it counts as an approval.
    """
    if user is None:
        return ""
    if approves and (task := waits_for(issue)) and not _may_decide(task, issue, user):
        return _("It was submitted and waits for “%(task)s”. It can go out once that is decided.") % {
            "task": task.task.name
        }
    wrote = _own_approval(issue, user, approves=approves, may_approve=may_approve)
    if wrote is None:
        return ""
    yours = _(
        "You wrote this version, and %(newsletter)s asks for the approval of somebody else. Submit it for approval, or "
        "ask a colleague to look at it and press Approve."
    )
    theirs = _(
        "%(name)s wrote this version and approved it, too; %(newsletter)s asks for the approval of somebody else."
    )
    return (yours if wrote == user else theirs) % {"newsletter": issue.newsletter.name, "name": wrote}


def _own_approval(
    issue: Issue, user: AbstractBaseUser, *, approves: bool, may_approve: bool
) -> AbstractBaseUser | None:
    """Who would be the only one to have seen the words that go out, where a newsletter asks for two people."""
    version = issue.latest_revision if approves else issue.live_revision
    if issue.newsletter.approval != Approval.SOMEBODY_ELSE or version is None:
        return None
    wrote = writer(version)
    if wrote is None or (may_approve and wrote != user):
        return None
    seen = None if approves else approved(issue)
    return None if seen is not None and seen.by != wrote else wrote


def approve(issue: Issue, revision: Revision, user: AbstractBaseUser | None) -> None:
    """Approve a version: by deciding the step that it waits at, or at once where it was not submitted.

    Raises:
        ApprovalError: further steps have to be decided by others first.
    """
    task = waits_for(issue) if user is not None else None
    if task is None:
        revision.publish(user=user, log_action="wagtail.publish", skip_permission_checks=True)
        return
    put_before(task, revision)
    task.task.specific.on_action(task, user, "approve")
    issue.refresh_from_db()
    if waits_for(issue) is not None:
        raise ApprovalError(_("Others have to approve it after you. Approve it in the editor; they are told."))


def put_before(task: TaskState, revision: Revision) -> None:
    """Let a step of the workflow be about this version, which is the latest.

    An editor's page is saved anew by whoever presses a button on it, and an approval counts for the latest version only
    (WAGTAIL_WORKFLOW_REQUIRE_REAPPROVAL_ON_EDIT): without this nobody could ever approve there. What others approved
    before stays approved while the words are the same.
    """
    if task.revision_id == revision.pk:
        return
    if _words(task.revision) == _words(revision):
        decided = task.workflow_state.task_states.filter(revision=task.revision, status=task.STATUS_APPROVED)
        for earlier in decided:
            earlier.copy(update_attrs={"revision": revision})
    task.revision = revision
    task.save(update_fields=["revision"])


def _may_decide(task: TaskState, issue: Issue, user: AbstractBaseUser) -> bool:
    return "approve" in {name for name, *_rest in task.task.specific.get_actions(issue, user)}


def _words(revision: Revision) -> dict[str, Any]:
    """Read as the editor reads it: what a form adds by itself, such as a choice left as it was, is no change."""
    issue = revision.as_object()
    words = {name: getattr(issue, f"{name}_id", None) or getattr(issue, name) for name in WORDS if name != "body"}
    body = [(block.block_type, block.block.get_prep_value(block.value)) for block in issue.body]
    return {**words, "body": body}
