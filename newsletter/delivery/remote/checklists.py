"""Asking for Mailchimp's checklist of an issue that is still being written; the preflight has the answer then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from newsletter.backends.mailchimp.answers import Checklist
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import DownError, KeyRefusedError, MailchimpError, UnsureError
from newsletter.delivery.remote import drafts
from newsletter.engine.message import MessageError
from newsletter.issues.errors import IssueError
from newsletter.issues.kept_answers import keep
from newsletter.issues.preflight import examine
from newsletter.models import Issue, RemoteTask

ANSWERED = "answered"


def turn(task: RemoteTask, api: Mailchimp, now: datetime) -> datetime | None:
    """Make a draft of what was saved last, ask, delete it. Every step may be repeated."""
    if not task.about.get(ANSWERED):
        issue = Issue.objects.select_related("newsletter").filter(pk=int(task.name.partition(":")[2])).first()
        if issue is not None:
            _answer(task, api, issue.get_latest_revision_as_object(), now)
        drafts.note(task, **{ANSWERED: True})
    left = drafts.discard(task, api)
    task.said = f"{_('Mailchimp’s checklist was asked for.')} {left}".strip()
    return None


def _answer(task: RemoteTask, api: Mailchimp, draft: Issue, now: datetime) -> None:
    try:
        question = examine(draft, now=now).checklist_question
    except IssueError:  # it can't be laid out, and the preflight says why
        return
    if question is not None:
        keep({question: _asked(task, api, draft, now)}, now=now)


def _asked(task: RemoteTask, api: Mailchimp, draft: Issue, now: datetime) -> Mapping[str, Any]:
    """The answer as the rule reads it: `is_ready` and `items`, or a `problem`."""
    try:
        audience = drafts.audience_of(draft.newsletter)
        words = drafts.words_of(draft, audience, title=f"rounds-checklist-{task.pk}")
        return as_kept(api.checklist(drafts.put(task, api, words, now=now)))
    except (DownError, UnsureError, KeyRefusedError):
        raise
    except (MailchimpError, IssueError, MessageError) as error:
        return {"problem": str(error)}


def as_kept(checklist: Checklist) -> dict[str, Any]:
    return {
        "is_ready": checklist.is_ready,
        "items": [{"type": item.type, "heading": item.heading, "details": item.details} for item in checklist.items],
    }
