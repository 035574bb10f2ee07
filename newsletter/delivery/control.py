"""What a person can do with a campaign: pause, resume, cancel, release, resolve."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from newsletter.delivery import store
from newsletter.delivery.errors import DeliveryError
from newsletter.delivery.freeze import SenderMissingError, sender_domain
from newsletter.delivery.halt import is_halted
from newsletter.delivery.start import overdue, stale_segment, withdrawn
from newsletter.delivery.store.after_restore import put_back
from newsletter.engine.machine import CampaignEvent, CampaignState, DeliveryState, sources
from newsletter.models import Campaign, Delivery, MailchimpCampaign

logger = logging.getLogger(__name__)

User = AbstractBaseUser | None


class ControlError(DeliveryError):
    """The campaign can't do that in its state; nothing was changed. The text says what is possible."""


class HaltedError(ControlError):
    """Everything is paused: nothing is set going until that ends."""

    def __init__(self) -> None:
        super().__init__(
            _("Everything is paused, and nothing is sent until somebody lets it go on. This campaign was not changed.")
        )


class Resolution(StrEnum):
    """What a person says about deliveries whose answer was lost."""

    SENT = "sent"  #: they arrived, or must not be sent again
    RESEND = "resend"  #: send them once more under the same Message-ID


def pause(campaign_id: int, *, user: User = None, now: datetime) -> Campaign:
    """Stop for now; what is in flight finishes."""

    def act(campaign: Campaign) -> bool:
        _refuse_where_sent_as_a_whole(campaign)
        return store.pause(campaign_id)

    return _step(campaign_id, CampaignEvent.PAUSED, _("paused"), act, user=user)


def resume(campaign_id: int, *, user: User = None, now: datetime) -> Campaign:
    """Go on after a pause.

    Raises:
        ControlError: as for all controls; `HaltedError` while everything is paused.
    """

    def act(campaign: Campaign) -> bool:
        _refuse_while_halted()
        _refuse_where_sent_as_a_whole(campaign)
        return store.resume(campaign_id)

    return _step(campaign_id, CampaignEvent.RESUMED, _("resumed"), act, user=user)


def cancel(campaign_id: int, *, user: User = None, now: datetime) -> Campaign:
    """Stop for good: who has not got it yet is skipped.

    What a service sends as a whole is cancelled once it certainly is there, too; until then this is only wanted.
    """

    def act(campaign: Campaign) -> bool:
        if is_sent_as_a_whole(campaign):
            return store.remote.want_cancel(campaign_id, by=user, now=now)
        return store.cancel(campaign_id, now=now)

    return _step(campaign_id, CampaignEvent.CANCELLED, _("cancelled"), act, user=user)


def bring_forward(campaign_id: int, *, user: User = None, now: datetime) -> Campaign:
    """Let a scheduled campaign go out now, not at its instant."""

    def act(campaign: Campaign) -> bool:
        if is_sent_as_a_whole(campaign):
            return store.remote.bring_forward(campaign_id, now=now)
        return store.bring_forward(campaign_id, now=now)

    return _step(campaign_id, CampaignEvent.CAME_DUE, _("brought forward"), act, user=user)


def release(campaign_id: int, *, user: User = None, now: datetime) -> Campaign:
    """Send a held campaign after all. One that was held before it began, and whose instant is still to come, waits for
    that instant.

    Raises:
        ControlError: as for all controls, or the review of a story is overdue and nobody has overridden that, or the
            readers it was narrowed to can't be found any more; `HaltedError` while everything is paused.
    """

    def act(campaign: Campaign) -> bool:
        _refuse_while_halted()
        try:
            domain = sender_domain(campaign)
        except SenderMissingError as error:
            raise ControlError(str(error)) from None
        if reason := stale_segment(campaign, now=now) or overdue(campaign, now=now):
            raise ControlError(reason)
        if is_sent_as_a_whole(campaign):
            return store.remote.release(campaign_id, let_pass=[gone.pk for gone in withdrawn(campaign)], now=now)
        if put_back(campaign_id, now=now):
            return True
        return store.release(campaign, sender_domain=domain, now=now)

    return _step(campaign_id, CampaignEvent.RELEASED, _("released"), act, user=user)


def resolve(campaign_id: int, *, resolution: Resolution = Resolution.SENT, user: User = None, now: datetime) -> int:
    """Decide what became of the uncertain deliveries; returns how many. Nothing is sent again unless told so.

    Raises:
        ControlError: there is no such campaign, none of its deliveries is uncertain, or it was stopped for good.
    """
    campaign = _campaign(campaign_id)
    if resolution is Resolution.RESEND:
        if campaign.state in {CampaignState.CANCELLED, CampaignState.FAILED}:
            raise ControlError(_("Campaign %(id)s is %(state)s: nothing of it is sent again.") % _names(campaign))
        _refuse_while_halted()
        count = store.resolve_to_resend(campaign_id)
    else:
        count = store.resolve_as_sent(campaign_id, now=now)
    if not count:
        raise ControlError(_("Campaign %(id)s has no uncertain deliveries; nothing was changed.") % _names(campaign))
    logger.info("campaign %s: %d uncertain deliveries resolved as %s by %s", campaign_id, count, resolution, user)
    return count


def possible(campaign: Campaign) -> frozenset[str]:
    """Which of `pause resume cancel bring_forward release resolve` make sense now; what the admin shows as buttons."""
    steps = {
        "pause": CampaignEvent.PAUSED,
        "resume": CampaignEvent.RESUMED,
        "cancel": CampaignEvent.CANCELLED,
        "release": CampaignEvent.RELEASED,
    }
    if is_halted():
        steps = {name: steps[name] for name in ("pause", "cancel")}
    names = {name for name, event in steps.items() if campaign.state in sources(event)}
    if campaign.state == CampaignState.SCHEDULED:
        names |= {"call_back", "bring_forward"}
    if (remote := remote_of(campaign)) is not None:
        names -= {"pause", "resume"}
        if remote.cancel_wanted_at is not None:
            names -= {"call_back", "cancel", "bring_forward", "release"}
    if Delivery.objects.filter(campaign_id=campaign.pk, state=DeliveryState.UNCERTAIN).exists():
        names.add("resolve")
    return frozenset(names)


def remote_of(campaign: Campaign) -> MailchimpCampaign | None:
    """What is kept of it at the service that sends it as a whole; None where our workers send its mails."""
    return MailchimpCampaign.objects.filter(campaign_id=campaign.pk).first()


def is_sent_as_a_whole(campaign: Campaign) -> bool:
    return remote_of(campaign) is not None


def _refuse_where_sent_as_a_whole(campaign: Campaign) -> None:
    if is_sent_as_a_whole(campaign):
        raise ControlError(
            _("Mailchimp sends campaign %(id)s as a whole: it can be cancelled, and not paused. Nothing was changed.")
            % {"id": campaign.pk}
        )


def _step(
    campaign_id: int, event: CampaignEvent, done: str, act: Callable[[Campaign], bool], *, user: User
) -> Campaign:
    campaign = _campaign(campaign_id)
    with transaction.atomic():
        if not act(campaign):
            raise ControlError(
                _("Campaign %(id)s is %(state)s and can't be %(done)s, only when it is %(when)s. Nothing was changed.")
                % {**_names(campaign), "done": done, "when": " / ".join(sorted(sources(event)))}
            )
    campaign.refresh_from_db()
    logger.info("campaign %s %s by %s", campaign_id, done, user)
    return campaign


def _refuse_while_halted() -> None:
    if is_halted():
        raise HaltedError


def _campaign(campaign_id: int) -> Campaign:
    campaign = Campaign.objects.select_related("newsletter").filter(pk=campaign_id).first()
    if campaign is None:
        raise ControlError(_("There is no campaign %(id)s.") % {"id": campaign_id})
    return campaign


def _names(campaign: Campaign) -> dict[str, object]:
    return {"id": campaign.pk, "state": campaign.state}
