"""The acts that ask Mailchimp for one thing each. What can't be repeated is written down before it is asked."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

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
from newsletter.delivery.remote.booking import Again, Result, give_up_cancel, keep_sight, leave_draft
from newsletter.delivery.remote.looking import Sight, audience_of, intended, put_words, titled
from newsletter.engine.remote_terms import DRAFTS, Call, Leavers, Patience, Status, Step
from newsletter.models import MailchimpAudience, MailchimpCampaign

logger = logging.getLogger(__name__)

#: Certainly not done.
_NOT_DONE = (DownError, RefusedError, KeyRefusedError, NotFoundError, InvalidIdError)
_SOON = Patience().soon
#: A draft that Mailchimp refuses to delete for so long after it was called back is left there.
_DELETES_FOR = timedelta(minutes=5)


class NoAudienceError(DeliveryError):
    """The newsletter's audience over there was taken away."""


class ChangedError(DeliveryError):
    """What the act was decided by is not so any more; nothing was asked."""


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


def create(sight: Sight, api: Mailchimp, _step: Step, now: datetime) -> Result:
    ours = intended(sight.remote, _audience(sight))
    with _asked(sight, Call.CREATE, now):
        made = api.create_campaign(ours)
    if not _keep_id(sight.remote, made):  # this worker was thought dead, and another one was quicker
        api.delete_campaign(made.id)
    return Again()


def put_content(sight: Sight, api: Mailchimp, _step: Step, now: datetime) -> Result:
    """May be repeated: nothing is written ahead."""
    digest = put_words(sight.remote, _audience(sight), api)
    crash_points.reached("after_remote_call")
    keep_sight(sight, now=now)
    store.remote.as_it_was(sight.remote).update(content_at=now, content_digest=digest, checklist={})
    return Again()


def check(sight: Sight, api: Mailchimp, _step: Step, now: datetime) -> Result:
    found = api.checklist(sight.remote.remote_id)
    items = [{"type": item.type, "heading": item.heading, "details": item.details} for item in found.items]
    kept = {"is_ready": found.is_ready, "items": items}
    MailchimpCampaign.objects.filter(pk=sight.remote.pk).update(checklist=kept)
    sight.remote.checklist = kept
    sight.seen = replace(sight.seen, ready=found.is_ready, was_ready=found.is_ready)
    return Again(sight=sight)


def schedule(sight: Sight, api: Mailchimp, _step: Step, now: datetime) -> Result:
    with _asked(sight, Call.SCHEDULE, now):
        api.schedule(sight.remote.remote_id, sight.remote.campaign.scheduled_at)
    return Again()


def send(sight: Sight, api: Mailchimp, _step: Step, now: datetime) -> Result:
    audience = _audience(sight)
    if still_there.leavers(sight.remote, audience, now=now) is not Leavers.NONE:
        still_there.hurry(audience, now=now)
        return store.remote.went_down(sight.remote.campaign_id, words.still_there(audience), now=now, until=now + _SOON)
    with _asked(sight, Call.SEND, now):
        api.send(sight.remote.remote_id)
    return Again()


def unschedule(sight: Sight, api: Mailchimp, _step: Step, now: datetime) -> Result:
    try:
        with _asked(sight, Call.UNSCHEDULE, now):
            api.unschedule(sight.remote.remote_id)
    except RefusedError as error:  # it has just begun, or somebody else was quicker: the next look tells
        logger.info("campaign %s was not unscheduled: %s", sight.remote.campaign_id, error)
        return now + _SOON
    return Again()


def cancel_send(sight: Sight, api: Mailchimp, _step: Step, now: datetime) -> Result:
    try:
        with _asked(sight, Call.CANCEL_SEND, now):
            api.cancel_send(sight.remote.remote_id)
    except RefusedError as error:  # a key that is refused says nothing of it: it is asked for again with another one
        give_up_cancel(sight, words.cannot_stop(str(error)))
    return Again()


def delete(sight: Sight, api: Mailchimp, _step: Step, now: datetime) -> Result:
    try:
        with _asked(sight, Call.DELETE, now):
            api.delete_campaign(sight.remote.remote_id)
    except RefusedError as error:
        logger.info("campaign %s was not deleted: %s", sight.remote.campaign_id, error)
        wanted_at = sight.remote.cancel_wanted_at
        is_refused_again = wanted_at is not None and now >= wanted_at + _DELETES_FOR
        return leave_draft(sight, now) if is_refused_again else now + _SOON
    return Again()
