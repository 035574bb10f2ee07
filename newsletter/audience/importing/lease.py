"""Who works on an import: one worker at a time, and nobody writes after another has taken over."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from newsletter.audience.importing.errors import LeaseLostError
from newsletter.models import SubscriberImport

#: So long after its last word a worker counts as dead. A step takes less than a second.
LEASE = timedelta(seconds=30)


@dataclass(slots=True)
class Lease:
    """The right to write. Its end is also its fence: it changes with every step, and a stale one matches no row."""

    job_id: int
    until: datetime

    def keep(self, **values: Any) -> None:
        """Write columns of the import and go on holding it; inside the transaction of what they stand for.

        Raises:
            LeaseLostError: somebody else took over, or the import was cancelled or deleted.
        """
        until = max(timezone.now() + LEASE, self.until + timedelta(microseconds=1))
        if not SubscriberImport.objects.filter(pk=self.job_id, lease_until=self.until).update(
            lease_until=until, **values
        ):
            raise LeaseLostError
        self.until = until

    def release(self) -> None:
        """Let others go on. Nothing happens where it was lost."""
        SubscriberImport.objects.filter(pk=self.job_id, lease_until=self.until).update(lease_until=None)


def claim(job_id: int, *, states: Collection[str], now: datetime) -> Lease | None:
    """The lease, if the import is in one of these states and nobody holds it."""
    free = SubscriberImport.objects.filter(Q(lease_until=None) | Q(lease_until__lte=now), pk=job_id, state__in=states)
    until = timezone.now() + LEASE
    return Lease(job_id, until) if free.update(lease_until=until) else None
