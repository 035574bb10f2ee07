"""Run as a process of its own on the database of DATABASE_URL: an import that may be killed.

python tests/faults/import_readers.py start FILE | work [STEP]

`work` goes on as the worker does, says yes to the rehearsal, and dies with SIGKILL in the STEP-th transaction, before
that is committed. It prints the state that it leaves.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

if __name__ == "__main__":
    django.setup()
    from django.utils import timezone

    from newsletter.audience.importing import job as importing
    from newsletter.audience.importing import merging, staging
    from newsletter.audience.importing.lease import Lease
    from newsletter.audience.importing.pace import Pace
    from newsletter.audience.suppression import SuppressionReason, suppress
    from newsletter.models import ImportState, Newsletter, Subscriber, SubscriberImport, Subscription

    staging.RUN = 700  # more steps to die in
    merging.Pace = lambda size: Pace(size=300)  # type: ignore[attr-defined, assignment, misc]

    def start(file: Path) -> None:
        newsletter = Newsletter.objects.create(name="Rounds", slug="rounds")
        suppress("reader5@example.org", reason=SuppressionReason.ERASED, now=timezone.now())
        left = Subscriber.objects.create(email="reader6@example.org")
        Subscription.objects.create(subscriber=left, newsletter=newsletter, state="ended", ended_at=timezone.now())
        with file.open("rb") as content:
            job = importing.start(newsletter, content, file.name, by=None, now=timezone.now())
        importing.set_mapping(job, job.mapping, basis="They asked for it.", tags=["Fair"])

    def work(dies_in: int | None) -> None:
        keep, steps = Lease.keep, iter(range(1, 10_000))

        def kept(self: Lease, **values: Any) -> None:
            keep(self, **values)
            if next(steps) == dies_in:
                os.kill(os.getpid(), signal.SIGKILL)

        Lease.keep = kept  # type: ignore[method-assign]
        later = timezone.now() + timedelta(minutes=5)  # the lease of whoever died is over
        while True:
            if importing.go_on(later):
                continue
            job = SubscriberImport.objects.get()
            if job.state != ImportState.STAGED:
                print(job.state)  # noqa: T201 - its caller reads it
                return
            importing.confirm_import(job)

    if sys.argv[1] == "start":
        start(Path(sys.argv[2]))
    else:
        work(int(sys.argv[2]) if len(sys.argv) > 2 else None)
