"""Steps of campaigns that a service sends as a whole, together with what is kept of them over there."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F, QuerySet

from newsletter.audience.hooks import announce_sent
from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.delivery.store.last_sent import remember_last_sent
from newsletter.delivery.store.steps import move_campaigns
from newsletter.engine.machine import CampaignEvent, CampaignState
from newsletter.engine.remote_terms import OVER, Call
from newsletter.engine.retry import backend_retry
from newsletter.issues.remote_content import new_title
from newsletter.models import Campaign, MailchimpCampaign, RemoteTaskKind

_C = CampaignState
#: How a campaign comes to `sending` from where it stands: what is seen over there is so, whatever was planned here.
_ON_THE_WAY = {
    _C.SCHEDULED: (CampaignEvent.CAME_DUE, CampaignEvent.FROZEN),
    _C.PREPARING: (CampaignEvent.FROZEN,),
    _C.WAITING: (CampaignEvent.BACKEND_CAME_BACK,),
    _C.HELD: (CampaignEvent.RELEASED,),
    _C.PAUSED: (CampaignEvent.RESUMED,),
}


def task_name(campaign_id: int) -> str:
    return f"campaign:{campaign_id}"


def ask(campaign_id: int, *, now: datetime) -> None:
    """Let a worker look at it now."""
    ask_for(RemoteTaskKind.CAMPAIGN, name=task_name(campaign_id), now=now)


def ask_all(*, now: datetime) -> int:
    """Let a worker look at every one that is not over; returns how many."""
    open_ones = MailchimpCampaign.objects.exclude(campaign__state__in=OVER).values_list("campaign_id", flat=True)
    for campaign_id in open_ones:
        ask(campaign_id, now=now)
    return len(open_ones)


def is_untouched(remote: MailchimpCampaign) -> bool:
    """Nothing was ever asked for it: it is nowhere but here. Of one that was restored and released nobody can tell."""
    return not (remote.remote_id or remote.unsure_of or remote.send_asked_at or remote.released_at)


def want_cancel(campaign_id: int, *, by: AbstractBaseUser | None, now: datetime) -> bool:
    """Cancel what is nowhere but here at once; let the worker take away what is over there. False: it is over."""
    with transaction.atomic():
        campaign = _locked(campaign_id)
        remote = MailchimpCampaign.objects.get(campaign_id=campaign_id)
        if campaign.state in OVER:
            return False
        # A held one may have been restored, and be over there although the books don't know: the worker looks.
        if is_untouched(remote) and campaign.state != CampaignState.HELD:
            return cancel(campaign_id, now=now)
        wanted = {"cancel_wanted_at": now, "cancel_wanted_by_id": by.pk if by else None}
        MailchimpCampaign.objects.filter(pk=remote.pk, cancel_wanted_at=None).update(**wanted)
        ask(campaign_id, now=now)
        return True


def release(campaign_id: int, *, let_pass: Sequence[int], now: datetime) -> bool:
    """A person lets a held one go its way: our version is put in anew, and it may be sent once more if it was asked to.

    One that was deleted over there is made anew, under another title. `let_pass` are its stories that are withdrawn
    by now; another one that is withdrawn later holds it again.
    """
    with transaction.atomic():
        campaign = _locked(campaign_id)
        rows = Campaign.objects.filter(pk=campaign_id)
        if not move_campaigns(rows, CampaignEvent.PUT_BACK, reason="", retry_at=None, retries=0):
            return False
        remote = MailchimpCampaign.objects.get(campaign_id=campaign_id)
        remote.released_at, remote.content_at, remote.checklist = now, None, {}
        remote.content_digest = remote.surprise = ""
        remote.let_pass, remote.send_asked_at = list(let_pass), None
        if remote.unsure_of == Call.SEND:
            remote.unsure_of, remote.unsure_since = "", None
        if remote.remote_status == "gone":
            remote.title, remote.remote_id, remote.web_id = new_title(campaign.key), "", None
            remote.remote_status = remote.archive_url = remote.unsure_of = ""
        remote.save()
        ask(campaign_id, now=now)
        return True


def bring_forward(campaign_id: int, *, now: datetime) -> bool:
    """Make a scheduled one due at once: sent by our clock, whatever instant it has over there."""
    with transaction.atomic():
        waiting = Campaign.objects.filter(pk=campaign_id, state=_C.SCHEDULED, scheduled_at__gt=now)
        if not waiting.update(scheduled_at=now):
            return False
        MailchimpCampaign.objects.filter(campaign_id=campaign_id).update(released_at=now)
        ask(campaign_id, now=now)
        return True


def came_due(campaign_id: int) -> bool:
    return _move(campaign_id, CampaignEvent.CAME_DUE, reason="")


def answers_again(campaign_id: int) -> bool:
    """It waits for its instant again, which may be over."""
    return _move(campaign_id, CampaignEvent.PUT_BACK, reason="", retry_at=None)


def went_down(campaign_id: int, reason: str, *, now: datetime, until: datetime | None = None) -> datetime:
    """Wait and try again by itself; returns when. What is going out over there goes on without us."""
    with transaction.atomic():
        campaign = _locked(campaign_id)
        retry_at = until or backend_retry(campaign.retries, now=now, jitter=random.random())  # noqa: S311 - no secret
        event = CampaignEvent.BACKEND_WENT_DOWN
        changes = {"reason": reason[:500], "retry_at": retry_at}
        if campaign.state in (_C.SCHEDULED, _C.PREPARING):
            _move(campaign_id, event, retries=F("retries") + 1, **changes)
        elif campaign.state == _C.WAITING:
            Campaign.objects.filter(pk=campaign_id).update(retries=F("retries") + 1, **changes)
    return retry_at


def all_is_well(campaign_id: int) -> None:
    """The next time that nobody answers is a first time."""
    Campaign.objects.filter(pk=campaign_id, retries__gt=0).update(retries=0)


def begin(campaign_id: int, *, since: datetime) -> bool:
    """It goes out over there, or has."""
    with transaction.atomic():
        campaign = _locked(campaign_id)
        if campaign.state in OVER:
            return False
        for event in _ON_THE_WAY.get(CampaignState(campaign.state), ()):
            _move(campaign_id, event)
        Campaign.objects.filter(pk=campaign_id).update(reason="", retry_at=None, retries=0)
        Campaign.objects.filter(pk=campaign_id, started_at=None).update(started_at=since)
        MailchimpCampaign.objects.filter(campaign_id=campaign_id).update(unsure_of="", unsure_since=None)
        return True


def counted(campaign_id: int, recipients: int) -> None:
    """How many got it, as the service says, until the ledger tells better."""
    known = MailchimpCampaign.objects.filter(campaign_id=campaign_id).exclude(ledger_filled_at=None)
    if not known.exists():
        Campaign.objects.filter(pk=campaign_id).update(recipients=recipients)


def complete(campaign_id: int, *, now: datetime) -> bool:
    """Everybody got it; the ledger is as full as it gets."""
    with transaction.atomic():
        _locked(campaign_id)
        if not _move(campaign_id, CampaignEvent.COMPLETED, finished_at=now, reason=""):
            return False
        remember_last_sent(campaign_id)
        announce_sent(Campaign.objects.defer("compiled", "web_html").get(pk=campaign_id), now=now)
        return True


def cancel(campaign_id: int, *, now: datetime, surprise: str = "") -> bool:
    """It is certainly nowhere any more, or was stopped over there in the middle."""
    with transaction.atomic():
        if not _move(campaign_id, CampaignEvent.CANCELLED, finished_at=now, reason="", retry_at=None):
            return False
        remote = MailchimpCampaign.objects.filter(campaign_id=campaign_id)
        remote.update(unsure_of="", unsure_since=None)
        if surprise:
            remote.update(surprise=surprise[:300])
        return True


def write_ahead(remote: MailchimpCampaign, call: Call, *, now: datetime) -> bool:
    """Note that this is asked for now, committed before it is. False: what was decided by is not so any more."""
    with transaction.atomic():
        campaign = _locked(remote.campaign_id)
        seen = remote.campaign
        if (campaign.state, campaign.scheduled_at) != (seen.state, seen.scheduled_at):
            return False
        changes = {"unsure_of": call.value, "unsure_since": now}
        if call is Call.SEND:
            changes["send_asked_at"] = now
        return bool(as_it_was(remote).update(**changes))


def as_it_was(remote: MailchimpCampaign) -> QuerySet[MailchimpCampaign]:
    """The row, unless somebody has changed meanwhile what a decision rests on."""
    names = ("remote_id", "unsure_of", "send_asked_at", "cancel_wanted_at", "released_at")
    return MailchimpCampaign.objects.filter(pk=remote.pk, **{name: getattr(remote, name) for name in names})


def _locked(campaign_id: int) -> Campaign:
    rows = Campaign.objects.select_for_update().only("key", "state", "scheduled_at", "retries")
    return rows.get(pk=campaign_id)


def _move(campaign_id: int, event: CampaignEvent, **changes: object) -> bool:
    return bool(move_campaigns(Campaign.objects.filter(pk=campaign_id), event, **changes))
