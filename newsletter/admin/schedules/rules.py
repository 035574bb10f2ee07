"""The rules: for each newsletter and frequency one, with what it did and will do."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.log_actions import log

from core.refusals import Guarded, may, user_of
from newsletter.admin.instants import for_both, in_zone, problem_of, zone_of
from newsletter.admin.schedules.access import CHANGE, VIEW
from newsletter.admin.schedules.form import ScheduleRuleForm
from newsletter.admin.schedules.words import becomes, how_many, issue_url, rule_in_words
from newsletter.admin.trail import Trail
from newsletter.audience.segments import narrowed
from newsletter.engine.time_zones import TimeZoneError
from newsletter.issues.audience_there import audience_there
from newsletter.issues.due import instants, next_due
from newsletter.issues.errors import IssueError
from newsletter.issues.new_for_readers import waiting_stories
from newsletter.issues.switching import switch_off, switch_on
from newsletter.models import Frequency, Newsletter, Schedule

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AbstractUser

RUNS_SHOWN = 20
INSTANTS_SHOWN = 3


class SchedulesView(Guarded, Trail, TemplateView):
    """Every newsletter with its three frequencies, set up or not."""

    http_method_names = ["get", "head"]
    permissions_required = VIEW
    template_name = "newsletter/admin/schedules/index.html"
    page_title = gettext_lazy("Schedules")
    header_icon = "history"
    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = timezone.now()
        found = {
            (schedule.newsletter_id, schedule.frequency): schedule
            for schedule in Schedule.objects.select_related("newsletter", "template")
        }
        newsletters = [
            (
                newsletter,
                [
                    _row(newsletter, Frequency(value), found.get((newsletter.pk, value)), now=now)
                    for value in Frequency.values
                ],
            )
            for newsletter in Newsletter.objects.all()
        ]
        may_change = may(user_of(self.request), required=CHANGE)
        return super().get_context_data(**kwargs, newsletters=newsletters, may_change=may_change)


def _row(newsletter: Newsletter, frequency: Frequency, schedule: Schedule | None, *, now: datetime) -> dict[str, Any]:
    narrows = newsletter.can.narrows
    return {
        "frequency": frequency,
        "label": frequency.label,
        #: None where it goes to everybody of an audience, whatever they chose.
        "readers": narrowed(newsletter, {}, frequency=frequency, now=now).count() if narrows else None,
        "there": None if narrows else audience_there(newsletter),
        "schedule": schedule,
        "rule": rule_in_words(schedule) if schedule else "",
        "becomes": becomes(schedule) if schedule else "",
    }


class RulePage(Guarded, Trail, TemplateView):
    """Something about the rule of one newsletter and frequency, which may not be set up yet."""

    http_method_names = ["get", "head", "post"]
    header_icon = "history"
    request: HttpRequest
    kwargs: dict[str, Any]

    @cached_property
    def newsletter(self) -> Newsletter:
        return get_object_or_404(Newsletter, pk=self.kwargs["newsletter"])

    @cached_property
    def frequency(self) -> Frequency:
        if self.kwargs["frequency"] not in Frequency.values:
            raise Http404
        return Frequency(self.kwargs["frequency"])

    @cached_property
    def schedule(self) -> Schedule | None:
        found = Schedule.objects.select_related("newsletter", "template")
        return found.filter(newsletter=self.newsletter, frequency=self.frequency).first()

    @property
    def user(self) -> AbstractUser:
        return user_of(self.request)

    @property
    def own_url(self) -> str:
        return reverse("newsletter_schedules:show", args=[self.newsletter.pk, self.frequency])

    @property
    def name(self) -> str:
        return f"{self.newsletter.name}: {self.frequency.label}"

    def get_page_title(self) -> str:
        return self.name

    def above(self) -> list[tuple[str, str]]:
        return [(reverse("newsletter_schedules:index"), _("Schedules"))]


class RuleView(RulePage):
    """What it says, when it comes next, and what became of it."""

    http_method_names = ["get", "head"]
    permissions_required = VIEW
    template_name = "newsletter/admin/schedules/show.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = timezone.now()
        shown = _row(self.newsletter, self.frequency, self.schedule, now=now)
        may_change = may(self.user, required=CHANGE)
        context = {**shown, "newsletter": self.newsletter, "may_change": may_change, "has_hour": self.has_hour}
        if self.schedule is not None:
            context |= {
                "how_many": how_many(self.schedule),
                "waiting": [story.title for story in waiting_stories(self.schedule)[: self.schedule.most_stories]],
                "next": self._next(self.schedule, now),
                "runs": self._runs(self.schedule),
                "failing_since": self._failing_since(self.schedule),
            }
        return super().get_context_data(**{**kwargs, **context})

    @property
    def has_hour(self) -> bool:
        return self.frequency != Frequency.EACH_STORY

    def _next(self, schedule: Schedule, now: datetime) -> list[list[Any]]:
        """Its next instants on both clocks; what it would be if it is switched off."""
        try:
            if self.has_hour:
                due = next_due(schedule) if schedule.active else None
                after = max(now, due.at) if due else now
                first = [due.at] if due else []
                found = [*first, *islice(instants(schedule, after=after), INSTANTS_SHOWN - len(first))]
            else:
                due = next_due(schedule) if schedule.active else None
                found = [due.at] if due else []
        except TimeZoneError:  # stands there as its failure
            return []
        return [for_both(at, user=self.user, newsletter=self.newsletter) for at in found]

    def _runs(self, schedule: Schedule) -> list[dict[str, Any]]:
        zone = zone_of(self.user)
        return [
            {"run": run, "at": in_zone(run.due_at, zone), "url": issue_url(run)}
            for run in schedule.runs.select_related("issue")[:RUNS_SHOWN]
        ]

    def _failing_since(self, schedule: Schedule) -> str:
        return in_zone(schedule.failing_since, zone_of(self.user)) if schedule.failing_since else ""


class RuleEditView(RulePage):
    """Sets it up or changes it. A new one is switched off until somebody switches it on."""

    permissions_required = CHANGE
    template_name = "newsletter/admin/schedules/edit.html"

    def get_page_title(self) -> str:
        return (
            _("Change: %(name)s") % {"name": self.name}
            if self.schedule
            else _("Set up: %(name)s") % {"name": self.name}
        )

    def above(self) -> list[tuple[str, str]]:
        return [*super().above(), (self.own_url, self.name)]

    def form(self, data: Any = None) -> ScheduleRuleForm:
        zone = self.newsletter.time_zone
        fresh = Schedule(newsletter=self.newsletter, frequency=self.frequency, time_zone=zone)
        return ScheduleRuleForm(data, instance=self.schedule or fresh, zones=[zone, zone_of(self.user)])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        everybody = not self.newsletter.can.narrows
        there = audience_there(self.newsletter) if everybody else None
        context = {"form": self.form(), "back_url": self.own_url, "everybody": everybody, "there": there}
        return super().get_context_data(**{**context, **kwargs})

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = self.form(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        is_new = self.schedule is None
        schedule = form.keep(user=self.user, now=timezone.now())
        log(instance=schedule, action="wagtail.create" if is_new else "wagtail.edit", user=self.user)
        if is_new:
            messages.success(request, _("Set up. It does nothing until you switch it on."))
        else:
            messages.success(request, _("Saved. It holds from now on."))
        return redirect(self.own_url)


class SwitchView(RulePage):
    """POST only: on or off."""

    http_method_names = ["post"]
    permissions_required = CHANGE

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if self.schedule is None:
            raise Http404
        if request.POST.get("switch") == "on":
            self._switch_on(self.schedule)
        elif switch_off(self.schedule, user=self.user):
            messages.success(
                request, _("Switched off. What it has composed or scheduled already stays: cancel it by itself.")
            )
        return redirect(self.own_url)

    def _switch_on(self, schedule: Schedule) -> None:
        try:
            is_new = switch_on(schedule, user=self.user, now=timezone.now())
        except IssueError as error:
            messages.error(self.request, str(error))
            return
        except TimeZoneError as error:
            messages.error(self.request, problem_of(error))
            return
        if is_new:
            messages.success(self.request, _("Switched on. Stories that are published from now on go out by it."))
