"""What will go out in the days to come: campaigns, drafts that wait for somebody, and the rules' next instants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, takewhile
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletter.admin.instants import day_in_zone, in_zone, known_zone
from newsletter.admin.schedules.words import rule_in_words
from newsletter.admin.words import state_label
from newsletter.delivery.issue_notes import schedule_link
from newsletter.engine.machine import CampaignState
from newsletter.engine.time_zones import TimeZoneError
from newsletter.issues.due import Due, instants, next_due
from newsletter.issues.new_for_readers import waiting_stories
from newsletter.issues.queries import WITHDRAWN
from newsletter.models import Campaign, Frequency, RunOutcome, Schedule, ScheduleRun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet
    from django.utils.functional import Promise

DAYS = 60
#: Drafts whose time is over for longer are nobody's to-do any more.
_FORGOTTEN_AFTER = timedelta(days=30)
_C = CampaignState


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`label` is one word for what it is; `kind` names it for the style sheet: campaign, draft or rule.

    `theirs` says what the newsletter's or the rule's clock shows; empty where that is the same as `mine`.
    """

    at: datetime
    kind: str
    label: str | Promise
    title: str
    newsletter: str
    detail: str = ""
    url: str = ""
    mine: str = ""
    theirs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    title: str
    entries: list[Entry]


def calendar(*, zone: str, now: datetime) -> list[Day]:
    """Everything from now on for `DAYS` days, by the days of this zone."""
    until = now + timedelta(days=DAYS)
    found = [*_campaigns(zone, until), *_drafts(zone, now, until), *_rules(zone, now, until)]
    found.sort(key=lambda entry: (entry.at, entry.kind, entry.title))
    place = known_zone(zone)
    days = groupby(found, key=lambda entry: entry.at.astimezone(place).date())
    return [
        Day(title=day_in_zone(entries[0].at, zone), entries=entries) for entries in (list(group) for _, group in days)
    ]


def drafts_that_wait(*, now: datetime) -> QuerySet[ScheduleRun]:
    """Runs whose issue nobody has scheduled, or called back, yet."""
    runs = ScheduleRun.objects.filter(outcome__in=[RunOutcome.DRAFTED, RunOutcome.BLOCKED]).exclude(issue=None)
    decided = Campaign.objects.exclude(state__in=WITHDRAWN).values("issue_id")
    wait = runs.exclude(issue_id__in=decided).filter(due_at__gt=now - _FORGOTTEN_AFTER)
    return wait.select_related("issue", "schedule__newsletter").order_by("due_at")


def both_clocks(at: datetime, *, zone: str, other: str) -> tuple[str, str]:
    """The time of day in the first zone, and where the other one's clocks differ, what they show, with its name."""
    mine, theirs = at.astimezone(known_zone(zone)), at.astimezone(known_zone(other))
    words = f"{mine:%H:%M} {mine.tzname()}"
    if mine.utcoffset() == theirs.utcoffset():
        return words, ""
    values = {"zone": other.replace("_", " "), "moment": in_zone(at, other)}
    return words, _("In %(zone)s it is %(moment)s.") % values


def _campaigns(zone: str, until: datetime) -> Iterator[Entry]:
    waiting = [_C.SCHEDULED, _C.PREPARING, _C.HELD]
    found = Campaign.objects.filter(state__in=waiting, scheduled_at__lt=until, started_at=None)
    for campaign in found.select_related("newsletter").defer("compiled", "web_html"):
        yield _entry(
            campaign.scheduled_at,
            zone=zone,
            other=campaign.newsletter.time_zone,
            kind="campaign",
            label=state_label(campaign.state),
            title=campaign.subject,
            newsletter=campaign.newsletter.name,
            detail=campaign.reason,
            url=reverse("newsletter_campaigns:show", args=[campaign.pk]),
        )


def _drafts(zone: str, now: datetime, until: datetime) -> Iterator[Entry]:
    for run in drafts_that_wait(now=now).filter(due_at__lt=until):
        assert run.issue is not None  # noqa: S101 - those without are left out
        is_over = run.due_at <= now and run.schedule.frequency != Frequency.EACH_STORY
        yield _entry(
            run.due_at,
            zone=zone,
            other=run.schedule.newsletter.time_zone,
            kind="draft",
            label=_("blocked") if run.outcome == RunOutcome.BLOCKED else _("to approve"),
            title=run.issue.subject,
            newsletter=run.schedule.newsletter.name,
            detail=run.detail or (_("Its time is over: choose another one.") if is_over else ""),
            url=schedule_link(run, now=now),
        )


def _rules(zone: str, now: datetime, until: datetime) -> Iterator[Entry]:
    for schedule in Schedule.objects.filter(active=True).select_related("newsletter"):
        count = min(waiting_stories(schedule).count(), schedule.most_stories)
        for number, due in enumerate(_to_come(schedule, now, until)):
            yield _entry(
                due.at,
                zone=zone,
                other=schedule.time_zone,
                kind="rule",
                label=_("planned"),
                title=schedule.get_frequency_display(),
                newsletter=schedule.newsletter.name,
                detail=_what_for(schedule, count if number == 0 else 0),
                url=reverse("newsletter_schedules:show", args=[schedule.newsletter_id, schedule.frequency]),
            )


def _what_for(schedule: Schedule, count: int) -> str:
    rule = rule_in_words(schedule)
    if count < max(schedule.least_stories, 1):
        return _("%(rule)s, if there is something new.") % {"rule": rule}
    return ngettext("%(rule)s: %(count)d story so far.", "%(rule)s: %(count)d stories so far.", count) % {
        "rule": rule,
        "count": count,
    }


def _to_come(schedule: Schedule, now: datetime, until: datetime) -> Iterator[Due]:
    """The first is what it is due for next, be it late."""
    try:
        first = next_due(schedule)
        if first is None or first.at >= until:
            return
        yield first
        if schedule.frequency == Frequency.EACH_STORY:
            return
        for at in takewhile(lambda at: at < until, instants(schedule, after=max(first.at, now))):
            yield Due(at=at, compose_at=at)
    except TimeZoneError:  # its own page says so
        return


def _entry(
    at: datetime,
    *,
    zone: str,
    other: str,
    kind: str,
    label: str | Promise,
    title: str,
    newsletter: str,
    detail: str,
    url: str,
) -> Entry:
    mine, theirs = both_clocks(at, zone=zone, other=other)
    return Entry(
        at=at,
        kind=kind,
        label=label,
        title=title,
        newsletter=newsletter,
        detail=detail,
        url=url,
        mine=mine,
        theirs=theirs,
    )
