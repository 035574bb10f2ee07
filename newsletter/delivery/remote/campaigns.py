"""A campaign at Mailchimp, kept as it should be there: each turn looks, and does what the table of decisions says.

Whatever can't be asked twice is written down before it is asked; docs/mailchimp.md has every failure.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import (
    InvalidIdError,
    KeyRefusedError,
    MailchimpError,
    NotFoundError,
    RefusedError,
    ThrottledError,
    UnsureError,
)
from newsletter.delivery import store
from newsletter.delivery.remote import words
from newsletter.delivery.remote.acts import ACTS
from newsletter.delivery.remote.booking import Again, ask_for_report, hold, keep_sight
from newsletter.delivery.remote.calling import ChangedError, NoAudienceError, adopt
from newsletter.delivery.remote.elapsing import Clock, clock_from
from newsletter.delivery.remote.looking import Sight, campaign_of, look, wanted
from newsletter.engine.machine import CampaignState
from newsletter.engine.message import MessageError
from newsletter.engine.remote_campaign import decide
from newsletter.engine.remote_terms import DRAFTS, OVER, Act, Call, Patience, Status
from newsletter.issues.remote_content import RemoteContentError
from newsletter.models import MailchimpCampaign, RemoteTask

logger = logging.getLogger(__name__)

PATIENCE = Patience()
#: More than any way needs: a turn that does not come to an end goes on with the next one.
MOST_ACTS = 14
#: Of a turn: after this it takes no further look, so that its lease does not end before it does (`runner.lease`).
LONGEST = timedelta(seconds=30)
#: Without a key for so long after its instant, a campaign that is to be cancelled is, whatever became of it there.
LOCKED_OUT_FOR = timedelta(days=1)
#: Throttled for longer than this, or past its instant, a campaign says that it waits.
_LONG = timedelta(seconds=30)


def turn(task: RemoteTask, api: Mailchimp, now: datetime) -> datetime | None:
    """See `kinds.Turn`. Standing: it ends with the campaign."""
    campaign_id = int(task.name.rpartition(":")[2])
    remote = MailchimpCampaign.objects.select_related("campaign__created_by").filter(campaign_id=campaign_id).first()
    if remote is None or remote.campaign.state in OVER:
        return None
    task.said = ""
    clock = clock_from(now)
    try:
        return _go_on(campaign_id, api, clock)
    except MailchimpError as error:
        task.said = str(error)
        return _after(error, campaign_id, clock())
    except NoAudienceError:
        return _held(remote, words.no_audience(), clock())
    except (MessageError, RemoteContentError) as error:
        return _held(remote, str(error), clock())


def wait_for_key(task: RemoteTask, error: KeyRefusedError, *, until: datetime, now: datetime) -> None:
    """There is no way to Mailchimp before somebody does something: the campaign says so.

    One that is to be cancelled is not waited with for ever: the account may be closed, and would keep its newsletter.
    """
    campaign_id = int(task.name.rpartition(":")[2])
    remote = MailchimpCampaign.objects.select_related("campaign").filter(campaign_id=campaign_id).first()
    if remote is None or remote.campaign.state in OVER:
        return
    is_restored = remote.campaign.state == CampaignState.HELD  # or may be: then these books don't know how it is there
    if remote.cancel_wanted_at is not None and _goes_to_nobody(remote) and not is_restored:
        store.remote.cancel(campaign_id, now=now, surprise=words.draft_left(remote))
    elif remote.cancel_wanted_at is not None and now > remote.campaign.scheduled_at + LOCKED_OUT_FOR:
        store.remote.cancel(campaign_id, now=now, surprise=words.not_found_out())
        ask_for_report(campaign_id, now)  # should there be a key again, it says who got it
    else:
        store.remote.went_down(campaign_id, str(error), now=now, until=until)


def wait_for_answer(task: RemoteTask, error: MailchimpError, *, until: datetime, now: datetime) -> None:
    """Nobody at Mailchimp answered before its turn began: the campaign says so."""
    campaign_id = int(task.name.rpartition(":")[2])
    if MailchimpCampaign.objects.filter(campaign_id=campaign_id).exclude(campaign__state__in=OVER).exists():
        store.remote.went_down(campaign_id, str(error), now=now, until=until)


def _goes_to_nobody(remote: MailchimpCampaign) -> bool:
    """At most a draft is over there, which goes out only where somebody asks for it."""
    is_asked = remote.send_asked_at is not None or remote.unsure_of not in {"", Call.CREATE, Call.DELETE}
    return Status(remote.remote_status) in {Status.UNKNOWN, *DRAFTS} and not is_asked


def _after(error: MailchimpError, campaign_id: int, now: datetime) -> datetime:
    if isinstance(error, KeyRefusedError):
        raise error
    remote = campaign_of(campaign_id)  # as the turn has left it
    if isinstance(error, ThrottledError):
        return _throttled(remote, error, now)
    if isinstance(error, UnsureError | NotFoundError):  # the next look tells what became of it
        return _unsure(remote, error, now)
    if isinstance(error, RefusedError | InvalidIdError):
        return _refused(remote, error, now)
    return store.remote.went_down(campaign_id, str(error), now=now)


def _go_on(campaign_id: int, api: Mailchimp, clock: Clock) -> datetime | None:
    """Look, act, look again, until something has to be waited for."""
    sight: Sight | None = None
    end = clock() + LONGEST
    for _number in range(MOST_ACTS):
        if sight is None:
            sight = _seen(campaign_id, api, clock)
        now = clock()
        step = decide(wanted(sight, now=now), sight.seen, PATIENCE)
        if step.act is Act.END:
            return None
        if step.act is Act.WAIT:
            keep_sight(sight, now=now)
            store.remote.all_is_well(campaign_id)
            return step.until
        try:
            result = ACTS[step.act](sight, api, step, now)
        except ChangedError:
            result = Again()
        if not isinstance(result, Again):
            return result
        sight = result.sight
        if sight is None and clock() >= end:  # what was asked within this turn, as the checklist, counts only in it
            return clock()
    return clock() + PATIENCE.soon


def _seen(campaign_id: int, api: Mailchimp, clock: Clock) -> Sight:
    remote = campaign_of(campaign_id)
    if not remote.remote_id:
        adopt(remote, api)
    return look(remote, api, now=clock())


def _unsure(remote: MailchimpCampaign, error: MailchimpError, now: datetime) -> datetime:
    again = now + PATIENCE.soon
    if remote.unsure_of == Call.CREATE and now > remote.campaign.scheduled_at + _LONG:
        store.remote.went_down(remote.campaign_id, str(error), now=now, until=again)
    return again


def _refused(remote: MailchimpCampaign, error: MailchimpError, now: datetime) -> datetime:
    if remote.campaign.state == CampaignState.SENDING:  # it goes out without us, and is only not seen
        return now + PATIENCE.usual
    return _held(remote, words.refused(str(error), is_draft=_goes_to_nobody(remote)), now)


def _throttled(remote: MailchimpCampaign, error: ThrottledError, now: datetime) -> datetime:
    again = now + timedelta(seconds=error.seconds)
    if timedelta(seconds=error.seconds) > _LONG or now > remote.campaign.scheduled_at + _LONG:
        store.remote.went_down(remote.campaign_id, str(error), now=now, until=again)
    return again


def _held(remote: MailchimpCampaign, reason: str, now: datetime) -> datetime:
    hold(remote, reason, now=now)
    return now + PATIENCE.usual
