"""Sending a test through Mailchimp: as its readers would get it, to somebody of the team."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import (
    DownError,
    KeyRefusedError,
    MailchimpError,
    RefusedError,
    UnsureError,
)
from newsletter.delivery.remote import drafts
from newsletter.engine.message import MessageError
from newsletter.issues.errors import IssueError
from newsletter.issues.test_send_there import address_behind
from newsletter.models import Issue, RemoteTask

#: In `about`: the test was asked for, and what came of it.
ASKED, RESULT, FAILED = "asked", "result", "failed"


def turn(task: RemoteTask, api: Mailchimp, now: datetime) -> datetime | None:
    """Make a draft, have it sent as a test, delete it. Asking for the test is never repeated."""
    if not task.about.get(RESULT):
        drafts.note(task, **_outcome(task, api, now))
    left = drafts.discard(task, api)
    task.said = f"{task.about[RESULT]} {left}".strip()
    if task.about.get(FAILED):
        raise RefusedError(task.said)
    return None


def _outcome(task: RemoteTask, api: Mailchimp, now: datetime) -> dict[str, object]:
    if task.about.get(ASKED):  # and whoever asked was killed before the answer
        return {RESULT: _lost()}
    try:
        draft_id, address = _prepared(task, api, now)
        drafts.note(task, **{ASKED: True})
        try:
            api.send_test(draft_id, [address])
        except DownError:
            drafts.note(task, **{ASKED: False})  # certainly not done: it may be asked for again
            raise
        except UnsureError:
            return {RESULT: _lost()}
    except (DownError, UnsureError, KeyRefusedError):
        raise
    except (MailchimpError, IssueError, MessageError) as error:
        return {RESULT: str(error), FAILED: True}
    return {RESULT: _("Mailchimp has sent it.")}


def _prepared(task: RemoteTask, api: Mailchimp, now: datetime) -> tuple[str, str]:
    """The draft over there, and where the test goes."""
    issue = Issue.objects.select_related("newsletter").filter(pk=task.about["issue"]).first()
    user = get_user_model().objects.filter(pk=task.about["user"]).first()
    if issue is None or user is None:
        raise RefusedError(_("The issue, or whoever asked for the test, is not there any more."))
    draft: Issue = issue.get_latest_revision_as_object()
    address = address_behind(str(task.about["address"]), user, draft.newsletter)
    audience = drafts.audience_of(draft.newsletter)
    title = f"rounds-test-{task.name.partition(':')[2]}"
    return drafts.put(task, api, drafts.words_of(draft, audience, title=title), now=now), address


def _lost() -> str:
    return _("Mailchimp’s answer was lost: look into the mailbox. It is not sent a second time by itself.")
