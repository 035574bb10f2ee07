"""Telling those who may approve that a schedule has composed an issue: one mail each, with a link to what they do."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from core.models import PublicationSettings
from newsletter.audience.mails import NoSenderError, queue_note
from newsletter.engine.addresses import AddressError
from newsletter.engine.time_zones import zone_of
from newsletter.issues.publication import absolute
from newsletter.models import Frequency, RunOutcome

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from newsletter.models import ScheduleRun

logger = logging.getLogger(__name__)

KIND = "issue_composed"
_TOLD = (RunOutcome.DRAFTED, RunOutcome.BLOCKED)
_LOGINS = "django.contrib.auth.backends.ModelBackend"


def tell(run: ScheduleRun, *, now: datetime) -> int:
    """Queue the mails about a draft that waits for somebody; returns how many."""
    if run.outcome not in _TOLD or run.issue is None:
        return 0
    may_schedule = set(with_permission("schedule_campaign").values_list("pk", flat=True))
    told = 0
    for person in with_permission("publish_issue").exclude(email=""):
        link = schedule_link(run, now=now) if person.pk in may_schedule else edit_link(run)
        told += _queue(run, person, absolute(link), now=now)
    return told


def with_permission(name: str) -> QuerySet[User]:
    """Everybody who has this permission of the newsletter, superusers too."""
    return User.objects.with_perm(f"newsletter.{name}", backend=_LOGINS).order_by("pk")


def schedule_link(run: ScheduleRun, *, now: datetime) -> str:
    """The page where it is approved and scheduled in one step, its instant filled in as long as that is to come."""
    if run.outcome == RunOutcome.BLOCKED:
        return edit_link(run)
    page = reverse("newsletter_issues:schedule", args=[run.issue_id])
    if run.schedule.frequency == Frequency.EACH_STORY or run.due_at <= now:
        return page
    return f"{page}?{urlencode({'at': run.due_at.isoformat()})}"


def edit_link(run: ScheduleRun) -> str:
    return reverse("newsletter_issues:edit", args=[run.issue_id])


def _queue(run: ScheduleRun, person: User, link: str, *, now: datetime) -> bool:
    schedule, issue = run.schedule, run.issue
    assert issue is not None  # noqa: S101 - only told of runs that made one
    is_blocked = run.outcome == RunOutcome.BLOCKED
    local = run.due_at.astimezone(zone_of(schedule.time_zone))
    context = {
        "publication": PublicationSettings.of_default_site(),
        "newsletter": schedule.newsletter,
        "issue": issue,
        "stories": run.stories,
        "reasons": run.detail if is_blocked else "",
        "is_blocked": is_blocked,
        "when": "" if schedule.frequency == Frequency.EACH_STORY else f"{local:%Y-%m-%d %H:%M} ({schedule.time_zone})",
        "link": link,
    }
    words = _("Not sent, please look: %(subject)s") if is_blocked else _("To approve: %(subject)s")
    text = render_to_string("newsletter/mails/issue_composed.txt", context)
    try:
        queue_note(KIND, person.email, words % {"subject": issue.subject}, text, now=now)
    except (NoSenderError, AddressError) as error:
        logger.warning("user %s could not be told of issue %s: %s", person.pk, issue.pk, error)
        return False
    return True
