"""A rule and what became of it, in an editor's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletter.models import ComposedInto, Frequency, Weekday, WeekOfMonth

if TYPE_CHECKING:
    from newsletter.models import Schedule, ScheduleRun


def rule_in_words(schedule: Schedule) -> str:
    """Such as "Every Tuesday at 09:00 (Europe/Berlin)"."""
    if schedule.frequency == Frequency.EACH_STORY:
        return ngettext(
            "%(minutes)d minute after a story, together with those that follow it closely",
            "%(minutes)d minutes after a story, together with those that follow it closely",
            schedule.quiet_minutes,
        ) % {"minutes": schedule.quiet_minutes}
    values = {
        "weekday": Weekday(schedule.weekday).label,
        "week": WeekOfMonth(schedule.week).label,
        "time": f"{schedule.time:%H:%M}",
        "zone": schedule.time_zone.replace("_", " "),
    }
    if schedule.frequency == Frequency.MONTHLY:
        return _("The %(week)s %(weekday)s of each month at %(time)s (%(zone)s)") % values
    return _("Every %(weekday)s at %(time)s (%(zone)s)") % values


def becomes(schedule: Schedule) -> str:
    """What is made of new stories, and how long people have to look at it."""
    hold = schedule.newsletter.hold_minutes
    if schedule.composed_into == ComposedInto.CAMPAIGN:
        return ngettext(
            "Goes out by itself; for %(minutes)d minute it can be called back.",
            "Goes out by itself; for %(minutes)d minutes it can be called back.",
            hold,
        ) % {"minutes": hold}
    if schedule.frequency == Frequency.EACH_STORY:
        return _("A draft that somebody approves.")
    days, rest = divmod(schedule.lead_hours, 24)
    if days > 1 and not rest:
        return _("A draft %(days)d days before, that somebody approves.") % {"days": days}
    return ngettext(
        "A draft %(hours)d hour before, that somebody approves.",
        "A draft %(hours)d hours before, that somebody approves.",
        schedule.lead_hours,
    ) % {"hours": schedule.lead_hours}


def how_many(schedule: Schedule) -> str:
    if schedule.least_stories == schedule.most_stories:
        return ngettext("%(number)d story", "%(number)d stories", schedule.most_stories) % {
            "number": schedule.most_stories
        }
    return _("%(least)d to %(most)d stories") % {"least": schedule.least_stories, "most": schedule.most_stories}


def issue_url(run: ScheduleRun) -> str:
    return reverse("newsletter_issues:edit", args=[run.issue_id]) if run.issue_id else ""
