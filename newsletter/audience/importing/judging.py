"""Where the addresses of staged rows stand with us: known, gone, or never to be mailed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.db import connection

from newsletter.audience.importing.problems import LEFT_THERE, REFUSING, Standing
from newsletter.engine.addresses import hasher
from newsletter.models import StagedReader, SubscriberImport, Suppression
from newsletter.models.keys import key_ring

#: Hashes looked up in one query.
_AT_A_TIME = 1000

_FORGET = """
UPDATE newsletter_stagedreader SET standing = ''
WHERE job_id = %(job)s AND id BETWEEN %(first)s AND %(last)s AND standing <> ''
"""
#: Pending with an end in the past: they left, and somebody (perhaps a stranger) signed them up again.
_KNOWN = """
UPDATE newsletter_stagedreader SET standing = (
    SELECT CASE
        WHEN sn.state = 'confirmed' THEN 'unchanged'
        WHEN sn.state = 'ended' OR sn.ended_at IS NOT NULL THEN 'ended'
        WHEN newsletter_stagedreader.claimed_at IS NULL THEN 'waits'
        ELSE 'confirms'
    END
    FROM newsletter_subscriber s CROSS JOIN newsletter_subscription sn
    WHERE sn.subscriber_id = s.id AND s.email = newsletter_stagedreader.email AND sn.newsletter_id = %(newsletter)s
)
WHERE job_id = %(job)s AND id BETWEEN %(first)s AND %(last)s AND problem = '' AND EXISTS (
    SELECT 1 FROM newsletter_subscriber s CROSS JOIN newsletter_subscription sn
    WHERE sn.subscriber_id = s.id AND s.email = newsletter_stagedreader.email AND sn.newsletter_id = %(newsletter)s
)
"""
_STILL_HERE = """
UPDATE newsletter_stagedreader SET standing = 'still_here'
WHERE job_id = %(job)s AND id BETWEEN %(first)s AND %(last)s AND problem IN (%(p0)s, %(p1)s, %(p2)s, %(p3)s)
AND EXISTS (
    SELECT 1 FROM newsletter_subscriber s CROSS JOIN newsletter_subscription sn
    WHERE sn.subscriber_id = s.id AND s.email = newsletter_stagedreader.email AND sn.newsletter_id = %(newsletter)s
    AND sn.state = 'confirmed'
)
"""


def judge(job: SubscriberImport, first: int, last: int) -> None:
    """Look up a range of staged rows. In the transaction of an import it holds until that is committed."""
    values: dict[str, Any] = {"job": job.pk, "first": first, "last": last, "newsletter": job.newsletter_id}
    left = {f"p{number}": problem.value for number, problem in enumerate(sorted(LEFT_THERE))}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Whoever is erased meanwhile waits, or was there first: else the row they leave could be made anew. SQLite
            # has one writer at a time anyway.
            cursor.execute("LOCK TABLE newsletter_suppression IN SHARE MODE")
        cursor.execute(_FORGET, values)
        cursor.execute(_KNOWN, values)
        cursor.execute(_STILL_HERE, {**values, **left})
    _mark_suppressed(job, first, last)


def _mark_suppressed(job: SubscriberImport, first: int, last: int) -> None:
    """By the hash of each key that has any. Where nobody is suppressed nothing is hashed."""
    ring = key_ring().named()
    keys = [(key_id, hasher(key)) for key_id, key in ring if Suppression.objects.filter(key_id=key_id).exists()]
    if not keys:
        return
    rows = StagedReader.objects.filter(job=job, pk__range=(first, last), problem="").values_list("pk", "email")
    marked: set[int] = set()
    for some in _batches(rows.iterator(chunk_size=_AT_A_TIME)):
        for key_id, keyed_hash in keys:
            hashed = {keyed_hash(email): pk for pk, email in some}
            found = Suppression.objects.filter(key_id=key_id, digest__in=list(hashed)).values_list("digest", flat=True)
            marked.update(hashed[digest] for digest in found)
    for some_ids in _batches(sorted(marked)):
        StagedReader.objects.filter(pk__in=some_ids).update(standing=Standing.SUPPRESSED)


def is_refused(problem: str, standing: str) -> bool:
    return bool(problem) or standing in REFUSING


def _batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    taken = iter(rows)
    while some := list(islice(taken, _AT_A_TIME)):
        yield some
