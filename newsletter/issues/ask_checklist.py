"""Asking for Mailchimp's checklist of an issue: a row that the worker takes, never a call inside a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from newsletter.audience.mailchimp.account import BACKEND
from newsletter.audience.mailchimp.tasks import UNFINISHED, ask_for, last_of
from newsletter.issues.errors import IssueError
from newsletter.models import RemoteTaskKind

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AbstractBaseUser

    from newsletter.models import Issue, RemoteTask


class ChecklistError(IssueError):
    """Mailchimp was not asked; the text says why."""


def ask_checklist(issue: Issue, *, by: AbstractBaseUser, now: datetime) -> RemoteTask:
    """Have Mailchimp asked about what was saved last.

    Raises:
        ChecklistError: the issue was never saved, or is not sent by Mailchimp.
    """
    if issue.pk is None:
        raise ChecklistError(_("Save the issue first."))
    if issue.newsletter.backend != BACKEND:
        raise ChecklistError(_("This newsletter is not sent by Mailchimp."))
    return ask_for(RemoteTaskKind.CHECKLIST, name=f"checklist:{issue.pk}", by=by, now=now)


def being_asked(issue: Issue) -> RemoteTask | None:
    """The task that asks at this moment; None where nobody asks."""
    task = last_of(f"checklist:{issue.pk}") if issue.pk else None
    return task if task is not None and task.state in UNFINISHED else None
