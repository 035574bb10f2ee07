"""Date, time and zone of a send."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletter.admin.instants import in_zone, known_zone, problem_of, zone_choices
from newsletter.engine.grid import next_on
from newsletter.engine.time_zones import TimeZoneError, local_instant
from newsletter.issues.starts import complaint, grid_of, why

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsletter.models import Newsletter

#: Nobody plans a mail further ahead; a later year is a slip of the finger.
FURTHEST = timedelta(days=366)


class ScheduleForm(forms.Form):
    """After validation `cleaned_data["at"]` is the instant, aware, in UTC."""

    date = forms.DateField(
        label=gettext_lazy("Date"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    #: To the second for those who type it: `step` keeps browsers from refusing one.
    time = forms.TimeField(
        label=gettext_lazy("Time"), widget=forms.TimeInput(attrs={"type": "time", "step": "any"}, format="%H:%M")
    )
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"), help_text=gettext_lazy("Where clocks show that time."))

    def __init__(
        self,
        data: Any = None,
        *,
        zones: Sequence[str],
        now: datetime,
        planned: datetime | None = None,
        newsletter: Newsletter | None = None,
    ) -> None:
        """`planned` is filled in when it is to come; otherwise tomorrow at nine.

        Where the backend of `newsletter` starts at some instants only, nothing else is offered.
        """
        grid = grid_of(newsletter) if newsletter else None
        if planned is not None and grid:
            planned = next_on(grid, planned)
        first = (now.astimezone(known_zone(zones[0])) + timedelta(days=1)).replace(hour=9, minute=0)
        if planned is not None and planned > now:
            first = planned.astimezone(known_zone(zones[0]))
        initial = {"date": first.date(), "time": first.time(), "zone": zones[0]}
        super().__init__(data, initial=initial)
        if newsletter is not None and grid:
            self.fields["time"].widget = time_select(grid)
            self.fields["time"].help_text = why(newsletter)
            self.initial["time"] = f"{first:%H:%M}"
        self.mailed_by = newsletter
        zone = self.fields["zone"]
        assert isinstance(zone, forms.ChoiceField)  # noqa: S101 - declared above
        zone.choices = zone_choices(zones)
        self.now = now
        #: Set when the wall time does not exist on that day (summer time begins).
        self.moved_to = ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"date", "time", "zone"} - cleaned.keys():
            return cleaned
        wall_time = datetime.combine(cleaned["date"], cleaned["time"])
        try:
            at = local_instant(wall_time, cleaned["zone"])
        except (TimeZoneError, ValueError) as error:
            self.add_error(None, problem_of(error))
            return cleaned
        if at <= self.now:
            self.add_error("time", _("This time has passed. Choose a later one, or use Send now."))
        elif at > self.now + FURTHEST:
            self.add_error("date", _("This is more than a year ahead. Choose an earlier date."))
        elif problem := self.off_grid(at, cleaned["zone"]):
            self.add_error("time", problem)
        if at.astimezone(known_zone(cleaned["zone"])).replace(tzinfo=None) != wall_time:
            self.moved_to = in_zone(at, cleaned["zone"])
        cleaned["at"] = at
        return cleaned

    def off_grid(self, at: datetime, zone: str) -> str:
        """Why the newsletter can't go out at `at`; empty where it can."""
        newsletter = self.cleaned_data.get("newsletter") or self.mailed_by
        return complaint(newsletter, at, zone=zone) if newsletter else ""


def time_select(grid: timedelta) -> forms.Select:
    """The times of a day that lie on the grid: so they do in every zone, since all of them are off by quarters.

    Should one ever be off by less, what is chosen is checked as an instant.
    """
    midnight = datetime(2000, 1, 1)  # noqa: DTZ001 - a wall time
    times = [f"{midnight + number * grid:%H:%M}" for number in range(timedelta(days=1) // grid)]
    return forms.Select(choices=[(time, time) for time in times])
