"""Refused rows as they stood in the file: kept with them, because the file itself is not."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Q

from newsletter.audience.importing.content import Place, readers
from newsletter.audience.importing.lease import Lease
from newsletter.audience.importing.pace import Pace
from newsletter.audience.importing.problems import REFUSING
from newsletter.audience.importing.rows import original
from newsletter.models import StagedReader, SubscriberImport

#: Rows written together.
_AT_A_TIME = 1000


def keep(job: SubscriberImport, lease: Lease, first: int, last: int, *, stop: Callable[[], bool]) -> bool:
    """Read the file again for the rows that were refused only after they had been read; False when told to stop.

    Without such rows nothing is read.
    """
    lacking = StagedReader.objects.filter(job=job, pk__range=(first, last), original="").filter(
        ~Q(problem="") | Q(standing__in=REFUSING)
    )
    wanted = dict(lacking.values_list("number", "pk").iterator(chunk_size=5000))
    pace = Pace()
    found: list[StagedReader] = []
    rows = readers(job, Place()) if wanted else iter(())
    for record in rows:
        if (pk := wanted.pop(record.number, None)) is None:
            continue
        found.append(StagedReader(pk=pk, original=original(record.cells or [""])))
        if len(found) >= _AT_A_TIME or not wanted:
            _write(found, lease, pace)
            found = []
            if not wanted:
                break
            if stop():
                return False
    if found:
        _write(found, lease, pace)
    return True


def _write(rows: list[StagedReader], lease: Lease, pace: Pace) -> None:
    with pace.step():
        StagedReader.objects.bulk_update(rows, ["original"], batch_size=500)
        lease.keep()
