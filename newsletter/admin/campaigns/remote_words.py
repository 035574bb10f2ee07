"""What pages say of a campaign that Mailchimp sends: what it waits for, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from newsletter.admin.campaigns.numbers import grouped, until
from newsletter.admin.words import CAMPAIGN_MEANINGS
from newsletter.engine.machine import CampaignState
from newsletter.engine.remote_terms import UNDER_WAY, Call, Status
from newsletter.models import RemoteTaskState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.utils.functional import Promise

    from newsletter.models import Campaign, MailchimpCampaign, RemoteTask

_C = CampaignState
#: What Mailchimp says of it, in words.
STATUS_WORDS: Mapping[str, str | Promise] = {
    Status.UNKNOWN: "",
    Status.SAVE: gettext_lazy("a draft"),
    Status.PAUSED: gettext_lazy("paused there"),
    Status.SCHEDULE: gettext_lazy("scheduled there"),
    Status.SENDING: gettext_lazy("being sent"),
    Status.SENT: gettext_lazy("sent"),
    Status.CANCELED: gettext_lazy("cancelled there"),
    Status.CANCELING: gettext_lazy("being cancelled there"),
    Status.ARCHIVED: gettext_lazy("archived there"),
    Status.GONE: gettext_lazy("deleted there"),
}
MEANINGS = {
    _C.SCHEDULED: gettext_lazy(
        "It is being prepared at Mailchimp, and goes out at its time. Until then one click calls it back."
    ),
    _C.PREPARING: gettext_lazy("Its time has come. Mailchimp is about to send it."),
    _C.SENDING: gettext_lazy("Mailchimp is sending it."),
    _C.WAITING: gettext_lazy(
        "Mailchimp can't be asked just now, for the reason below. It is tried again by itself; nothing is sent twice."
    ),
    _C.SENT: gettext_lazy("Mailchimp has sent it."),
    _C.CANCELLED: gettext_lazy("It was stopped for good. The issue can be changed and scheduled again."),
}
#: What was asked for when an answer was lost.
UNSURE: Mapping[str, Promise] = {
    Call.CREATE: gettext_lazy("to make a draft"),
    Call.SCHEDULE: gettext_lazy("to schedule it"),
    Call.UNSCHEDULE: gettext_lazy("to take it out of the schedule"),
    Call.SEND: gettext_lazy("to send it"),
    Call.CANCEL_SEND: gettext_lazy("to stop sending it"),
    Call.DELETE: gettext_lazy("to delete its draft"),
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
    if state == _C.SCHEDULED and remote.remote_status == Status.SCHEDULE:
        return _("Mailchimp has it, and sends it at its time. Until then one click calls it back.")
    if state == _C.WAITING and remote.remote_status == Status.SCHEDULE:
        return _(
            "Mailchimp can't be asked just now, for the reason below. It was scheduled there when last looked at, and "
            "goes out at its time all the same."
        )
    if state == _C.SENDING and _was_sent(campaign, remote):
        return _("Mailchimp has sent it. Its numbers and its ledger are being fetched.")
    if state == _C.CANCELLED and _went_out(campaign, remote):
        return _(
            "It was stopped in the middle: some readers have got it. The issue can be changed and scheduled again."
        )
    return MEANINGS.get(state, CAMPAIGN_MEANINGS[state])


def steps(campaign: Campaign, remote: MailchimpCampaign) -> list[Step]:
    """What was done over there, and what is still to do, in its order; none where nothing is to come of it any more."""
    went_out = _went_out(campaign, remote)
    if campaign.state == _C.CANCELLED and not went_out:
        return []
    is_there = went_out or (bool(remote.remote_id) and not is_gone(remote))
    return [
        Step(label=_("A draft of it is at Mailchimp"), is_done=is_there),
        Step(
            label=_("Its words are in it"),
            is_done=is_there and remote.content_at is not None,
            at=remote.content_at if is_there else None,
        ),
        Step(
            label=_("Mailchimp’s own checklist is passed"),
            is_done=is_there and bool(remote.checklist.get("is_ready")),
        ),
        Step(
            label=_("It is scheduled there, or its sending was asked for"),
            is_done=went_out or remote.remote_status == Status.SCHEDULE or remote.send_asked_at is not None,
            at=remote.send_asked_at,
        ),
        *_afterwards(campaign, remote),
    ]


def _afterwards(campaign: Campaign, remote: MailchimpCampaign) -> list[Step]:
    fetched = int(campaign.recipients) if remote.ledger_filled_at else remote.ledger_offset
    note = ngettext("%(number)s recipient", "%(number)s recipients", fetched) % {"number": grouped(fetched)}
    was_stopped = campaign.state == _C.CANCELLED
    sent = _("Mailchimp sent it to some, then it was stopped") if was_stopped else _("Mailchimp has sent it")
    return [
        Step(label=sent, is_done=was_stopped or _was_sent(campaign, remote)),
        Step(label=_("Its numbers were fetched"), is_done=remote.reported_at is not None, at=remote.reported_at),
        Step(
            label=_("The ledger says who got it"),
            is_done=remote.ledger_filled_at is not None,
            at=remote.ledger_filled_at,
            note=note if fetched else "",
        ),
    ]


def is_gone(remote: MailchimpCampaign) -> bool:
    """Nothing of it is over there to be looked at."""
    return remote.remote_status == Status.GONE


def _went_out(campaign: Campaign, remote: MailchimpCampaign) -> bool:
    """It was on its way to readers at least; it may have been deleted there since."""
    return remote.remote_status in UNDER_WAY or campaign.state in {_C.SENDING, _C.SENT}


def _was_sent(campaign: Campaign, remote: MailchimpCampaign) -> bool:
    """To everybody: once it went out, one that is archived or deleted there was sent before."""
    over = {Status.SENT, Status.ARCHIVED, Status.GONE}
    return campaign.state == _C.SENT or (campaign.state == _C.SENDING and remote.remote_status in over)


def next_words(campaign: Campaign, task: RemoteTask | None, *, now: datetime) -> str:
    """What happens by itself, and when."""
    if task is None or task.settled_at is not None:
        return ""
    if task.state == RemoteTaskState.RUNNING or task.next_attempt_at <= now:
        return _("Mailchimp is being asked just now.") if campaign.state == _C.WAITING else ""
    if campaign.state in {_C.WAITING, _C.SENDING} or task.attempts:
        return _("Mailchimp is asked again %(when)s.") % {"when": until(task.next_attempt_at, now=now)}
    return ""


def unsure_words(campaign: Campaign, remote: MailchimpCampaign) -> str:
    """That an answer was lost, and that nothing is done twice because of it; empty where none was.

    Of one that is held it was looked up, and the reason says what came of it.
    """
    if not remote.unsure_of or campaign.state == _C.HELD:
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
