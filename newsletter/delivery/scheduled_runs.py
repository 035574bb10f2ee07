"""The schedules' part of the clock: each that has come due does it once, and one that fails keeps no other waiting."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models.functions import Coalesce

from newsletter.delivery import crash_points
from newsletter.delivery.halt import is_halted
from newsletter.delivery.issue_notes import tell
from newsletter.delivery.persistence import PASSING_ERRORS
from newsletter.delivery.start import late_after
from newsletter.engine.time_zones import TimeZoneError
from newsletter.issues import digest
from newsletter.issues.due import next_due
from newsletter.models import RunOutcome, Schedule

if TYPE_CHECKING:
    from newsletter.issues.due import Due
    from newsletter.models import ScheduleRun

logger = logging.getLogger(__name__)

#: After a failure.
TRY_AGAIN_AFTER = timedelta(minutes=5)


def run_due(now: datetime) -> int:
    """Do what schedules are due for; returns how many runs were noted. None while everything is paused."""
    if is_halted():
        return 0
    active = Schedule.objects.filter(active=True).exclude(retry_at__gt=now).order_by("pk")
    return sum(_run_alone(schedule_id, now=now) for schedule_id in active.values_list("pk", flat=True))


def next_run() -> datetime | None:
    """When the first of the schedules has something to compose; None while none has."""
    found = [_wakes_at(schedule) for schedule in Schedule.objects.filter(active=True).select_related("newsletter")]
    return min((at for at in found if at is not None), default=None)


def run_once(schedule_id: int, *, now: datetime) -> ScheduleRun | None:
    """The first thing that a schedule is due for; None when it is due for nothing.

    The row of the run, the issue, its campaign and the mails about it are one transaction under the lock of the
    schedule's row: a second clock finds them done, and a clock that dies leaves nothing.
    """
    schedule = Schedule.objects.select_related("newsletter").filter(pk=schedule_id, active=True).first()
    if schedule is None or _due(schedule, now=now) is None:  # without the lock: most rounds end here
        return None
    with transaction.atomic():
        locked = Schedule.objects.select_for_update(of=("self",)).select_related("newsletter", "template")
        schedule = locked.filter(pk=schedule_id, active=True).first()
        due = _due(schedule, now=now) if schedule else None
        if schedule is None or due is None or is_halted():
            return None
        is_late = now - due.at > late_after()
        run = digest.missed(schedule, due, now=now) if is_late else digest.run(schedule, due, now=now)
        tell(run, now=now)
        Schedule.objects.filter(pk=schedule_id).exclude(failure="").update(
            failure="", failing_since=None, retry_at=None
        )
        crash_points.reached("before_run_commits")
    crash_points.reached("after_run")
    logger.info("schedule %s: %s for %s", schedule_id, run.outcome, run.due_at)
    return run


def _run_alone(schedule_id: int, *, now: datetime) -> int:
    """All that it is due for: more than one where some were missed."""
    count = 0
    try:
        while (run := run_once(schedule_id, now=now)) is not None:
            count += 1
            if run.outcome != RunOutcome.MISSED:
                break  # at most one issue of it in a round
    except PASSING_ERRORS:
        raise
    except Exception as error:
        logger.exception("schedule %s failed; it is tried again in some minutes", schedule_id)
        _note_failure(schedule_id, error, now=now)
    return count


def _note_failure(schedule_id: int, error: Exception, *, now: datetime) -> None:
    Schedule.objects.filter(pk=schedule_id).update(
        failure=f"{type(error).__name__}: {error}"[:500],
        failing_since=Coalesce("failing_since", now),
        retry_at=now + TRY_AGAIN_AFTER,
    )


def _due(schedule: Schedule, *, now: datetime) -> Due | None:
    due = next_due(schedule)
    return due if due is not None and due.compose_at <= now else None


def _wakes_at(schedule: Schedule) -> datetime | None:
    try:
        due = next_due(schedule)
    except TimeZoneError:  # its run says so, and shows it
        return schedule.retry_at
    if due is None:
        return None
    return due.compose_at if schedule.retry_at is None else max(due.compose_at, schedule.retry_at)
