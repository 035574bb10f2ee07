"""Looking at a campaign over there: what it is wanted to be, what it is, and what of that nobody here did."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from newsletter.backends import registry
from newsletter.backends.mailchimp.answers import CampaignWrite, RemoteCampaign
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import NotFoundError, UnexpectedAnswerError
from newsletter.delivery.halt import is_halted
from newsletter.delivery.remote import still_there, words
from newsletter.delivery.start import doubt
from newsletter.engine.grid import is_on
from newsletter.engine.machine import CampaignState
from newsletter.engine.message import CompiledMessage, MessageError
from newsletter.engine.remote_terms import (
    DRAFTS,
    STOPPED,
    UNDER_WAY,
    Call,
    Content,
    Leavers,
    Patience,
    Seen,
    Status,
    Wanted,
)
from newsletter.issues.remote_content import RemoteContentError, content_for, digest_of, name_tag_of, settings_for
from newsletter.models import Campaign, MailchimpAudience, MailchimpCampaign

#: Clocks differ, and a campaign may have been created by a worker whose books were rolled back.
_TOLERANCE = timedelta(hours=1)
#: What goes out so much before its instant was not sent by the schedule that it was given.
_SKEW = timedelta(minutes=1)
_PATIENCE = Patience()


@dataclass(slots=True, kw_only=True)
class Sight:
    """One look, and what was asked within this turn."""

    remote: MailchimpCampaign
    there: RemoteCampaign | None = None
    seen: Seen
    #: Why a person should look before it goes out; empty when nothing speaks against it.
    doubt: str = ""
    surprise: str = ""


def campaign_of(campaign_id: int) -> MailchimpCampaign:
    rows = MailchimpCampaign.objects.select_related("campaign__newsletter", "campaign__created_by")
    return rows.defer("campaign__web_html", "campaign__web_text").get(campaign_id=campaign_id)


def audience_of(campaign: Campaign) -> MailchimpAudience | None:
    return MailchimpAudience.objects.filter(newsletter_id=campaign.newsletter_id).first()


def wanted(sight: Sight, *, now: datetime) -> Wanted:
    remote, campaign = sight.remote, sight.remote.campaign
    grid = registry.abilities(campaign.backend).grid
    return Wanted(
        state=CampaignState(campaign.state),
        at=campaign.scheduled_at,
        on_grid=grid is None or is_on(grid, campaign.scheduled_at),
        now=now,
        halted=is_halted(),
        doubtful=bool(sight.doubt),
        cancel=remote.cancel_wanted_at is not None,
        released=remote.released_at is not None and remote.released_at >= campaign.scheduled_at,
        leavers=_leavers(sight, now=now),
    )


def _leavers(sight: Sight, *, now: datetime) -> Leavers:
    """Looked for only where it may go out soon."""
    remote, campaign = sight.remote, sight.remote.campaign
    is_near = now >= min(campaign.scheduled_at, sight.seen.send_time or campaign.scheduled_at) - _PATIENCE.told_before
    if not is_near or campaign.state in STOPPED or sight.seen.status not in DRAFTS | {Status.SCHEDULE}:
        return Leavers.NONE
    audience = audience_of(campaign)
    return Leavers.NONE if audience is None else still_there.leavers(remote, audience, now=now)


def look(remote: MailchimpCampaign, api: Mailchimp, *, now: datetime) -> Sight:
    """Ask for the status, and for the words where they matter. Without an id its title was looked for in vain."""
    there = _find(remote, api)
    status = _status(remote, there)
    seen = Seen(
        status=status,
        before=Status(remote.remote_status),
        looked_for_title=status is Status.UNKNOWN,
        was_ready=bool(remote.checklist.get("is_ready")),
        unsure_of=Call(remote.unsure_of) if remote.unsure_of else None,
        unsure_since=remote.unsure_since,
        send_asked_at=remote.send_asked_at,
        send_time=there.send_time if there else None,
    )
    if there is not None and status in DRAFTS | {Status.SCHEDULE}:
        seen = replace(seen, content=_content(remote, there, api))
    return Sight(
        remote=remote,
        there=there,
        seen=seen,
        doubt=doubt(remote.campaign, now=now, released_at=remote.released_at, let_pass=remote.let_pass),
        surprise=" ".join(filter(None, (surprise(remote, seen, now=now), _tracked_on_its_way(seen, there)))),
    )


def intended(remote: MailchimpCampaign, audience: MailchimpAudience) -> CampaignWrite:
    return settings_for(remote.campaign, audience, title=remote.title)


def surprise(remote: MailchimpCampaign, seen: Seen, *, now: datetime) -> str:
    """What is over there, and nobody here asked for; empty where all is as it was left."""
    asked_to_schedule = seen.before is Status.SCHEDULE or seen.unsure_of is Call.SCHEDULE
    if remote.campaign.state == CampaignState.HELD and (found := _since_it_is_held(seen, asked_to_schedule)):
        return found
    if seen.status in UNDER_WAY and seen.before not in UNDER_WAY:
        is_early = (seen.send_time or now) < remote.campaign.scheduled_at - _SKEW
        ours = (asked_to_schedule and not is_early) or seen.send_asked_at is not None
        return "" if ours else _("Mailchimp has sent it, and nothing here asked for that: somebody did it there.")
    if seen.status is Status.SCHEDULE and seen.send_asked_at is None:
        return _scheduled_there(remote, seen, is_asked=asked_to_schedule, now=now)
    if seen.status is Status.GONE and seen.before is not Status.GONE and remote.cancel_wanted_at is None:
        return _("It was deleted at Mailchimp, and not from here.")
    return ""


def _tracked_on_its_way(seen: Seen, there: RemoteCampaign | None) -> str:
    """It was turned on too late to be noticed, or whoever sent it there did."""
    has_just_begun = seen.status in UNDER_WAY and seen.before not in UNDER_WAY
    return words.went_out_tracked(there.tracked) if there is not None and there.tracked and has_just_begun else ""


def _scheduled_there(remote: MailchimpCampaign, seen: Seen, *, is_asked: bool, now: datetime) -> str:
    """By somebody there: at all, or for another instant than from here."""
    ours = remote.campaign.scheduled_at
    # Brought forward from here, its instant is over, and it is taken from the schedule it had.
    is_moved = seen.send_time is not None and seen.send_time != ours and ours > now
    if is_asked and not is_moved:
        return ""
    at = timezone.localtime(seen.send_time).strftime("%Y-%m-%d %H:%M %Z") if seen.send_time else "?"
    return _("It was scheduled at Mailchimp for %(at)s, and not from here.") % {"at": at}


def _since_it_is_held(seen: Seen, asked_to_schedule: bool) -> str:
    """Books that were restored don't know what was asked after they were saved: nobody is accused."""
    if asked_to_schedule or seen.send_asked_at is not None:
        return ""
    if seen.status is Status.SCHEDULE:
        what = _("It was scheduled at Mailchimp, and these books don’t say by whom.")
    elif seen.status in UNDER_WAY and seen.before not in UNDER_WAY:
        what = _("Mailchimp has sent it, and these books don’t say who asked for that.")
    else:
        return ""
    return what + " " + _("Somebody did it there, or it was done here before they were restored from a backup.")


def put_words(remote: MailchimpCampaign, audience: MailchimpAudience, api: Mailchimp) -> str:
    """Our settings and our words; returns the digest of what Mailchimp says that it holds now.

    Raises:
        RemoteContentError: it tracks readers all the same.
    """
    api.update_campaign(remote.remote_id, intended(remote, audience))
    compiled = CompiledMessage.load(remote.campaign.compiled)
    api.put_content(remote.remote_id, content_for(compiled, name_tag=name_tag_of(audience)))
    content, there = api.content(remote.remote_id), api.campaign(remote.remote_id)
    if there.tracked:
        raise RemoteContentError(words.still_tracked(there.tracked))
    return digest_of(content, there)


def titled(remote: MailchimpCampaign, api: Mailchimp) -> list[RemoteCampaign]:
    """Those over there with its title: none or one, or two after a worker that was thought dead. What was set going
    comes first."""
    since = remote.campaign.created_at - _TOLERANCE
    return sorted(api.campaigns_titled(remote.title, since=since), key=lambda there: there.status in DRAFTS)


def _find(remote: MailchimpCampaign, api: Mailchimp) -> RemoteCampaign | None:
    try:
        return api.campaign(remote.remote_id) if remote.remote_id else None
    except NotFoundError:
        return None


def _status(remote: MailchimpCampaign, there: RemoteCampaign | None) -> Status:
    if there is None:
        return Status.GONE if remote.remote_id else Status.UNKNOWN
    try:
        return Status(there.status)
    except ValueError:
        raise UnexpectedAnswerError(
            _("Mailchimp says that the campaign is “%(status)s”, which is unknown here. Look at it there.")
            % {"status": there.status[:20]}
        ) from None


def _content(remote: MailchimpCampaign, there: RemoteCampaign, api: Mailchimp) -> Content:
    if remote.content_at is None:
        return Content.MISSING
    audience = audience_of(remote.campaign)
    try:
        is_ours = audience is not None and _as_intended(there, intended(remote, audience)) and not there.tracked
    except (MessageError, RemoteContentError):
        is_ours = False
    if not is_ours:
        return Content.EDITED
    return Content.OURS if digest_of(api.content(there.id), there) == remote.content_digest else Content.EDITED


def _as_intended(there: RemoteCampaign, ours: CampaignWrite) -> bool:
    return (there.list_id, there.segment_id) == (ours.list_id, ours.segment_id)
