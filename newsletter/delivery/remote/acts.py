"""The acts of the table: each asks Mailchimp for one thing, or writes one into our books, and says how to go on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from django.db import transaction

from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.backends.mailchimp.answers import RemoteCampaign
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import (
    DownError,
    InvalidIdError,
    KeyRefusedError,
    NotFoundError,
    RefusedError,
)
from newsletter.delivery import crash_points, store
from newsletter.delivery.errors import DeliveryError
from newsletter.delivery.remote import still_there, words
from newsletter.delivery.remote.looking import Sight, audience_of, intended, put_words, titled
from newsletter.delivery.stopped_campaigns import tell
from newsletter.engine.remote_campaign import DRAFTS, Act, Because, Call, Patience, Status, Step
from newsletter.models import MailchimpAudience, MailchimpCampaign, RemoteTaskKind

logger = logging.getLogger(__name__)

#: Certainly not done.
_NOT_DONE = (DownError, RefusedError, KeyRefusedError, NotFoundError, InvalidIdError)
_SOON = Patience().soon
_HELD = Patience().held


class NoAudienceError(DeliveryError):
    """The newsletter's audience over there was taken away."""


class ChangedError(DeliveryError):
    """What the act was decided by is not so any more; nothing was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Decide anew: by this sight, or by a new look."""

    sight: Sight | None = None


#: When the next turn is, None: never; or at once.
Result = datetime | Again | None
Do = Callable[[Sight, Mailchimp, Step, datetime], Result]


def keep_sight(sight: Sight, *, now: datetime) -> None:
    """Write down what was seen, and what of it surprises."""
    there = sight.there
    changes: dict[str, object] = {"remote_status": sight.seen.status.value, "checked_at": now}
    if there is not None and there.archive_url:
        changes["archive_url"] = there.archive_url
    if sight.surprise:
        changes["surprise"] = sight.surprise[:300]
        logger.warning("campaign %s: %s", sight.remote.campaign_id, sight.surprise)
    MailchimpCampaign.objects.filter(pk=sight.remote.pk).update(**changes)


def hold(remote: MailchimpCampaign, reason: str, *, now: datetime) -> bool:
    """A person has to look, and is told by mail."""
    with transaction.atomic():
        held = store.hold(remote.campaign_id, reason)
        if held:
            logger.warning("campaign %s is held: %s", remote.campaign_id, reason)
            tell(remote.campaign, reason, now=now)
    return held


def adopt(remote: MailchimpCampaign, api: Mailchimp) -> None:
    """Look for its title: it may have been created, and the answer lost. A second draft of it is taken away."""
    found = titled(remote, api)
    if not found:
        return
    _keep_id(remote, found[0])
    for other in found[1:]:
        if Status(other.status) in DRAFTS:
            api.delete_campaign(other.id)


def _keep_id(remote: MailchimpCampaign, there: RemoteCampaign) -> bool:
    made = {"remote_id": there.id, "web_id": there.web_id, "archive_url": there.archive_url}
    kept = MailchimpCampaign.objects.filter(pk=remote.pk, remote_id="").update(
        **made, unsure_of="", unsure_since=None, remote_status=there.status if there.status in DRAFTS else ""
    )
    if kept:
        for name, value in {**made, "unsure_of": "", "unsure_since": None}.items():
            setattr(remote, name, value)
    return bool(kept)


@contextmanager
def _asked(sight: Sight, call: Call, now: datetime) -> Iterator[None]:
    """Around a call that can't be repeated: written down before, taken back where it certainly was not done."""
    remote = sight.remote
    keep_sight(sight, now=now)
    if not store.remote.write_ahead(remote, call, now=now):
        raise ChangedError
    try:
        yield
        crash_points.reached("after_remote_call")
    except _NOT_DONE:
        changes: dict[str, object] = {"unsure_of": "", "unsure_since": None}
        if call is Call.SEND:
            changes["send_asked_at"] = None
        MailchimpCampaign.objects.filter(pk=remote.pk, unsure_of=call.value).update(**changes)
        raise


def _audience(sight: Sight) -> MailchimpAudience:
    audience = audience_of(sight.remote.campaign)
    if audience is None:
        raise NoAudienceError
    return audience


def _create(sight: Sight, api: Mailchimp, _step: Step, now: datetime) -> Result:
    ours = intended(sight.remote, _audience(sight))
    with _asked(sight, Call.CREATE, now):
        made = api.create_campaign(ours)
    if not _keep_id(sight.remote, made):  # this worker was thought dead, and another one was quicker
        api.delete_campaign(made.id)
    return Again()


def _put_content(sight: Sight, api: Mailchimp, _step: Step, now: datetime) -> Result:
    """May be repeated: nothing is written ahead."""
    digest = put_words(sight.remote, _audience(sight), api)
    crash_points.reached("after_remote_call")
    keep_sight(sight, now=now)
    store.remote.as_it_was(sight.remote).update(content_at=now, content_digest=digest, checklist={})
    return Again()


def _check(sight: Sight, api: Mailchimp, _step: Step, now: datetime) -> Result:
    found = api.checklist(sight.remote.remote_id)
    items = [{"type": item.type, "heading": item.heading, "details": item.details} for item in found.items]
    kept = {"is_ready": found.is_ready, "items": items}
    MailchimpCampaign.objects.filter(pk=sight.remote.pk).update(checklist=kept)
    sight.remote.checklist = kept
    sight.seen = replace(sight.seen, ready=found.is_ready, was_ready=found.is_ready)
    return Again(sight=sight)


def _schedule(sight: Sight, api: Mailchimp, _step: Step, now: datetime) -> Result:
    with _asked(sight, Call.SCHEDULE, now):
        api.schedule(sight.remote.remote_id, sight.remote.campaign.scheduled_at)
    return Again()


def _send(sight: Sight, api: Mailchimp, _step: Step, now: datetime) -> Result:
    audience = _audience(sight)
    if still_there.holds_back(sight.remote, audience, now=now):
        still_there.hurry(audience, now=now)
        return store.remote.went_down(sight.remote.campaign_id, words.still_there(audience), now=now, until=now + _SOON)
    with _asked(sight, Call.SEND, now):
        api.send(sight.remote.remote_id)
    return Again()


def _unschedule(sight: Sight, api: Mailchimp, _step: Step, now: datetime) -> Result:
    try:
        with _asked(sight, Call.UNSCHEDULE, now):
            api.unschedule(sight.remote.remote_id)
    except RefusedError as error:  # it has just begun, or somebody else was quicker: the next look tells
        logger.info("campaign %s was not unscheduled: %s", sight.remote.campaign_id, error)
        return now + _SOON
    return Again()


def _cancel_send(sight: Sight, api: Mailchimp, _step: Step, now: datetime) -> Result:
    try:
        with _asked(sight, Call.CANCEL_SEND, now):
            api.cancel_send(sight.remote.remote_id)
    except RefusedError as error:  # a key that is refused says nothing of it: it is asked for again with another one
        _give_up_cancel(sight, words.cannot_stop(str(error)))
    return Again()


def _delete(sight: Sight, api: Mailchimp, _step: Step, now: datetime) -> Result:
    try:
        with _asked(sight, Call.DELETE, now):
            api.delete_campaign(sight.remote.remote_id)
    except RefusedError as error:
        logger.info("campaign %s was not deleted: %s", sight.remote.campaign_id, error)
        return now + _SOON
    return Again()


def _give_up_cancel(sight: Sight, surprise: str) -> None:
    MailchimpCampaign.objects.filter(pk=sight.remote.pk).update(cancel_wanted_at=None, surprise=surprise[:300])


def _forget_doubt(sight: Sight, _api: Mailchimp, _step: Step, now: datetime) -> Result:
    keep_sight(sight, now=now)
    MailchimpCampaign.objects.filter(pk=sight.remote.pk, unsure_of=sight.remote.unsure_of).update(
        unsure_of="", unsure_since=None
    )
    return Again()


def _put_back(sight: Sight, _api: Mailchimp, _step: Step, now: datetime) -> Result:
    """Who left here while nobody answered goes first: it may be near its instant over there."""
    if (audience := audience_of(sight.remote.campaign)) is not None:
        still_there.hurry(audience, now=now)
    store.remote.answers_again(sight.remote.campaign_id)
    sight.remote.campaign.refresh_from_db(fields=["state"])
    return Again(sight=sight)


def _come_due(sight: Sight, _api: Mailchimp, _step: Step, _now: datetime) -> Result:
    store.remote.came_due(sight.remote.campaign_id)
    sight.remote.campaign.refresh_from_db(fields=["state"])
    return Again(sight=sight)


def _begin(sight: Sight, _api: Mailchimp, _step: Step, now: datetime) -> Result:
    there = sight.there
    since = min(there.send_time, now) if there is not None and there.send_time is not None else now
    store.remote.begin(sight.remote.campaign_id, since=since)
    keep_sight(sight, now=now)
    return Again()


def _hold(sight: Sight, _api: Mailchimp, step: Step, now: datetime) -> Result:
    because = step.because or Because.DOUBT
    with transaction.atomic():
        hold(sight.remote, words.reason(because, sight.remote, doubt=sight.doubt), now=now)
        keep_sight(sight, now=now)
    return now + _HELD


def _finish(sight: Sight, _api: Mailchimp, _step: Step, now: datetime) -> Result:
    """It went out. Its numbers and its ledger are another task's, which calls it sent when it has them."""
    campaign_id = sight.remote.campaign_id
    with transaction.atomic():
        keep_sight(sight, now=now)
        if sight.there is not None:
            store.remote.counted(campaign_id, sight.there.emails_sent)
        _ask_for_report(campaign_id, now)
    return None


def _ask_for_report(campaign_id: int, now: datetime) -> None:
    ask_for(RemoteTaskKind.REPORT, name=f"report:{campaign_id}", now=now)


def _too_late(sight: Sight, _api: Mailchimp, _step: Step, _now: datetime) -> Result:
    _give_up_cancel(sight, words.too_late())
    return Again()


def _finish_cancel(sight: Sight, _api: Mailchimp, _step: Step, now: datetime) -> Result:
    return _cancelled(sight, "", now)


def _stopped_there(sight: Sight, _api: Mailchimp, _step: Step, now: datetime) -> Result:
    return _cancelled(sight, words.stopped_there(), now)


def _cancelled(sight: Sight, surprise: str, now: datetime) -> Result:
    """For good. Where some got it, the ledger will say who."""
    with transaction.atomic():
        keep_sight(sight, now=now)
        store.remote.cancel(sight.remote.campaign_id, now=now, surprise=surprise)
        if sight.there is not None and sight.there.emails_sent:
            store.remote.counted(sight.remote.campaign_id, sight.there.emails_sent)
            _ask_for_report(sight.remote.campaign_id, now)
    return None


def _look_again(_sight: Sight, _api: Mailchimp, _step: Step, _now: datetime) -> Result:
    return Again()


ACTS: Mapping[Act, Do] = MappingProxyType(
    {
        Act.LOOK_FOR_TITLE: _look_again,
        Act.CREATE: _create,
        Act.PUT_CONTENT: _put_content,
        Act.CHECK: _check,
        Act.SCHEDULE: _schedule,
        Act.UNSCHEDULE: _unschedule,
        Act.SEND: _send,
        Act.CANCEL_SEND: _cancel_send,
        Act.DELETE: _delete,
        Act.FORGET_DOUBT: _forget_doubt,
        Act.PUT_BACK: _put_back,
        Act.COME_DUE: _come_due,
        Act.BEGIN: _begin,
        Act.HOLD: _hold,
        Act.FINISH: _finish,
        Act.FINISH_CANCEL: _finish_cancel,
        Act.STOPPED_THERE: _stopped_there,
        Act.TOO_LATE: _too_late,
    }
)
