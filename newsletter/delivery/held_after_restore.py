"""Before and after a backup is put back: no worker may run, and nothing goes out before a person has looked."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

from django.db import Error, connection, transaction
from django.utils.translation import gettext as _

from newsletter.delivery.errors import DeliveryError
from newsletter.delivery.store.after_restore import hold_restored
from newsletter.issues.switching import switch_off
from newsletter.models import Chunk, ClockLease, Schedule


class WorkerRunsError(DeliveryError):
    """A worker is at work, or died so lately that nobody can tell."""


def refuse_beside_a_worker(*, now: datetime) -> None:
    """A worker would go on with the old books in its hands.

    Raises:
        WorkerRunsError: as it says. A database that can't be asked has no worker either.
    """
    # Inside a transaction a table that isn't there would spoil the rest of it.
    apart = transaction.atomic() if connection.in_atomic_block else contextlib.nullcontext()
    try:
        with apart:
            clocks = ClockLease.objects.filter(lease_until__gte=now).exclude(owner="")
            chunks = Chunk.objects.filter(closed_at=None, lease_until__gte=now).exclude(owner="")
            runs = clocks.exists() or chunks.exists()
    except Error:
        return
    if runs:
        raise WorkerRunsError(
            _("A worker is running. Stop every worker, wait half a minute, then try again. Nothing was changed.")
        )


def hold_everything(*, made_at: datetime, now: datetime) -> int:
    """Hold the campaigns of a database that was just put back; returns how many. `made_at`: when it was backed up.

    Schedules are switched off: what they sent since is not in these books, and would go out once more. Switched on
    again they begin with what is published from then on.
    """
    reason = _(
        "This publication was restored from a backup of %(time)s UTC. Mails may have gone out since. Compare with the "
        "mail server's log, then release or cancel."
    ) % {"time": f"{made_at.astimezone(UTC):%Y-%m-%d %H:%M}"}
    for schedule in Schedule.objects.filter(active=True):
        switch_off(schedule)
    return hold_restored(reason, now=now)
