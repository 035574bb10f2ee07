"""The acts that write into our books what was seen over there, and what stands between two looks."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.delivery import store
from newsletter.delivery.remote import still_there, words
from newsletter.delivery.remote.looking import Sight, audience_of
from newsletter.delivery.stopped_campaigns import tell
from newsletter.engine.remote_terms import UNDER_WAY, Because, Patience, Step
from newsletter.models import MailchimpCampaign, RemoteTaskKind

logger = logging.getLogger(__name__)

_HELD = Patience().held


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
    if sight.surprise and sight.surprise != sight.remote.surprise:
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


def ask_for_report(campaign_id: int, now: datetime) -> None:
    ask_for(RemoteTaskKind.REPORT, name=f"report:{campaign_id}", now=now)


def give_up_cancel(sight: Sight, surprise: str) -> None:
    MailchimpCampaign.objects.filter(pk=sight.remote.pk).update(cancel_wanted_at=None, surprise=surprise[:300])


def forget_doubt(sight: Sight, _api: Mailchimp, _step: Step, now: datetime) -> Result:
    """The one that was seen: another worker may have asked for the same anew."""
    keep_sight(sight, now=now)
    seen = {"unsure_of": sight.remote.unsure_of, "unsure_since": sight.remote.unsure_since}
    MailchimpCampaign.objects.filter(pk=sight.remote.pk, **seen).update(unsure_of="", unsure_since=None)
    return Again()


def put_back(sight: Sight, _api: Mailchimp, _step: Step, now: datetime) -> Result:
    """Who left here while nobody answered goes first: it may be near its instant over there."""
    if (audience := audience_of(sight.remote.campaign)) is not None:
        still_there.hurry(audience, now=now)
    store.remote.answers_again(sight.remote.campaign_id)
    sight.remote.campaign.refresh_from_db(fields=["state"])
    return Again(sight=sight)


def come_due(sight: Sight, _api: Mailchimp, _step: Step, _now: datetime) -> Result:
    store.remote.came_due(sight.remote.campaign_id)
    sight.remote.campaign.refresh_from_db(fields=["state"])
    return Again(sight=sight)


def begin(sight: Sight, _api: Mailchimp, _step: Step, now: datetime) -> Result:
    there = sight.there
    since = min(there.send_time, now) if there is not None and there.send_time is not None else now
    store.remote.begin(sight.remote.campaign_id, since=since)
    keep_sight(sight, now=now)
    return Again()


def hold_because(sight: Sight, _api: Mailchimp, step: Step, now: datetime) -> Result:
    because = step.because or Because.DOUBT
    tracked = sight.there.tracked if sight.there is not None else ()
    with transaction.atomic():
        hold(sight.remote, words.reason(because, sight.remote, doubt=sight.doubt, tracked=tracked), now=now)
        keep_sight(sight, now=now)
    return now + _HELD


def finish(sight: Sight, _api: Mailchimp, _step: Step, now: datetime) -> Result:
    """It went out. Its numbers and its ledger are another task's, which calls it sent when it has them."""
    campaign_id = sight.remote.campaign_id
    with transaction.atomic():
        keep_sight(sight, now=now)
        if sight.there is not None:
            store.remote.counted(campaign_id, sight.there.emails_sent)
        ask_for_report(campaign_id, now)
    return None


def too_late(sight: Sight, _api: Mailchimp, _step: Step, _now: datetime) -> Result:
    give_up_cancel(sight, words.too_late())
    return Again()


def finish_cancel(sight: Sight, _api: Mailchimp, _step: Step, now: datetime) -> Result:
    return _cancelled(sight, "", now)


def leave_draft(sight: Sight, now: datetime) -> Result:
    """Mailchimp refuses to delete it: it goes to nobody by itself, and must not keep its newsletter for ever."""
    return _cancelled(sight, words.not_deleted(sight.remote), now)


def stopped_there(sight: Sight, _api: Mailchimp, _step: Step, now: datetime) -> Result:
    return _cancelled(sight, words.stopped_there(), now)


def _cancelled(sight: Sight, surprise: str, now: datetime) -> Result:
    """For good. Where it had begun, the ledger will say who got it; Mailchimp's count of them comes later."""
    with transaction.atomic():
        keep_sight(sight, now=now)
        store.remote.cancel(sight.remote.campaign_id, now=now, surprise=surprise)
        if sight.there is not None and sight.seen.status in UNDER_WAY:
            store.remote.counted(sight.remote.campaign_id, sight.there.emails_sent)
            ask_for_report(sight.remote.campaign_id, now)
    return None


def look_again(_sight: Sight, _api: Mailchimp, _step: Step, _now: datetime) -> Result:
    return Again()
