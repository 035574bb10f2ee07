"""The calendar: what will go out, day by day."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from core.refusals import Guarded, may, user_of
from newsletter.admin.instants import zone_of
from newsletter.admin.schedules.access import HALT, VIEW
from newsletter.admin.schedules.halting import HaltForm, halt_in_words
from newsletter.admin.schedules.upcoming import DAYS, calendar
from newsletter.admin.trail import Trail
from newsletter.models import Schedule


class CalendarView(Guarded, Trail, TemplateView):
    http_method_names = ["get", "head"]
    permissions_required = VIEW
    template_name = "newsletter/admin/schedules/calendar.html"
    page_title = gettext_lazy("Calendar")
    header_icon = "calendar-alt"
    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = user_of(self.request)
        return super().get_context_data(
            **kwargs,
            days=calendar(zone=zone_of(user), now=timezone.now()),
            length=DAYS,
            zone=zone_of(user).replace("_", " "),
            halted=halt_in_words(user),
            may_halt=may(user, required=HALT),
            halt_form=HaltForm(),
            any_rule=Schedule.objects.filter(active=True).exists(),
            links=_links(user),
        )


def _links(user: Any) -> set[str]:
    """Kinds of entries whose pages this person may open."""
    needs = {"campaign": "report_campaign", "draft": "change_issue", "rule": "view_schedule"}
    return {kind for kind, permission in needs.items() if user.has_perm(f"newsletter.{permission}")}
