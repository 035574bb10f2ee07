"""The steps of an import, as the admin, the command and the worker call them.

A file is uploaded (`start`), its columns are named (`set_mapping`), it is read into the staging table (`stage`): a
rehearsal that touches no reader. A person looks at the `summary` and says so (`confirm_import`), then it is merged
(`merge`). `go_on` is the worker's way through both; whoever is killed in between, another goes on.
"""

from __future__ import annotations

import csv
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, TextIO

from django.contrib.auth.models import AbstractBaseUser
from django.db import DatabaseError, InterfaceError
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.spreadsheets import neutral
from newsletter.audience.importing import mapping as columns
from newsletter.audience.importing import merging, staging
from newsletter.audience.importing.errors import ImportFileError, LeaseLostError, MappingError, WrongStateError
from newsletter.audience.importing.lease import claim
from newsletter.audience.importing.origins import UNKNOWN, label, recognise
from newsletter.audience.importing.problems import REFUSING, Standing, words
from newsletter.audience.importing.receiving import first_rows, receive
from newsletter.audience.importing.rows import MAX_TAG
from newsletter.engine.sensitive import is_about_health
from newsletter.models import ImportState, Newsletter, StagedReader, SubscriberAttribute, SubscriberImport

logger = logging.getLogger(__name__)

#: Seconds that the worker gives an import before it looks at its mails again.
SLICE = 2.0
_SAMPLE = 20

Stop = Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The first rows of a file and what is proposed for its columns. Texts are for people."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    mapping: dict[str, str]
    origin: str
    #: What the origin is called; empty for a file of no system that we know.
    origin_label: str
    encoding: str
    has_header: bool
    #: Column -> why it is not taken.
    left_out: dict[str, str]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What an import did, or would do. `by_problem` counts refused rows by the sentence that says why."""

    created: int
    unchanged: int
    refused: int
    by_problem: dict[str, int]


def start(
    newsletter: Newsletter, content: BinaryIO, file_name: str, *, by: AbstractBaseUser | None, now: datetime
) -> SubscriberImport:
    """Take a file in and propose what its columns are; nothing is read for good yet.

    Raises:
        ImportFileError: it is no list of readers, or can't be read; nothing of it is kept.
    """
    job = SubscriberImport.objects.create(
        newsletter=newsletter, file_name=file_name[-200:], created_by_id=by.pk if by else None, created_at=now
    )
    try:
        receive(job, content)
        header = job.reading["header"]
        origin = recognise(header) if job.reading["has_header"] else UNKNOWN
        job.origin = origin.name
        sample = [record.cells or [] for record in first_rows(job, _SAMPLE)]
        proposed = columns.propose(header, origin, attributes=_attribute_keys())
        job.mapping = columns.with_address_column(proposed, sample)
        job.save()
    except BaseException:
        job.delete()
        raise
    return job


def preview(job: SubscriberImport, limit: int = _SAMPLE) -> Preview:
    """What to show before the columns are named."""
    header = tuple(job.reading["header"])
    rows = tuple(tuple(record.cells or ()) for record in first_rows(job, limit))
    return Preview(
        header=header,
        rows=rows,
        mapping=dict(job.mapping),
        origin=job.origin,
        origin_label=label(job.origin),
        encoding=job.reading["encoding"],
        has_header=job.reading["has_header"],
        left_out=columns.left_out(header, job.mapping),
        notes=tuple(_notes(job)),
    )


def set_mapping(job: SubscriberImport, mapping: Mapping[str, str], *, basis: str, tags: Sequence[str] = ()) -> None:
    """Say what the columns are, what the readers agreed to, and which tags all of them get; the worker then reads it.

    May be said anew until the import is confirmed.

    Raises:
        MappingError: no column of addresses, one about health, a field twice, no basis, or a tag that can't be one.
        WrongStateError: the import has gone further.
    """
    columns.check(mapping, job.reading["header"], attributes=_attribute_keys())
    basis, names = " ".join(basis.split()), [" ".join(name.split()) for name in tags if name.strip()]
    if not basis:
        raise MappingError(_("Please say in a sentence what these readers agreed to, and where."))
    for name in names:
        if len(name) > MAX_TAG:
            raise MappingError(_("The tag “%(name)s” is longer than 60 characters.") % {"name": name[:60]})
        if is_about_health(name):
            raise MappingError(
                _("The tag “%(name)s” would say something about the readers' health; please choose another.")
                % {"name": name}
            )
    everything = {str(index): mapping.get(str(index), "ignore") for index in range(len(job.reading["header"]))}
    bounds = {key: job.position[key] for key in ("first", "last") if key in job.position}
    moved = _free(job, {ImportState.UPLOADED, ImportState.STAGED}).update(
        mapping=everything,
        basis=basis[:200],
        tags=names,
        position={**bounds, "phase": "clear"},
        state=ImportState.STAGING,
        rows_staged=0,
    )
    job.refresh_from_db()
    if not moved:
        raise WrongStateError


def stage(job: SubscriberImport, *, stop: Stop) -> bool:
    """Read the file into the staging table; False when it was told to stop, or another worker is at it.

    Raises:
        ImportFileError: the file can't be read; the import has failed, and says why.
    """
    return _work(job, ImportState.STAGING, staging.run, stop, now=timezone.now())


def confirm_import(job: SubscriberImport) -> None:
    """Somebody has seen the summary and wants it so.

    Raises:
        WrongStateError: it is not staged, or was confirmed before.
    """
    if not _free(job, {ImportState.STAGED}).update(
        state=ImportState.MERGING, created=0, unchanged=0, refused=0, rows_merged=0
    ):
        raise WrongStateError
    job.refresh_from_db()


def merge(job: SubscriberImport, *, stop: Stop) -> bool:
    """Import what was staged; False when it was told to stop, or another worker is at it."""
    return _work(job, ImportState.MERGING, merging.run, stop, now=timezone.now())


def go_on(now: datetime, *, stop: Stop = lambda: False) -> bool:
    """Work on the oldest import that waits for a worker, for a few seconds; False when there is none."""
    waiting = SubscriberImport.objects.filter(
        Q(lease_until=None) | Q(lease_until__lte=now), state__in=[ImportState.STAGING, ImportState.MERGING]
    )
    job = waiting.select_related("newsletter").order_by("created_at", "pk").first()
    if job is None:
        return False
    end = time.monotonic() + SLICE
    state = ImportState(job.state)
    run = staging.run if state == ImportState.STAGING else merging.run
    try:
        _work(job, state, run, lambda: stop() or time.monotonic() > end, now=now)
    except ImportFileError as error:
        logger.warning("import %s failed: %s", job.pk, error)
    return True


def import_waits() -> bool:
    """Whether a worker has an import to go on with, now or when another's lease is over."""
    return SubscriberImport.objects.filter(state__in=[ImportState.STAGING, ImportState.MERGING]).exists()


def summary(job: SubscriberImport) -> Summary:
    """Of a staged import: what it would do. Of one that is done: what it did."""
    by_problem: dict[str, int] = {}
    for problem, count in sorted(job.position.get("problems", {}).items(), key=lambda item: -item[1]):
        by_problem[words(problem)] = by_problem.get(words(problem), 0) + count
    return Summary(created=job.created, unchanged=job.unchanged, refused=job.refused, by_problem=by_problem)


def write_errors(job: SubscriberImport, stream: TextIO) -> int:
    """A CSV of the refused rows: line, why, and the row as it stood in the file; returns how many.

    Cells are neutral for spreadsheets (security case 34). Open the stream with `newline=""`.
    """
    first, last = staging.bounds(job)
    refused = StagedReader.objects.filter(job=job, pk__range=(first, last)).filter(
        ~Q(problem="") | Q(standing__in=REFUSING)
    )
    writer = csv.writer(stream)
    writer.writerow([_("line"), _("why"), *(neutral(name) for name in job.reading["header"])])
    count = 0
    for number, problem, standing, kept in (
        refused.order_by("number").values_list("number", "problem", "standing", "original").iterator(chunk_size=2000)
    ):
        why = words(standing if standing in {*REFUSING, Standing.STILL_HERE} else problem)
        cells = (neutral(_writable(cell)) for cell in _cells(kept))
        writer.writerow([number, why, *cells])
        count += 1
    return count


def cancel(job: SubscriberImport) -> None:
    """End it where it is: what was imported by then stays, what waits is forgotten.

    Raises:
        WrongStateError: it has ended already.
    """
    open_ones = [ImportState.UPLOADED, ImportState.STAGING, ImportState.STAGED, ImportState.MERGING]
    if not SubscriberImport.objects.filter(pk=job.pk, state__in=open_ones).update(
        state=ImportState.CANCELLED, lease_until=None, finished_at=timezone.now()
    ):
        raise WrongStateError
    job.refresh_from_db()
    forget(job)


def forget(job: SubscriberImport) -> None:
    """Take away the file and what was read of it; the row that accounts for the import stays."""
    job.parts.all().delete()
    staging.delete_rows(job, *staging.bounds(job))


def _work(job: SubscriberImport, state: ImportState, run: Callable[..., bool], stop: Stop, *, now: datetime) -> bool:
    lease = claim(job.pk, states={state}, now=now)
    if lease is None:
        job.refresh_from_db()
        return False
    job.refresh_from_db()
    try:
        return run(job, lease, stop=stop)
    except LeaseLostError:
        job.refresh_from_db()
        return False
    except (DatabaseError, InterfaceError):
        raise  # a lock, a lost connection: what was committed stays, and the next slice goes on
    except Exception as error:
        _fail(job, error)
        raise
    finally:
        lease.release()


def _fail(job: SubscriberImport, error: Exception) -> None:
    reason = str(error) if isinstance(error, ImportFileError) else _("Something went wrong; the log says more.")
    SubscriberImport.objects.filter(pk=job.pk).update(
        state=ImportState.FAILED, reason=reason[:500], lease_until=None, finished_at=timezone.now()
    )
    job.refresh_from_db()


def _free(job: SubscriberImport, states: set[ImportState]) -> QuerySet[SubscriberImport]:
    return SubscriberImport.objects.filter(
        Q(lease_until=None) | Q(lease_until__lte=timezone.now()), pk=job.pk, state__in=states
    )


def _attribute_keys() -> set[str]:
    return set(SubscriberAttribute.objects.values_list("key", flat=True))


def _notes(job: SubscriberImport) -> list[str]:
    notes = []
    if job.reading["encoding"] == "cp1252":
        notes.append(_("Read as Windows-1252, because it is no UTF-8. Please check names with accents."))
    if job.reading["broken"]:
        notes.append(_("Some characters can't be read; their rows will be refused."))
    if not job.reading["has_header"]:
        notes.append(_("The first line holds an address, so that the columns have no names."))
    return notes


def _cells(kept: str) -> list[str]:
    return [str(cell) for cell in json.loads(kept)] if kept else []


def _writable(cell: str) -> str:
    return cell.encode("utf-8", "replace").decode()
