"""Agreeing to what Mailchimp gets, switching a newsletter over, and back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from core.refusals import user_of
from newsletter.admin.instants import in_zone, zone_of
from newsletter.admin.mailchimp.access import ACKNOWLEDGE, SWITCH, LaterStep
from newsletter.admin.mailchimp.fields import confirmed_readers
from newsletter.audience.mailchimp.acknowledging import (
    FIELDS,
    SENTENCES,
    VERSION,
    NotTickedError,
    acknowledge,
    is_acknowledged,
    named_fields,
)
from newsletter.audience.mailchimp.choosing import task_name
from newsletter.audience.mailchimp.tasks import UNFINISHED, last_of
from newsletter.delivery.health import health
from newsletter.issues.choosing_backend import what_readers_lose
from newsletter.issues.switching_over import SwitchRefusedError, switch_off, switch_on, why_not_off, why_not_on
from newsletter.models import RemoteTaskKind

if TYPE_CHECKING:
    from datetime import datetime

    from newsletter.models import MailchimpAudience

#: It is looked every half minute (`poll.EVERY`); later than this, something keeps the worker from it.
LATELY = timedelta(minutes=1)


class AcknowledgeView(LaterStep):
    """Each sentence is ticked by itself; all of them, or nothing is kept."""

    template_name = "newsletter/admin/mailchimp/acknowledge.html"
    page_title = gettext_lazy("What it means")
    step = ACKNOWLEDGE

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        audience = self.chosen
        agreed_at = audience.acknowledged_at
        return super().get_context_data(
            **{
                "sentences": SENTENCES.items(),
                "ticked": set(),
                "shown": shown(audience),
                "fields": [FIELDS[name] for name in named_fields(audience)],
                "is_agreed": is_acknowledged(audience),
                "agreed_at": in_zone(agreed_at, zone_of(user_of(self.request))) if agreed_at else "",
                "count": confirmed_readers(self.newsletter).count(),
                **kwargs,
            }
        )

    def take(self, request: HttpRequest) -> HttpResponse:
        ticked = set(request.POST.getlist("agreed")) & set(SENTENCES)
        if request.POST.get("shown") != shown(self.chosen):
            return self.again(problems=[_("What goes there was changed since you opened this page. Read it again.")])
        try:
            acknowledge(self.chosen, ticked=ticked, by=user_of(request), now=timezone.now())
        except NotTickedError:
            problem = _("Read each sentence and tick it. If one is not true, don’t switch over.")
            return self.again(problems=[problem], ticked=ticked)
        return self.to("on")


def shown(audience: MailchimpAudience) -> str:
    """What somebody who agrees has read: the wording, where it goes and what does. Kept is what is so by then."""
    return " ".join([VERSION, audience.list_id, *named_fields(audience)])


class SwitchOnView(LaterStep):
    """GET says what will happen, or what has to be done first; POST does it."""

    template_name = "newsletter/admin/mailchimp/switch_on.html"
    page_title = gettext_lazy("Switch it on")
    step = SWITCH

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **{
                "reasons": why_not_on(self.newsletter),
                "lost": what_readers_lose(self.newsletter, now=timezone.now()),
                "count": confirmed_readers(self.newsletter).count(),
                "fields": [FIELDS[name] for name in named_fields(self.chosen)],
                **kwargs,
            }
        )

    def take(self, request: HttpRequest) -> HttpResponse:
        try:
            switch_on(self.newsletter, by=user_of(request), now=timezone.now())
        except SwitchRefusedError as error:
            return self.again(reasons=error.reasons)
        messages.success(request, _("Switched on. Readers are being brought there; you can leave this page."))
        return self.to("newsletter")


def is_looked_at(audience: MailchimpAudience, *, now: datetime) -> bool:
    """Whether what changed over there was looked at `LATELY`, and is known here.

    Every look that went well says nothing and asks for the next one; one that failed or waits says why.
    """
    task = last_of(task_name(RemoteTaskKind.POLL, audience))
    if task is None or task.state not in UNFINISHED or health(now=now).worker != "ticking":
        return False
    if audience.polled_until is None or audience.poll_offset:  # in the middle of what changed
        return False
    return not (task.said or task.attempts) and task.next_attempt_at > now - LATELY


class SwitchOffView(LaterStep):
    template_name = "newsletter/admin/mailchimp/switch_off.html"
    page_title = gettext_lazy("Switch it off")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        until = self.chosen.polled_until
        return super().get_context_data(
            **{
                "reasons": why_not_off(self.newsletter),
                "is_looked_at": is_looked_at(self.chosen, now=timezone.now()),
                "known_until": in_zone(until, zone_of(user_of(self.request))) if until else "",
                **kwargs,
            }
        )

    def take(self, request: HttpRequest) -> HttpResponse:
        try:
            switch_off(self.newsletter, by=user_of(request), now=timezone.now())
        except SwitchRefusedError as error:
            return self.again(reasons=error.reasons)
        messages.success(request, _("Switched off. The next issue goes out by our own way of sending."))
        return self.to("newsletter")
