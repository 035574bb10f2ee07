"""Switching a newsletter over to Mailchimp, and back. Never in the middle of a campaign."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from newsletter.audience.mailchimp.account import BACKEND
from newsletter.audience.mailchimp.acknowledging import is_acknowledged
from newsletter.audience.mailchimp.connecting import is_connected
from newsletter.audience.mailchimp.listing import known_audience
from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.backends.registry import DEFAULT
from newsletter.engine.machine import CampaignState
from newsletter.models import (
    Campaign,
    MailchimpAudience,
    MailchimpMember,
    Newsletter,
    RemoteTask,
    RemoteTaskKind,
    RemoteTaskState,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

SWITCHED_ON, SWITCHED_OFF = "newsletter.mailchimp_on", "newsletter.mailchimp_off"
#: In these a campaign still depends on what its newsletter is sent by.
OPEN_STATES = frozenset(CampaignState) - {CampaignState.SENT, CampaignState.CANCELLED, CampaignState.FAILED}
#: Work that goes on as long as it is switched on; by the audience's key.
_STANDING = (RemoteTaskKind.PUSH, RemoteTaskKind.POLL, RemoteTaskKind.SET_HOOK)


class SwitchRefusedError(Exception):
    """It stays as it is; `reasons` say why and what to do, for people."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


def unfinished(newsletter: Newsletter) -> QuerySet[Campaign]:
    """Campaigns that were scheduled and have not come to their end."""
    return Campaign.objects.filter(newsletter=newsletter, state__in=OPEN_STATES)


def busy(newsletter: Newsletter) -> list[str]:
    """Which issue is on its way, and what to do; empty when none is."""
    return [
        _("“%(subject)s” is on its way. Wait until it was sent, or cancel it.") % {"subject": campaign.subject}
        for campaign in unfinished(newsletter).only("subject").order_by("scheduled_at", "pk")[:3]
    ]


def of_newsletter(newsletter: Newsletter) -> MailchimpAudience | None:
    """What was chosen for it; None before anything was."""
    return MailchimpAudience.objects.filter(newsletter=newsletter).select_related("acknowledged_by").first()


def task_name(kind: RemoteTaskKind, audience: MailchimpAudience) -> str:
    return f"{kind.value}:{audience.pk}"


def why_not_on(newsletter: Newsletter) -> list[str]:
    """What has to be done first; empty when it can be switched on."""
    audience = of_newsletter(newsletter)
    if audience is None:
        return [_("No audience was chosen yet.")]
    reasons = busy(newsletter)
    known = known_audience(audience.list_id)
    if not is_connected():
        reasons.append(_("The account does not answer as it should. Look at its page first."))
    elif known is None:
        reasons.append(
            _("The account has no audience “%(audience)s” any more. Choose another one.") % {"audience": audience}
        )
    elif audience.segment_id and known.segments is not None and known.segment(audience.segment_id) is None:
        reasons.append(
            _("The audience has no segment or tag “%(name)s” any more. Choose again.") % {"name": audience.segment_name}
        )
    if not is_acknowledged(audience):
        reasons.append(_("Read what it means and agree to it first."))
    return reasons


def switch_on(newsletter: Newsletter, *, by: AbstractBaseUser | None, now: datetime) -> MailchimpAudience:
    """From now on Mailchimp sends its issues; readers are brought there, and what changes there is brought here.

    Raises:
        SwitchRefusedError: something has to be done first, or an issue is on its way.
    """
    with transaction.atomic():
        locked = Newsletter.objects.select_for_update().get(pk=newsletter.pk)
        if reasons := why_not_on(locked):
            raise SwitchRefusedError(reasons)
        audience = MailchimpAudience.objects.select_for_update().get(newsletter=locked)
        if audience.switched_on_at is None:
            audience.switched_on_at, audience.problem = now, ""
            audience.save(update_fields=["switched_on_at", "problem"])
            log(instance=locked, action=SWITCHED_ON, user=by, data={"audience": audience.list_name})
        Newsletter.objects.filter(pk=locked.pk).update(backend=BACKEND)
        for kind in _STANDING:
            ask_for(kind, name=task_name(kind, audience), about={"audience": audience.pk}, by=by, now=now)
    newsletter.backend = BACKEND
    return audience


def switch_off(newsletter: Newsletter, *, by: AbstractBaseUser | None, now: datetime) -> None:
    """Its issues go out by our own way again. The readers over there stay there; nothing more is brought over.

    Raises:
        SwitchRefusedError: an issue is on its way.
    """
    with transaction.atomic():
        locked = Newsletter.objects.select_for_update().get(pk=newsletter.pk)
        if reasons := busy(locked):
            raise SwitchRefusedError(reasons)
        for audience in MailchimpAudience.objects.select_for_update().filter(newsletter=locked):
            if audience.switched_on_at is not None:
                log(instance=locked, action=SWITCHED_OFF, user=by, data={"audience": audience.list_name})
            audience.switched_on_at, audience.problem = None, ""
            audience.save(update_fields=["switched_on_at", "problem"])
            _end_tasks(audience, by=by, now=now)
        Newsletter.objects.filter(pk=locked.pk, backend=BACKEND).update(backend=DEFAULT)
    newsletter.refresh_from_db(fields=["backend"])


def _end_tasks(audience: MailchimpAudience, *, by: AbstractBaseUser | None, now: datetime) -> None:
    """What still has to be deleted over there is deleted; the rest ends, and the webhook is removed."""
    is_erasing = MailchimpMember.objects.filter(audience=audience, erasing=True).exists()
    ended = [kind for kind in _STANDING if not (kind == RemoteTaskKind.PUSH and is_erasing)]
    names = [task_name(kind, audience) for kind in ended]
    # One at work just now finds it switched off at its next step.
    RemoteTask.objects.filter(name__in=names, state=RemoteTaskState.PENDING).update(
        state=RemoteTaskState.DONE, settled_at=now, said=_("Switched off.")
    )
    remove = RemoteTaskKind.REMOVE_HOOK
    if audience.hook_id or audience.hook_path_digest:
        ask_for(remove, name=task_name(remove, audience), about={"audience": audience.pk}, by=by, now=now)
