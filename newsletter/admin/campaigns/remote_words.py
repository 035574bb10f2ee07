"""What pages say of a campaign that Mailchimp sends: what it waits for, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletter.admin.campaigns.numbers import grouped, until
from newsletter.admin.words import CAMPAIGN_MEANINGS
from newsletter.engine.machine import CampaignState
from newsletter.models import RemoteTaskState

if TYPE_CHECKING:
    from datetime import datetime

    from django.utils.functional import Promise

    from newsletter.models import Campaign, MailchimpCampaign, RemoteTask

_C = CampaignState
SCHEDULE, SENDING, SENT, GONE = "schedule", "sending", "sent", "gone"
#: As Mailchimp names them, in words.
STATUS_WORDS = {
    "save": gettext_lazy("a draft"),
    "paused": gettext_lazy("paused there"),
    SCHEDULE: gettext_lazy("scheduled there"),
    SENDING: gettext_lazy("being sent"),
    SENT: gettext_lazy("sent"),
    "canceled": gettext_lazy("cancelled there"),
    "canceling": gettext_lazy("being cancelled there"),
    "archived": gettext_lazy("archived there"),
    GONE: gettext_lazy("deleted there"),
}
MEANINGS = {
    _C.SCHEDULED: gettext_lazy(
        "It is being prepared at Mailchimp, and goes out at its time. Until then one click calls it back."
    ),
    _C.PREPARING: gettext_lazy("Its time has come. Mailchimp is about to send it."),
    _C.SENDING: gettext_lazy("Mailchimp is sending it."),
    _C.WAITING: gettext_lazy(
        "Mailchimp can't be reached, or doesn't answer. It is tried again by itself; nothing is sent twice."
    ),
    _C.SENT: gettext_lazy("Mailchimp has sent it."),
    _C.CANCELLED: gettext_lazy("It was stopped for good. The issue can be changed and scheduled again."),
}
#: What was asked for when an answer was lost.
UNSURE = {
    "create": gettext_lazy("to make a draft"),
    "content": gettext_lazy("to take the words"),
    "schedule": gettext_lazy("to schedule it"),
    "unschedule": gettext_lazy("to take it out of the schedule"),
    "send": gettext_lazy("to send it"),
    "delete": gettext_lazy("to delete its draft"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the way there; `at` is None where nobody noted the instant."""

    label: str | Promise
    is_done: bool
    at: datetime | None = None
    #: Beside the label, such as how many were written down.
    note: str = ""


def meaning(campaign: Campaign, remote: MailchimpCampaign) -> str | Promise:
    """One sentence about the state that it is in."""
    state = CampaignState(campaign.state)
    if state == _C.SCHEDULED and remote.remote_status == SCHEDULE:
        return _("Mailchimp has it, and sends it at its time. Until then one click calls it back.")
    if state == _C.SENDING and remote.remote_status == SENT:
        return _("Mailchimp has sent it. Its numbers and its ledger are being fetched.")
    return MEANINGS.get(state, CAMPAIGN_MEANINGS[state])


def steps(campaign: Campaign, remote: MailchimpCampaign) -> list[Step]:
    """What was done over there, and what is still to do, in its order."""
    is_over_there = remote.remote_status in {SENDING, SENT}
    fetched = int(campaign.recipients) if remote.ledger_filled_at else remote.ledger_offset
    return [
        Step(label=_("A draft of it is at Mailchimp"), is_done=bool(remote.remote_id)),
        Step(label=_("Its words are in it"), is_done=remote.content_at is not None, at=remote.content_at),
        Step(label=_("Mailchimp’s own checklist is passed"), is_done=bool(remote.checklist.get("is_ready"))),
        Step(
            label=_("It is scheduled there, or its sending was asked for"),
            is_done=remote.remote_status == SCHEDULE or is_over_there or remote.send_asked_at is not None,
            at=remote.send_asked_at,
        ),
        Step(
            label=_("Mailchimp has sent it"), is_done=remote.remote_status == SENT or campaign.finished_at is not None
        ),
        Step(label=_("Its numbers were fetched"), is_done=remote.reported_at is not None, at=remote.reported_at),
        Step(
            label=_("The ledger says who got it"),
            is_done=remote.ledger_filled_at is not None,
            at=remote.ledger_filled_at,
            note=_("%(number)s recipients") % {"number": grouped(fetched)} if fetched else "",
        ),
    ]


def next_words(campaign: Campaign, task: RemoteTask | None, *, now: datetime) -> str:
    """What happens by itself, and when."""
    if task is None or task.settled_at is not None:
        return ""
    if task.state == RemoteTaskState.RUNNING or task.next_attempt_at <= now:
        return _("Mailchimp is being asked just now.") if campaign.state == _C.WAITING else ""
    if campaign.state in {_C.WAITING, _C.SENDING} or task.attempts:
        return _("Mailchimp is asked again %(when)s.") % {"when": until(task.next_attempt_at, now=now)}
    return ""


def unsure_words(remote: MailchimpCampaign) -> str:
    """That an answer was lost, and that nothing is done twice because of it; empty where none was."""
    if not remote.unsure_of:
        return ""
    return _(
        "Mailchimp was asked %(what)s, and its answer was lost. Before anything else is done, it is looked up there "
        "what came of it."
    ) % {"what": UNSURE.get(remote.unsure_of, remote.unsure_of)}


def is_moving(campaign: Campaign, task: RemoteTask | None, *, now: datetime) -> bool:
    """Whether something may change on the page within the next moments."""
    if campaign.state in {_C.PREPARING, _C.SENDING, _C.WAITING}:
        return True
    return task is not None and task.settled_at is None and task.next_attempt_at - now < timedelta(seconds=30)
