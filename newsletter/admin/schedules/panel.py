"""The panel on the admin's first page: drafts that wait, schedules that fail, and the button that pauses everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.functional import cached_property
from wagtail.admin.ui.components import Component

from core.refusals import may
from newsletter.admin.instants import in_zone, zone_of
from newsletter.admin.schedules.access import HALT, VIEW
from newsletter.admin.schedules.halting import HaltForm, halt_in_words
from newsletter.admin.schedules.upcoming import drafts_that_wait
from newsletter.delivery.issue_notes import edit_link, schedule_link
from newsletter.models import Frequency, RunOutcome, Schedule

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser
    from django.db.models import QuerySet

SHOWN = 5


class SchedulesPanel(Component):
    name = "newsletter_schedules"
    template_name = "newsletter/admin/schedules/home_panel.html"
    order = 40

    def __init__(self, user: AbstractUser) -> None:
        self.user = user

    def is_shown(self) -> bool:
        """Where there is something to do or to know; to those who may pause everything, always."""
        if may(self.user, required=HALT):
            return True
        return bool(self.drafts or self.failing or (may(self.user, required=VIEW) and halt_in_words(self.user)))

    def get_context_data(self, parent_context: dict[str, Any]) -> dict[str, Any]:
        return {
            "csrf_token": parent_context.get("csrf_token", ""),
            "halted": halt_in_words(self.user),
            "may_halt": may(self.user, required=HALT),
            "may_view": may(self.user, required=VIEW),
            "halt_form": HaltForm(auto_id="halt_%s"),
            "drafts": self.drafts,
            "failing": self.failing,
        }

    @cached_property
    def drafts(self) -> list[dict[str, Any]]:
        """Each with a link that leads straight to where it is approved and scheduled."""
        if not may(self.user, any_of=("newsletter.publish_issue", "newsletter.schedule_campaign")):
            return []
        now, zone = timezone.now(), zone_of(self.user)
        may_schedule = may(self.user, required=HALT)
        return [
            {
                "run": run,
                "url": schedule_link(run, now=now) if may_schedule else edit_link(run),
                "at": "" if run.schedule.frequency == Frequency.EACH_STORY else in_zone(run.due_at, zone),
                "is_blocked": run.outcome == RunOutcome.BLOCKED,
                "is_over": run.due_at <= now and run.schedule.frequency != Frequency.EACH_STORY,
            }
            for run in drafts_that_wait(now=now)[:SHOWN]
        ]

    @cached_property
    def failing(self) -> QuerySet[Schedule] | list[Schedule]:
        if not may(self.user, required=VIEW):
            return []
        return Schedule.objects.filter(active=True).exclude(failure="").select_related("newsletter")
