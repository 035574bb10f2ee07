"""What an import would do, or did, and how far it is: numbers for its page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.audience.importing.job import summary
from newsletter.audience.importing.problems import Standing
from newsletter.audience.importing.staging import bounds
from newsletter.audience.retention import kept
from newsletter.models import ImportState, StagedReader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from newsletter.models import SubscriberImport


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Rows done. `total` is 0 while nobody knows."""

    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Rows of the file by what becomes of them.

    `created` is how many become readers; `waiting` is how many of those have to confirm first, and None once that is
    not known any more. `reasons` counts the rows left out by the sentence that says why. `days` is how long somebody
    may take to confirm.
    """

    created: int
    waiting: int | None
    unchanged: int
    refused: int
    reasons: Mapping[str, int]
    days: int

    @property
    def at_once(self) -> int:
        return self.created - (self.waiting or 0)

    @property
    def is_worth_it(self) -> bool:
        return bool(self.created or self.unchanged)


def progress(job: SubscriberImport) -> Progress:
    if job.state == ImportState.STAGING:
        return Progress(done=job.rows_staged, total=0)
    refused = sum(job.position.get("problems", {}).values())
    return Progress(done=job.rows_merged, total=max(0, (job.rows_total or 0) - refused))


def outcome(job: SubscriberImport) -> Outcome:
    """Of an import that was read, and of one that is done."""
    found = summary(job)
    return Outcome(
        created=found.created,
        waiting=_waiting(job) if job.state == ImportState.STAGED else None,
        unchanged=found.unchanged,
        refused=found.refused,
        reasons=found.by_problem,
        days=kept("pending_sign_ups").days,
    )


def _waiting(job: SubscriberImport) -> int:
    """New readers of whom the file does not say when they agreed."""
    new = StagedReader.objects.filter(job=job, pk__range=bounds(job), problem="", standing=Standing.NEW)
    return new.filter(claimed_at=None).count()
