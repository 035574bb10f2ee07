"""How it stands with one newsletter at Mailchimp: readers, what moves, what went wrong and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.admin import messages

from core.refusals import user_of
from newsletter.admin.instants import in_zone, zone_of
from newsletter.admin.mailchimp.access import OfNewsletter
from newsletter.admin.mailchimp.fields import confirmed_readers
from newsletter.audience.mailchimp import former
from newsletter.audience.mailchimp.acknowledging import FIELDS, is_acknowledged, named_fields
from newsletter.audience.mailchimp.choosing import task_name
from newsletter.audience.mailchimp.connecting import is_connected, standing
from newsletter.audience.mailchimp.deleted import names_begin_with
from newsletter.audience.mailchimp.listing import fetching, known_audience
from newsletter.audience.mailchimp.tasks import UNFINISHED, ask_for, last_of
from newsletter.delivery.health import health
from newsletter.delivery.speed import UNFINISHED as CAMPAIGNS_UNFINISHED
from newsletter.models import (
    Campaign,
    MailchimpAudience,
    MailchimpMember,
    MemberStatus,
    RemoteTask,
    RemoteTaskKind,
    RemoteTaskState,
)

#: So much of what was done is shown, and so far back.
TASKS = 20
LATELY = timedelta(days=14)
OF_AUDIENCE = (RemoteTaskKind.PUSH, RemoteTaskKind.POLL, RemoteTaskKind.SET_HOOK, RemoteTaskKind.REMOVE_HOOK)
OF_CAMPAIGN = (RemoteTaskKind.CAMPAIGN, RemoteTaskKind.REPORT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    done: int
    total: int


def push_under_way(audience: MailchimpAudience) -> Progress | None:
    """Readers on their way there; None while nothing has to be brought over."""
    task = last_of(task_name(RemoteTaskKind.PUSH, audience))
    if task is None or task.state not in UNFINISHED or task.done >= task.total:
        return None
    return Progress(done=task.done, total=task.total)


def tasks_of(audience: MailchimpAudience, *, since: datetime) -> QuerySet[RemoteTask]:
    """What was asked of Mailchimp for this newsletter since then, or goes on: that first, then what ended last.

    A task that goes on keeps its row for as long as the newsletter is sent by Mailchimp.
    """
    lately = Q(created_at__gt=since - LATELY) | Q(state__in=CAMPAIGNS_UNFINISHED)
    campaigns = Campaign.objects.filter(lately, newsletter=audience.newsletter_id)
    names = [task_name(kind, audience) for kind in OF_AUDIENCE]
    names += [fetching(audience.list_id), RemoteTaskKind.CHECK_ACCOUNT.value]
    names += [f"{kind.value}:{pk}" for kind in OF_CAMPAIGN for pk in campaigns.values_list("pk", flat=True)]
    shown = Q(state__in=UNFINISHED) | Q(created_at__gt=since) | Q(settled_at__gt=since)
    ours = Q(name__in=names) | Q(name__startswith=names_begin_with(audience))
    ours |= Q(name__startswith=former.names_begin_with(audience.newsletter_id))
    return RemoteTask.objects.filter(shown, ours).order_by(F("settled_at").desc(nulls_first=True), "-pk")


def is_due(task: RemoteTask, now: datetime) -> bool:
    """Whether something will have come of it in a moment; standing tasks wait for their next turn most of the time."""
    return task.state == RemoteTaskState.RUNNING or (
        task.state == RemoteTaskState.PENDING and task.next_attempt_at <= now
    )


class ShowView(OfNewsletter):
    """While something moves the page brings itself up to date."""

    http_method_names = ["get", "head"]
    template_name = "newsletter/admin/mailchimp/show.html"

    def get_page_title(self) -> str:
        return self.newsletter.name

    def above(self) -> list[tuple[str, str]]:
        return super().above()[:1]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = timezone.now()
        context = {
            "account": standing(),
            "is_worker_there": health(now=now).worker == "ticking",
        }
        if self.audience is not None:
            context |= self._of_the_audience(self.audience, now)
        return super().get_context_data(**{**context, **kwargs})

    def _of_the_audience(self, audience: MailchimpAudience, now: datetime) -> dict[str, Any]:
        tasks = list(tasks_of(audience, since=now - LATELY)[:TASKS])
        members = MailchimpMember.objects.filter(audience=audience)
        hook = last_of(task_name(RemoteTaskKind.SET_HOOK, audience))
        return {
            "known": known_audience(audience.list_id),
            "is_listed": is_connected(),
            "is_on": audience.switched_on_at is not None,
            "is_agreed": is_acknowledged(audience),
            "fields": [FIELDS[name] for name in named_fields(audience)],
            "here": confirmed_readers(self.newsletter).count(),
            "there": members.filter(status=MemberStatus.SUBSCRIBED).count(),
            "pending_there": members.filter(status=MemberStatus.PENDING).count(),
            "erasing": members.filter(erasing=True).count(),
            "progress": push_under_way(audience),
            "in_step_at": self._shown(audience.in_step_at),
            "polled_until": self._shown(audience.polled_until),
            "agreed_at": self._shown(audience.acknowledged_at),
            "hook_said": hook.said if hook else "",
            "tasks": [(task, self._when(task, now)) for task in tasks],
            "moving": any(is_due(task, now) for task in tasks),
        }

    def _when(self, task: RemoteTask, now: datetime) -> str:
        """When it ended, or when it has its next turn."""
        if task.settled_at is not None:
            return self._shown(task.settled_at)
        return _("now") if is_due(task, now) else _("next: %(at)s") % {"at": self._shown(task.next_attempt_at)}

    def _shown(self, instant: datetime | None) -> str:
        return in_zone(instant, zone_of(user_of(self.request))) if instant else ""


class AgainView(OfNewsletter):
    """POST only: bring over and look at once, instead of when it is due."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        audience = self.audience
        if audience is None or audience.switched_on_at is None:
            messages.warning(request, _("It is not switched on: nothing is brought over."))
            return self.to("newsletter")
        for kind in (RemoteTaskKind.PUSH, RemoteTaskKind.POLL, RemoteTaskKind.SET_HOOK):
            ask_for(
                kind,
                name=task_name(kind, audience),
                about={"audience": audience.pk},
                by=user_of(request),
                now=timezone.now(),
            )
        messages.success(request, _("It is being done. This page shows how far it is."))
        return self.to("newsletter")
