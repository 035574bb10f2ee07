"""A campaign that Mailchimp sends, on its page and in the list: what tasks wrote down. Nobody is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.utils import timezone
from django.utils.translation import gettext as _

from core.refusals import may
from newsletter.admin.campaigns.access import LEDGER
from newsletter.admin.campaigns.controls import controls_for
from newsletter.admin.campaigns.live import archive_url, times
from newsletter.admin.campaigns.numbers import count_rows
from newsletter.admin.campaigns.remote_numbers import report_context
from newsletter.admin.campaigns.remote_words import (
    STATUS_WORDS,
    is_gone,
    is_moving,
    meaning,
    next_words,
    steps,
    unsure_words,
)
from newsletter.admin.campaigns.state import LOOKS_EVERY, LOOKS_SELDOM, NEVER, state_words
from newsletter.admin.instants import for_both
from newsletter.admin.words import state_label
from newsletter.audience.mailchimp.account import account
from newsletter.audience.mailchimp.said import in_words
from newsletter.audience.mailchimp.tasks import last_of
from newsletter.delivery.progress import progress
from newsletter.delivery.speed import UNFINISHED
from newsletter.engine.machine import DeliveryState
from newsletter.models import MailchimpCampaign, RemoteTask

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AbstractUser

    from newsletter.models import Campaign


#: Looked for also when it is nobody; what only our own sending knows is left out.
SHOWN = {DeliveryState.ACCEPTED, DeliveryState.BOUNCED}


def remote_of(campaign: Campaign) -> MailchimpCampaign | None:
    """The campaign at Mailchimp; None for one that is sent from here."""
    return MailchimpCampaign.objects.filter(campaign_id=campaign.pk).first()


def remote_context(campaign: Campaign, remote: MailchimpCampaign, user: AbstractUser) -> dict[str, Any]:
    """What `newsletter/admin/campaigns/remote.html` shows."""
    now = timezone.now()
    seen = progress(campaign, now=now)
    task = task_of(campaign)
    connected = account()
    words = replace(
        state_words(campaign, seen, now=now),
        meaning=meaning(campaign, remote),
        next=next_words(campaign, task, now=now),
    )
    return {
        "campaign": campaign,
        "remote": remote,
        "words": words,
        "seconds": _look_again(campaign, task, now=now),
        "in_short": _("%(subject)s: %(state)s. %(meaning)s")
        % {"subject": campaign.subject, "state": words.label, "meaning": words.meaning},
        "task_says": _task_says(task, campaign),
        "account_problem": connected.problem if connected and campaign.state in UNFINISHED else "",
        "unsure": unsure_words(campaign, remote),
        "wants_cancel": remote.cancel_wanted_at is not None and campaign.state in UNFINISHED,
        "steps": steps(campaign, remote),
        "status": STATUS_WORDS.get(remote.remote_status, remote.remote_status),
        "checklist": [item for item in remote.checklist.get("items", ()) if item.get("type") != "success"],
        "looked": for_both(remote.checked_at, user=user, newsletter=campaign.newsletter) if remote.checked_at else [],
        "controls": controls_for(campaign, user),
        "total": seen.total,
        "rows": [row for row in count_rows(seen.counts) if row.count or row.state in SHOWN],
        "times": times(campaign, user),
        "archive_url": archive_url(campaign),
        "there_url": there_url(remote),
        "remote_archive_url": "" if is_gone(remote) else _on_the_web(remote.archive_url),
        "may_ledger": may(user, required=LEDGER),
        "may_edit": user.has_perm("newsletter.change_issue"),
        **report_context(remote),
    }


def small_context(campaign: Campaign) -> dict[str, Any]:
    """What the list's cell shows: the state, and why it waits."""
    now = timezone.now()
    waits = campaign.state in UNFINISHED and campaign.reason
    return {
        "campaign": campaign,
        "label": state_label(campaign.state),
        "seconds": _look_again(campaign, None, now=now),
        "why": campaign.reason if waits else "",
        "by": _("by Mailchimp"),
    }


def task_of(campaign: Campaign) -> RemoteTask | None:
    """The one that is at work for it, or was last: while it is sent the one that watches, then the one that counts."""
    found = [last_of(f"{kind}:{campaign.pk}") for kind in ("report", "campaign")]
    open_ones = [task for task in found if task is not None and task.settled_at is None]
    return next(iter(open_ones), None) or next((task for task in found if task is not None), None)


def there_url(remote: MailchimpCampaign) -> str:
    """Its page in Mailchimp's own admin; empty where there is none (any more)."""
    connected = account()
    if connected is None or not connected.data_centre or remote.web_id is None or is_gone(remote):
        return ""
    return f"https://{connected.data_centre}.admin.mailchimp.com/campaigns/show?id={remote.web_id}"


def _on_the_web(url: str) -> str:
    return url if urlsplit(url).scheme in {"http", "https"} else ""


def _task_says(task: RemoteTask | None, campaign: Campaign) -> str:
    """Why it waits, or what it is at; the campaign's own reason says it already where it is the same."""
    return in_words(task.said) if task is not None and task.said != campaign.reason else ""


def _look_again(campaign: Campaign, task: RemoteTask | None, *, now: datetime) -> int:
    if is_moving(campaign, task, now=now):
        return LOOKS_EVERY
    return LOOKS_SELDOM if campaign.state in UNFINISHED else NEVER
