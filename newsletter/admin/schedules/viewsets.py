"""Where the pages of what goes out by itself are."""

from __future__ import annotations

from typing import Any

from django.urls import path
from django.utils.translation import gettext_lazy
from wagtail.admin.viewsets.base import ViewSet

from core.refusals import shown_to
from newsletter.admin.schedules.access import VIEW
from newsletter.admin.schedules.calendar import CalendarView
from newsletter.admin.schedules.halting import GoOnView, HaltView
from newsletter.admin.schedules.rules import RuleEditView, RuleView, SchedulesView, SwitchView


class ScheduleViewSet(ViewSet):
    """No deleting: a rule is switched off, and what it did stays on record."""

    name = "newsletter_schedules"
    url_prefix = "newsletter/schedules"
    icon = "history"
    menu_label = gettext_lazy("Schedules")
    menu_name = "newsletter-schedules"
    menu_item_class = shown_to(VIEW)

    def get_urlpatterns(self) -> list[Any]:
        return [
            path("", SchedulesView.as_view(), name="index"),
            path("<int:newsletter>/<slug:frequency>/", RuleView.as_view(), name="show"),
            path("<int:newsletter>/<slug:frequency>/edit/", RuleEditView.as_view(), name="edit"),
            path("<int:newsletter>/<slug:frequency>/switch/", SwitchView.as_view(), name="switch"),
        ]


class CalendarViewSet(ViewSet):
    name = "newsletter_calendar"
    url_prefix = "newsletter/calendar"
    icon = "calendar-alt"
    menu_label = gettext_lazy("Calendar")
    menu_name = "newsletter-calendar"
    menu_item_class = shown_to(VIEW)

    def get_urlpatterns(self) -> list[Any]:
        return [
            path("", CalendarView.as_view(), name="index"),
            path("halt/", HaltView.as_view(), name="halt"),
            path("go-on/", GoOnView.as_view(), name="go_on"),
        ]
