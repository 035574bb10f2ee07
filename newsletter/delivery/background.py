"""The embedded task queue: what Wagtail and others put off (search index, references) runs in our worker.

With tasks on Redis (`django_tasks_rq`) its own workers run them, and this module does nothing.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Case, F, Min, When
from django_tasks import TaskResultStatus, task_backends
from django_tasks_db.backend import DatabaseBackend
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult, get_date_max
from django_tasks_db.utils import exclusive_transaction

from newsletter.delivery.persistence import insist
from newsletter.delivery.stopping import Stop

_ALIAS = "default"

#: Tasks per round, so that a long queue does not keep single mails waiting.
_PER_ROUND = 20


def next_task_at() -> datetime | None:
    """When the next task may run; None without one or without an embedded queue."""
    if not _is_embedded():
        return None
    waiting = DBTaskResult.objects.filter(backend_name=_ALIAS, status=TaskResultStatus.READY)
    # A task without an instant of its own carries the end of time as one; it may run since it was enqueued.
    at = Case(When(run_after=get_date_max(), then=F("enqueued_at")), default=F("run_after"))
    first: datetime | None = waiting.order_by().aggregate(first=Min(at))["first"]
    return first


def run_ready(owner: str, *, stop: Stop, now: datetime) -> bool:
    """Run a round of the tasks that are ready; returns whether there were any.

    A task that is killed while it runs is not run again, and a failed one neither: nothing that must happen may be
    only a task. The rows of the newsletter are the truth, a task is a hint.
    """
    due = next_task_at()
    if due is None or due > now:
        return False
    # Not its `run()`: that drops the caller's connection between tasks and knows nothing of our way to stop.
    runner = Worker(
        queue_names=["*"],
        interval=0,
        batch=True,
        backend_name=_ALIAS,
        startup_delay=False,
        max_tasks=None,
        worker_id=owner[:64],
        excluded_queue_names=[],
    )
    for _ in range(_PER_ROUND):
        claimed = None if stop.requested else insist(lambda: _claim(owner))
        if claimed is None:
            break
        runner.run_task(claimed)
    return True


def _claim(owner: str) -> DBTaskResult | None:
    with exclusive_transaction():
        claimed = DBTaskResult.objects.ready().filter(backend_name=_ALIAS).get_locked()
        if claimed is not None:
            claimed.claim(owner[:64])
        return claimed


def _is_embedded() -> bool:
    return isinstance(task_backends[_ALIAS], DatabaseBackend)
