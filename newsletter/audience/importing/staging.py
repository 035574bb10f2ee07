"""Reading the file into the staging table: nothing else is touched, so that it is a rehearsal as well."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from operator import itemgetter
from typing import Any, cast

from django.db import connection
from django.db.models import Count, Max, Min
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletter.audience.importing import originals
from newsletter.audience.importing.content import Place, Record, readers
from newsletter.audience.importing.errors import ImportFileError
from newsletter.audience.importing.judging import is_refused, judge
from newsletter.audience.importing.lease import Lease
from newsletter.audience.importing.pace import Pace
from newsletter.audience.importing.problems import KEPT, REFUSING, Problem, Standing
from newsletter.audience.importing.rows import RowReader, StagedRow, original
from newsletter.engine.addresses import hasher
from newsletter.models import ImportState, StagedReader, SubscriberAttribute, SubscriberImport
from newsletter.models.keys import key_ring

#: Rows read, put in the order of their addresses, and written together. Sorted, because an index of addresses takes
#: neighbours far more quickly.
RUN = 20_000
#: More tags in one file mean that the column holds something else.
MAX_TAGS = 500

_COLUMNS = ", ".join(StagedRow._fields)
_INSERT = (
    f"INSERT INTO newsletter_stagedreader ({_COLUMNS}, job_id, standing)"  # noqa: S608 - own names
    f" VALUES ({', '.join(['%s'] * len(StagedRow._fields))}, {{job}}, '')"
)
_COPY = f"COPY newsletter_stagedreader ({_COLUMNS}, job_id, standing) FROM STDIN"
_BY_ADDRESS = itemgetter(StagedRow._fields.index("email"))
_DUPLICATES = """
SELECT id FROM (
    SELECT id, ROW_NUMBER() OVER (PARTITION BY email ORDER BY number, id) AS place
    FROM newsletter_stagedreader
    WHERE job_id = %s AND id BETWEEN %s AND %s AND problem = ''
) AS numbered WHERE place > 1
"""

Stop = Callable[[], bool]


def run(job: SubscriberImport, lease: Lease, *, stop: Stop) -> bool:
    """Go on where the position says; False when it was told to stop before the end."""
    phases = {
        "clear": _clear,
        "read": _read,
        "duplicates": _mark_duplicates,
        "judge": _judge,
        "originals": _keep_originals,
    }
    while (phase := job.position.get("phase", "clear")) != "done":
        if stop() or not phases[phase](job, lease, stop):
            return False
    lease.keep(state=ImportState.STAGED, **counted(job))
    job.refresh_from_db()
    return True


def bounds(job: SubscriberImport) -> tuple[int, int]:
    """The ids between which the job's rows are, both included."""
    return int(job.position.get("first", 1)), int(job.position.get("last", 0))


def counted(job: SubscriberImport) -> dict[str, Any]:
    """What the rows would come to if they were imported now; values of the job's columns."""
    first, last = bounds(job)
    rows = StagedReader.objects.filter(job=job, pk__range=(first, last)).order_by()
    problems: Counter[str] = Counter()
    created = unchanged = 0
    for problem, standing, count in rows.values_list("problem", "standing").annotate(count=Count("pk")):
        if is_refused(problem, standing):
            problems[standing if standing in {*REFUSING, Standing.STILL_HERE} else problem] += count
        elif standing in KEPT:
            unchanged += count
        else:
            created += count
    job.position = {**job.position, "problems": dict(problems)}
    return {
        "position": job.position,
        "created": created,
        "unchanged": unchanged,
        "refused": problems.total(),
        "rows_total": created + unchanged + problems.total(),
    }


def _move(job: SubscriberImport, lease: Lease, phase: str, **values: Any) -> None:
    job.position = {
        **{key: job.position[key] for key in ("first", "last", "tags") if key in job.position},
        "phase": phase,
    }
    lease.keep(position=job.position, **values)


def _clear(job: SubscriberImport, lease: Lease, stop: Stop) -> bool:
    """Forget what an earlier mapping had staged, and note where the rows will begin."""
    first, last = bounds(job)
    if not delete_rows(job, first, last, stop=stop):
        return False
    newest = StagedReader.objects.aggregate(newest=Max("pk"))["newest"] or 0
    job.position = {"first": newest + 1, "last": newest}
    _move(job, lease, "read", rows_staged=0)
    return True


def delete_rows(job: SubscriberImport, first: int, last: int, *, stop: Stop = lambda: False) -> bool:
    pace = Pace()
    while first <= last:
        if stop():
            return False
        end = min(first + pace.size - 1, last)
        with pace.step():
            StagedReader.objects.filter(job=job, pk__range=(first, end))._raw_delete("default")  # type: ignore[attr-defined]  # noqa: SLF001 - nothing refers to these rows
        first = end + 1
    return True


def _read(job: SubscriberImport, lease: Lease, stop: Stop) -> bool:
    place = Place(offset=job.position.get("offset", 0), line=job.position.get("line", 0))
    rows = readers(job, place)
    reader = row_reader(job)
    reader.tags.update(job.position.get("tags", []))
    staged = job.rows_staged
    pace = Pace()
    while some := list(islice(_staged(rows, reader), RUN)):
        if len(reader.tags) > MAX_TAGS:
            raise ImportFileError(
                _("The file holds more than %(count)s different tags. Is this column really one of tags?")
                % {"count": MAX_TAGS}
            )
        some.sort(key=_BY_ADDRESS)
        staged += len(some)
        with pace.step(pause=False):  # the lock is free while the next rows are read
            _write(job, some)
            newest = StagedReader.objects.aggregate(newest=Max("pk"))["newest"]
            if staged == len(some):
                # Ids of rows that are gone are not given again: the first one may be far from the last one of before.
                ours = StagedReader.objects.filter(job=job, pk__gte=bounds(job)[0])
                job.position["first"] = ours.aggregate(first=Min("pk"))["first"]
            job.position = {
                **job.position,
                "offset": place.offset,
                "line": place.line,
                "last": newest,
                "tags": sorted(reader.tags),
            }
            lease.keep(position=job.position, rows_staged=staged)
        job.rows_staged = staged
        if stop():
            return False
    _move(job, lease, "duplicates")
    return True


def row_reader(job: SubscriberImport) -> RowReader:
    key_id, key = next(key_ring().named())
    hashed = hasher(key)
    return RowReader(
        header=job.reading["header"],
        mapping=job.mapping,
        kinds=dict(SubscriberAttribute.objects.values_list("key", "kind")),
        hash_ip=lambda ip: f"{key_id}:{hashed(ip)}",
        # SQLite: as Django keeps it there, in UTC without saying so.
        instant=(lambda at: str(at)[:-6]) if connection.vendor == "sqlite" else (lambda at: at),
        now=timezone.now(),
        check_bytes=bool(job.reading.get("broken")),
        ours=job.origin == "rounds",
    )


def _staged(rows: Iterator[Record], reader: RowReader) -> Iterator[tuple[Any, ...]]:
    read = reader.read
    for number, cells in rows:
        if cells is None:
            yield StagedRow(number, problem=Problem.BROKEN, original=original([""]))
        else:
            yield read(number, cells)


def _write(job: SubscriberImport, rows: list[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cast("Any", cursor).copy(_COPY) as copy:
                for row in rows:
                    copy.write_row((*row, job.pk, ""))
            return
        cursor.executemany(_INSERT.format(job=job.pk), rows)


def _mark_duplicates(job: SubscriberImport, lease: Lease, stop: Stop) -> bool:
    """The first row of an address counts, the others are refused. Sorting takes a while, but locks nothing."""
    with connection.cursor() as cursor, _sorted_on_disk(cursor):
        cursor.execute(_DUPLICATES, [job.pk, *bounds(job)])
        ids = array("q", (row[0] for row in iter(cursor.fetchone, None)))
    ids = array("q", sorted(ids))
    pace = Pace(size=1000)
    start = 0
    while start < len(ids):
        if stop():
            return False
        some = ids[start : start + min(pace.size, 1000)]
        with pace.step():
            StagedReader.objects.filter(pk__in=some).update(problem=Problem.DUPLICATE)
            lease.keep()
        start += len(some)
    _move(job, lease, "judge")
    return True


@contextmanager
def _sorted_on_disk(cursor: Any) -> Iterator[None]:
    """What is sorted may be larger than memory should be; PostgreSQL sees to that itself.

    SQLite refuses to change this within a transaction. A worker is in none here; whoever is sorts in memory.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    cursor.execute("PRAGMA temp_store")
    (before,) = cursor.fetchone()  # a worker keeps nothing of it in memory anyway
    cursor.execute("PRAGMA temp_store = FILE")
    try:
        yield
    finally:
        cursor.execute(f"PRAGMA temp_store = {int(before)}")


def _judge(job: SubscriberImport, lease: Lease, stop: Stop) -> bool:
    first, last = bounds(job)
    at = int(job.position.get("at", first - 1))
    pace = Pace()
    while at < last:
        if stop():
            return False
        end = min(at + pace.size, last)
        with pace.step():
            judge(job, at + 1, end)
            job.position = {**job.position, "at": end}
            lease.keep(position=job.position)
        at = end
    _move(job, lease, "originals")
    return True


def _keep_originals(job: SubscriberImport, lease: Lease, stop: Stop) -> bool:
    if not originals.keep(job, lease, *bounds(job), stop=stop):
        return False
    _move(job, lease, "done")
    return True
