"""Everything that is forgotten when its time is over, for the clock: `newsletter.audience.retention` has the times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.contrib.sessions.models import Session
from django_tasks_db.models import DBTaskResult

from blog.problems.purge import forget_addresses as forget_problem_addresses
from newsletter.audience import purge
from newsletter.audience.breaker import forget_held
from newsletter.audience.retention import kept
from newsletter.delivery import journal, store
from newsletter.delivery.remote import runner
from newsletter.delivery.store.pace import forget_paces


def forget_ledger_addresses(now: datetime) -> int:
    """Take the addresses out of old ledgers; returns how many campaigns."""
    return store.forget_addresses(before=now - kept("delivery_addresses"), now=now)


def forget_task_results(now: datetime) -> int:
    """Delete what finished background tasks left behind; returns how many."""
    old = DBTaskResult.objects.finished().filter(finished_at__lte=now - kept("task_results"))
    return purge.in_batches(old, lambda batch: batch.delete()[0])


def forget_sessions(now: datetime) -> int:
    """Delete the sessions of editors that have run out; returns how many."""
    return purge.in_batches(Session.objects.filter(expire_date__lte=now), lambda batch: batch.delete()[0])


def sweep_journals(now: datetime) -> int:
    """Remove the journals that nobody reads any more; returns how many."""
    return journal.sweep(store.held_fences())


#: Each may be repeated at any time; one that fails keeps none of the others from running.
STEPS: tuple[Callable[[datetime], int], ...] = (
    purge.purge_pending,
    forget_held,
    purge.forget_ip_hashes,
    purge.forget_single_mails,
    purge.forget_address_changes,
    purge.forget_former_readers,
    purge.forget_webhooks,
    purge.forget_exports,
    purge.forget_imports,
    purge.forget_remote_events,
    forget_ledger_addresses,
    forget_problem_addresses,
    forget_task_results,
    forget_sessions,
    forget_paces,
    runner.purge,
    sweep_journals,
)
