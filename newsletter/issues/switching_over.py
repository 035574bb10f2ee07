"""Switching a newsletter over to Mailchimp with all that belongs to it, and back. Never in the middle of a campaign."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from newsletter.audience.mailchimp.account import BACKEND
from newsletter.audience.mailchimp.acknowledging import is_acknowledged
from newsletter.audience.mailchimp.choosing import of_newsletter, task_name
from newsletter.audience.mailchimp.connecting import is_connected
from newsletter.audience.mailchimp.listing import known_audience
from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.backends.registry import DEFAULT
from newsletter.issues.choosing_backend import choose_backend, what_stands_against
from newsletter.models import (
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
#: Work that goes on as long as it is switched on; by the audience's key.
_STANDING = (RemoteTaskKind.PUSH, RemoteTaskKind.POLL, RemoteTaskKind.SET_HOOK)


class SwitchRefusedError(Exception):
    """It stays as it is; `reasons` say why and what to do, for people."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


def why_not_on(newsletter: Newsletter) -> list[str]:
    """What has to be done first; empty when it can be switched on."""
    audience = of_newsletter(newsletter)
    if audience is None:
        return [_("No audience was chosen yet.")]
    reasons = what_stands_against(newsletter, BACKEND)
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


def why_not_off(newsletter: Newsletter) -> list[str]:
    """What has to be done before it goes back to our own way of sending; empty when it can."""
    return what_stands_against(newsletter, DEFAULT) if newsletter.backend == BACKEND else []


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
        choose_backend(locked, BACKEND, user=by)
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
        if reasons := why_not_off(locked):
            raise SwitchRefusedError(reasons)
        for audience in MailchimpAudience.objects.select_for_update().filter(newsletter=locked):
            if audience.switched_on_at is not None:
                log(instance=locked, action=SWITCHED_OFF, user=by, data={"audience": audience.list_name})
            audience.switched_on_at, audience.problem = None, ""
            audience.save(update_fields=["switched_on_at", "problem"])
            _end_tasks(audience, by=by, now=now)
        if locked.backend == BACKEND:
            choose_backend(locked, DEFAULT, user=by)
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
