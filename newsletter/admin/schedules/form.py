"""The form of a rule: only what its frequency needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletter.admin.instants import problem_of, zone_choices
from newsletter.admin.schedule_form import time_select
from newsletter.engine.time_zones import TimeZoneError
from newsletter.issues.starts import grid_of, why
from newsletter.issues.switching import off_grid
from newsletter.models import ComposedInto, Frequency, IssueTemplate, Schedule

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_TIMED = ("week", "weekday", "time", "time_zone")
_OF_FREQUENCY = {
    Frequency.EACH_STORY: ("quiet_minutes",),
    Frequency.WEEKLY: ("weekday", "time", "time_zone"),
    Frequency.MONTHLY: _TIMED,
}
_COMMON = ("composed_into", "lead_hours", "least_stories", "most_stories", "template")


class ScheduleRuleForm(forms.ModelForm[Schedule]):
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"), help_text=gettext_lazy("Where clocks show that time.")
    )

    class Meta:
        model = Schedule
        fields = ("quiet_minutes", *_TIMED, *_COMMON)
        labels = {
            "week": gettext_lazy("Which one of the month"),
            "quiet_minutes": gettext_lazy("Minutes of quiet"),
            "lead_hours": gettext_lazy("Hours to approve it"),
            "least_stories": gettext_lazy("At least so many stories"),
            "most_stories": gettext_lazy("At most so many stories"),
        }
        help_texts = {
            "week": "",
            "lead_hours": gettext_lazy("Of a draft: it is composed so long before its time."),
            "least_stories": gettext_lazy("With fewer nothing is composed; they wait for the next time."),
            "most_stories": gettext_lazy("What is over that comes the next time. Nothing is left out."),
            "template": gettext_lazy("Empty: cards for the stories, and nothing else."),
        }
        widgets = {
            "composed_into": forms.RadioSelect,
            "time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def __init__(self, data: Any = None, *, instance: Schedule, zones: Sequence[str]) -> None:
        super().__init__(data, instance=instance)
        wanted = {*_OF_FREQUENCY[Frequency(instance.frequency)], *_COMMON}
        if instance.frequency == Frequency.EACH_STORY:
            wanted.discard("lead_hours")  # its draft is composed when it is due
        for name in set(self.fields) - wanted:
            del self.fields[name]
        if isinstance(zone := self.fields.get("time_zone"), forms.ChoiceField):
            zone.choices = zone_choices(zones)
        self._offer_times(instance)
        kinds, template = self.fields["composed_into"], self.fields["template"]
        assert isinstance(kinds, forms.ChoiceField)  # noqa: S101 - the model's choices
        kinds.choices = list(ComposedInto.choices)
        assert isinstance(template, forms.ModelChoiceField)  # noqa: S101 - a foreign key
        template.queryset = IssueTemplate.objects.filter(Q(newsletter=None) | Q(newsletter=instance.newsletter))

    def _offer_times(self, instance: Schedule) -> None:
        """Where the backend starts at some instants only, nothing else is offered."""
        if (grid := grid_of(instance.newsletter)) and "time" in self.fields:
            self.fields["time"].widget = time_select(grid)
            self.fields["time"].help_text = why(instance.newsletter)
            self.initial["time"] = f"{instance.time:%H:%M}"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        least, most = cleaned.get("least_stories"), cleaned.get("most_stories")
        if least is not None and most is not None and least > most:
            self.add_error("most_stories", _("This is less than “at least”: nothing would ever go out."))
        return cleaned

    def _post_clean(self) -> None:
        """Once the rule holds what was chosen: would its instants be such that its backend starts at?"""
        super()._post_clean()  # type: ignore[misc] # Django's own step of a model form
        if "time" not in self.fields or {"time", "time_zone"} & self.errors.keys():
            return
        try:
            problem = off_grid(self.instance, now=timezone.now())
        except TimeZoneError as error:
            self.add_error("time_zone", problem_of(error))
            return
        if problem:
            self.add_error("time", problem)

    def keep(self, *, user: Any, now: datetime) -> Schedule:
        """Save the rule. A changed hour holds from now on: what it would have named before is not made up for."""
        if set(self.changed_data) & set(_TIMED):
            self.instance.timed_from = now
        self.instance.changed_by = user
        # Whatever made it fail may be what was changed.
        self.instance.failure, self.instance.failing_since, self.instance.retry_at = "", None, None
        return self.save()
