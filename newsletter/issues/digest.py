"""One run of a schedule: which stories have their turn, the issue made of them, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletter.issues.compose import preset_preview, preset_subject
from newsletter.issues.due import Due, goes_out_at
from newsletter.issues.errors import IssueError
from newsletter.issues.new_for_readers import waiting_stories
from newsletter.issues.schedule import schedule as freeze
from newsletter.issues.starting_points import body_from
from newsletter.models import ComposedInto, Issue, RunOutcome, ScheduledStory, ScheduleRun

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from blog.models import StoryPage
    from newsletter.models import Schedule


def run(schedule: Schedule, due: Due, *, now: datetime) -> ScheduleRun:
    """Compose what is due, and schedule it where the rule says so. Call it in one transaction, with the schedule's row
    locked: either all of it is there afterwards or nothing.

    Of more stories than fit those that were released first have their turn; the others wait for the next run. An issue
    that the check before sending has something against stays a draft, with the reasons in the run.
    """
    waiting = list(waiting_stories(schedule)[: schedule.most_stories + 1])
    if len(waiting) < max(schedule.least_stories, 1):
        return _nothing(schedule, due, waiting, now=now)
    chosen = waiting[: schedule.most_stories]
    issue = compose_for(schedule, list(reversed(chosen)))
    outcome, detail = RunOutcome.DRAFTED, ""
    if schedule.composed_into == ComposedInto.CAMPAIGN:
        outcome, detail = _send(schedule, issue, due, now=now)
    made = _note(schedule, due, outcome, chosen, now=now, issue=issue, detail=detail)
    ScheduledStory.objects.bulk_create(ScheduledStory(schedule=schedule, run=made, story=story) for story in chosen)
    return made


def missed(schedule: Schedule, due: Due, *, now: datetime) -> ScheduleRun:
    """Note that its time is too long over; its stories come with the next one."""
    hours = int((now - due.at).total_seconds() // 3600)
    detail = ngettext(
        "Found %(hours)d hour late: no worker ran, or everything was paused. Its stories come with the next one.",
        "Found %(hours)d hours late: no worker ran, or everything was paused. Its stories come with the next one.",
        hours,
    ) % {"hours": hours}
    passed = waiting_stories(schedule).filter(released_at__lte=due.at).order_by("-released_at", "-pk")[:1]
    return _note(schedule, due, RunOutcome.MISSED, passed, now=now, detail=detail)


def compose_for(schedule: Schedule, stories: Sequence[StoryPage]) -> Issue:
    """A draft for the readers of the schedule's frequency, the stories in this order; where the backend mails everybody
    of its audience the same, for these.
    """
    can = schedule.newsletter.can
    with translation.override(schedule.newsletter.language):
        issue = Issue(
            newsletter=schedule.newsletter,
            subject=preset_subject(stories),
            preview_text=preset_preview(stories),
            frequency=schedule.frequency if can.narrows else "",
            fits_reader=can.fits_reader,
            body=body_from(schedule.template, stories),
            live=False,
        )
    issue.save()
    issue.save_revision(log_action="wagtail.create")
    return issue


def _send(schedule: Schedule, issue: Issue, due: Due, *, now: datetime) -> tuple[RunOutcome, str]:
    try:
        freeze(
            issue,
            at=goes_out_at(schedule, due, now=now),
            time_zone=schedule.time_zone,
            user=None,
            approve=True,
            now=now,
        )
    except IssueError as error:
        return RunOutcome.BLOCKED, str(error)
    return RunOutcome.SCHEDULED, ""


def _nothing(schedule: Schedule, due: Due, waiting: Sequence[StoryPage], *, now: datetime) -> ScheduleRun:
    if not waiting:
        return _note(schedule, due, RunOutcome.NOTHING_NEW, waiting, now=now)
    detail = _("%(count)d of at least %(least)d stories: they come with the next one.") % {
        "count": len(waiting),
        "least": schedule.least_stories,
    }
    return _note(schedule, due, RunOutcome.TOO_FEW, waiting, now=now, detail=detail)


def _note(
    schedule: Schedule,
    due: Due,
    outcome: RunOutcome,
    stories: Iterable[StoryPage],
    *,
    now: datetime,
    issue: Issue | None = None,
    detail: str = "",
) -> ScheduleRun:
    last = schedule.runs.order_by("-due_at").first()
    covered: list[datetime] = [story.released_at for story in stories]  # type: ignore[attr-defined] # annotated
    return ScheduleRun.objects.create(
        schedule=schedule,
        due_at=due.at,
        made_at=now,
        outcome=outcome,
        issue=issue,
        stories=len(covered) if issue else 0,
        covers_until=max(covered, default=last.covers_until if last else schedule.since),
        detail=detail,
    )
