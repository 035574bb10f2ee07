"""Switching a schedule on and off."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from newsletter.engine.grid import is_on
from newsletter.issues.due import instants
from newsletter.issues.errors import IssueError
from newsletter.issues.starts import grid_of, why
from newsletter.models import Frequency, Newsletter, Schedule

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AbstractBaseUser

SWITCHED_ON, SWITCHED_OFF = "newsletter.switched_on", "newsletter.switched_off"
#: Instants ahead that are looked at: they reach over summer time and back.
_ENOUGH = 60


class SwitchError(IssueError):
    """It can't be switched on as it is; the text says why and what to do. Nothing was changed."""


def switch_on(schedule: Schedule, *, user: AbstractBaseUser | None = None, now: datetime) -> bool:
    """From now on what is published is news to it; False when it is on already, and keeps what it waits for.

    Raises:
        SwitchError: the newsletter's backend can't do what it asks for.
        TimeZoneError: its zone is unknown.
    """
    with transaction.atomic():
        newsletter = Newsletter.objects.select_for_update().get(pk=schedule.newsletter_id)
        schedule.newsletter = newsletter
        if problem := off_grid(schedule, now=now) or second_one(schedule):
            raise SwitchError(problem)
        return _switch_on(schedule, user=user, now=now)


def _switch_on(schedule: Schedule, *, user: AbstractBaseUser | None, now: datetime) -> bool:
    changes = {"since": now, "timed_from": now, "failure": "", "failing_since": None, "retry_at": None}
    if not Schedule.objects.filter(pk=schedule.pk, active=False).update(active=True, changed_by=user, **changes):
        return False
    log(instance=schedule, action=SWITCHED_ON, user=user)
    return True


def switch_off(schedule: Schedule, *, user: AbstractBaseUser | None = None) -> bool:
    """It composes nothing more; what it has composed stays as it is. False when it is off already."""
    if not Schedule.objects.filter(pk=schedule.pk, active=True).update(active=False, changed_by=user):
        return False
    log(instance=schedule, action=SWITCHED_OFF, user=user)
    return True


def off_grid(schedule: Schedule, *, now: datetime) -> str:
    """Why the backend can't start at the schedule's time, and what to do; empty where it can.

    Raises:
        TimeZoneError: its zone is unknown.
    """
    grid = grid_of(schedule.newsletter)
    if grid is None or schedule.frequency == Frequency.EACH_STORY:
        return ""
    if all(is_on(grid, at) for at in islice(instants(schedule, after=now), _ENOUGH)):
        return ""
    return _("%(why)s Choose such a time for it.") % {"why": why(schedule.newsletter)}


def second_one(schedule: Schedule) -> str:
    """Why another schedule stands against this one: where all of them mail everybody, two would mail a story twice."""
    if schedule.newsletter.can.narrows:
        return ""
    others = Schedule.objects.filter(newsletter=schedule.newsletter_id, active=True).exclude(pk=schedule.pk)
    if (other := others.first()) is None:
        return ""
    return _(
        "Mailchimp mails everybody, so one schedule is enough: with two, readers get the same stories twice. Switch "
        "off “%(other)s” first."
    ) % {"other": other.get_frequency_display()}
