"""Switching a schedule on and off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wagtail.log_actions import log

from newsletter.models import Schedule

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AbstractBaseUser

SWITCHED_ON, SWITCHED_OFF = "newsletter.switched_on", "newsletter.switched_off"


def switch_on(schedule: Schedule, *, user: AbstractBaseUser | None = None, now: datetime) -> bool:
    """From now on what is published is news to it; False when it is on already, and keeps what it waits for."""
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
