"""Drafts over there that live for one question, a test or a checklist, and are deleted whatever comes of it.

What was made is written down with the task before anything else is done, so that a kill leaves nothing behind.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from newsletter.audience.mailchimp.account import BACKEND
from newsletter.backends.mailchimp.answers import CampaignWrite, Content
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import RefusedError
from newsletter.delivery import crash_points
from newsletter.issues.remote_content import content_for, name_tag_of, settings_for
from newsletter.issues.render import compile_issue
from newsletter.models import Campaign, Issue, MailchimpAudience, Newsletter, RemoteTask

#: By how much the clocks may differ.
TOLERANCE = timedelta(minutes=1)
DRAFT, WANTED_AT = "draft", "draft_wanted_at"
#: It was asked for again because it was not found: the first one may come late.
MAYBE_TWO = "maybe_two"


def audience_of(newsletter: Newsletter) -> MailchimpAudience:
    """Where its issues go.

    Raises:
        RefusedError: it does not go by Mailchimp (any more).
    """
    audience = MailchimpAudience.objects.filter(newsletter=newsletter).first()
    if newsletter.backend != BACKEND or audience is None:
        raise RefusedError(_("This newsletter is not sent by Mailchimp any more."))
    return audience


def words_of(draft: Issue, audience: MailchimpAudience, *, title: str) -> tuple[CampaignWrite, Content]:
    """What Mailchimp is given of this version of an issue: the same as of a campaign.

    Raises:
        IssueError, MessageError: no message can be made of it; the text says why.
    """
    message = compile_issue(draft, seed=secrets.token_bytes(32)).message
    settings = settings_for(Campaign(compiled=message.dump()), audience, title=title)
    return settings, content_for(message, name_tag=name_tag_of(audience))


def put(task: RemoteTask, api: Mailchimp, words: tuple[CampaignWrite, Content], *, now: datetime) -> str:
    """Have a draft with these words over there; returns its id. One whose making was never answered is found again."""
    settings, content = words
    if not task.about.get(DRAFT):
        made = _lost(task, api, settings.title)
        if not made:
            since = task.about.get(WANTED_AT)
            note(task, **{WANTED_AT: since or now.isoformat(), "title": settings.title, MAYBE_TWO: bool(since)})
            made = [api.create_campaign(settings).id]
            crash_points.reached("after_remote_call")
        note(task, **{DRAFT: made[0]})
    draft_id = str(task.about[DRAFT])
    api.put_content(draft_id, content)
    return draft_id


def discard(task: RemoteTask, api: Mailchimp) -> str:
    """Delete what was made, also what may have been; returns what people have to do about it, mostly nothing."""
    title, left = str(task.about.get("title", "")), ""
    found = [task.about[DRAFT]] if task.about.get(DRAFT) else []
    if not found or task.about.get(MAYBE_TWO):
        found = list(dict.fromkeys([*found, *_lost(task, api, title)]))
    for draft_id in found:
        try:
            api.delete_campaign(draft_id)
        except RefusedError:
            left = _("Its draft “%(title)s” could not be deleted: delete it at Mailchimp.") % {"title": title}
    note(task, **{DRAFT: "", WANTED_AT: ""})
    return left


def note(task: RemoteTask, **changes: object) -> None:
    """Write down with the task, at once."""
    task.about = {**task.about, **changes}
    RemoteTask.objects.filter(pk=task.pk).update(about=task.about)


def _lost(task: RemoteTask, api: Mailchimp, title: str) -> list[str]:
    """Drafts that were asked for, and whose ids never came."""
    if not (since := task.about.get(WANTED_AT)):
        return []
    return [found.id for found in api.campaigns_titled(title, since=datetime.fromisoformat(since) - TOLERANCE)]
