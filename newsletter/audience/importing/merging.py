"""From the staging table to readers: statements over ranges of rows, each range one transaction with its position.

Each statement says itself what it must not touch (a subscription that has ended, one that is there), so that what
happens between two of them changes nothing about the promise: an import brings nobody back.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection, models
from django.utils import timezone
from django.utils.text import slugify

from newsletter.audience.importing import originals, staging
from newsletter.audience.importing.fields import Field
from newsletter.audience.importing.judging import judge
from newsletter.audience.importing.lease import Lease
from newsletter.audience.importing.origins import label
from newsletter.audience.importing.pace import Pace
from newsletter.models import (
    ConsentEvent,
    ConsentKind,
    Frequency,
    ImportState,
    StagedReader,
    Subscriber,
    SubscriberImport,
    SubscriberTag,
    Subscription,
)

Stop = Callable[[], bool]

_GOOD = "st.job_id = %(job)s AND st.id BETWEEN %(first)s AND %(last)s AND st.problem = ''"
#: The reader of each row; there is one for all of them once the first statement has run. CROSS JOIN, because SQLite
#: keeps its order: without statistics it would begin at the largest table.
_READERS = "newsletter_stagedreader st CROSS JOIN newsletter_subscriber s"
_ARE_THEIRS = "s.email = st.email"
_SUBSCRIPTIONS = f"{_READERS} CROSS JOIN newsletter_subscription sn"
_ARE_THEIR_SUBSCRIPTIONS = f"{_ARE_THEIRS} AND sn.subscriber_id = s.id AND sn.newsletter_id = %(newsletter)s"
_HERE = "st.standing IN ('', 'confirms', 'unchanged', 'waits')"

_CONFIRM = f"""
UPDATE newsletter_subscription SET state = 'confirmed', confirmed_at = (
    SELECT st.claimed_at FROM {_READERS} WHERE {_GOOD} AND {_ARE_THEIRS} AND st.standing = 'confirms'
    AND s.id = newsletter_subscription.subscriber_id
)
WHERE newsletter_id = %(newsletter)s AND state = 'pending' AND ended_at IS NULL AND subscriber_id IN (
    SELECT s.id FROM {_READERS} WHERE {_GOOD} AND {_ARE_THEIRS} AND st.standing = 'confirms'
)
"""  # noqa: S608 - own names only, here and below
_FILL = f"""
UPDATE newsletter_subscriber SET {{column}} = (
    SELECT st.{{column}} FROM newsletter_stagedreader st
    WHERE {_GOOD} AND {_HERE} AND st.email = newsletter_subscriber.email
)
WHERE {{column}} = '' AND email IN (
    SELECT st.email FROM newsletter_stagedreader st WHERE {_GOOD} AND {_HERE} AND st.{{column}} <> ''
)
"""  # noqa: S608
_FORGET = f"""
DELETE FROM newsletter_stagedreader AS st WHERE {_GOOD} AND {_HERE}
"""  # noqa: S608
_JSON_OF = {
    "sqlite": "json_each(NULLIF({0}, '')) AS {1}",
    "postgresql": "jsonb_array_elements_text(NULLIF({0}, '')::jsonb) AS {1}(value)",
}
_JSON_PAIRS = {
    "sqlite": "json_each(NULLIF({0}, '')) AS {1}",
    "postgresql": "jsonb_each_text(NULLIF({0}, '')::jsonb) AS {1}(key, value)",
}


def run(job: SubscriberImport, lease: Lease, *, stop: Stop) -> bool:
    """Go on where the position says; False when it was told to stop before the end."""
    first, last = staging.bounds(job)
    at = int(job.position.get("merged", first - 1))
    tags = ensure_tags([*job.tags, *job.position.get("tags", [])])
    merge = Merge(job, tags)
    pace = Pace(size=2_000)
    while at < last:
        if stop():
            return False
        end = min(at + pace.size, last)
        with pace.step():
            created, unchanged = merge.range(at + 1, end, now=timezone.now())
            job.created, job.unchanged, job.rows_merged = (
                job.created + created,
                job.unchanged + unchanged,
                job.rows_merged + created + unchanged,
            )
            job.position = {**job.position, "merged": end}
            lease.keep(position=job.position, created=job.created, unchanged=job.unchanged, rows_merged=job.rows_merged)
        at = end
    if not originals.keep(job, lease, first, last, stop=stop):
        return False
    _finish(job, lease)
    return True


def _finish(job: SubscriberImport, lease: Lease) -> None:
    counts = staging.counted(job)
    job.parts.all().delete()
    lease.keep(
        state=ImportState.DONE,
        position=counts["position"],
        refused=counts["refused"],
        finished_at=timezone.now(),
    )
    job.refresh_from_db()


class Merge:
    """The statements for one job."""

    def __init__(self, job: SubscriberImport, tags: dict[str, int]) -> None:
        self._job = job
        self._tags = tags
        self._fields = set(job.mapping.values())
        self._detail = detail(job)

    def range(self, first: int, last: int, *, now: datetime) -> tuple[int, int]:
        """Import a range of staged rows; returns how many were created (or confirmed) and how many stay as they were.

        Run inside a transaction.
        """
        values = {
            "job": self._job.pk,
            "first": first,
            "last": last,
            "newsletter": self._job.newsletter_id,
            "now": connection.ops.adapt_datetimefield_value(now),
        }
        judge(self._job, first, last)
        known = StagedReader.objects.filter(job=self._job, pk__range=(first, last), problem="")
        standings = dict(known.order_by().values_list("standing").annotate(models.Count("pk")))
        with connection.cursor() as cursor:
            self._cursor = cursor
            added = self._insert_subscribers(values)
            created = self._insert_subscriptions(values)
            if standings.get("confirms"):
                created += self._execute(_CONFIRM, values)
            self._record_consent(values)
            if added < sum(standings.values()):
                self._fill_blanks(values)
            self._tag(values)
            if any(kept.startswith("attribute:") for kept in self._fields):
                self._add_attributes(values)
            self._execute(_FORGET, values)
        return created, standings.get("unchanged", 0) + standings.get("waits", 0)

    def _execute(self, sql: str, values: dict[str, Any]) -> int:
        self._cursor.execute(sql, values)
        return int(self._cursor.rowcount)

    def _insert_subscribers(self, values: dict[str, Any]) -> int:
        columns = {name: f"st.{name}" for name in ("email", "name", "language", "time_zone")}
        insert, values = _insert(Subscriber, {**columns, "created_at": "%(now)s"}, values)
        return self._execute(
            f"{insert} FROM newsletter_stagedreader st WHERE {_GOOD} AND st.standing = '' ORDER BY st.email"
            " ON CONFLICT (email) DO NOTHING",
            values,
        )

    def _insert_subscriptions(self, values: dict[str, Any]) -> int:
        columns = {
            "subscriber_id": "s.id",
            "newsletter_id": "%(newsletter)s",
            "state": "CASE WHEN st.claimed_at IS NULL THEN 'pending' ELSE 'confirmed' END",
            "frequency": f"CASE st.frequency WHEN '' THEN '{Frequency.EACH_STORY.value}' ELSE st.frequency END",
            "created_at": "%(now)s",
            "confirmed_at": "st.claimed_at",
        }
        insert, values = _insert(Subscription, columns, values)
        return self._execute(
            f"{insert} FROM {_READERS} WHERE {_GOOD} AND {_ARE_THEIRS} AND st.standing = '' ORDER BY s.id"
            " ON CONFLICT (newsletter_id, subscriber_id) DO NOTHING",
            values,
        )

    def _record_consent(self, values: dict[str, Any]) -> None:
        """One event for each subscription that this range made (its instant tells) or confirmed."""
        columns = {
            "subscription_id": "sn.id",
            "kind": f"'{ConsentKind.IMPORTED.value}'",
            "source": "%(source)s",
            "ip_hash": "st.ip_hash",
            "at": "%(now)s",
            "claimed_at": "st.claimed_at",
            "detail": "CASE st.evidence WHEN '' THEN %(detail)s ELSE %(detail)s || ' ' || st.evidence END",
            "by_id": "%(by)s",
        }
        values = {
            **values,
            "source": f"import:{self._job.pk}",
            "detail": self._detail,
            "by": self._job.created_by_id,
        }
        insert, values = _insert(ConsentEvent, columns, values)
        self._execute(
            f"{insert} FROM {_SUBSCRIPTIONS} WHERE {_GOOD} AND {_ARE_THEIR_SUBSCRIPTIONS} AND"
            " ((st.standing = '' AND sn.created_at = %(now)s) OR st.standing = 'confirms') ORDER BY sn.id",
            values,
        )

    def _fill_blanks(self, values: dict[str, Any]) -> None:
        """What a reader who was here already has left empty."""
        for column, feeds in {
            "name": {Field.NAME, Field.FIRST_NAME, Field.LAST_NAME},
            "language": {Field.LANGUAGE},
            "time_zone": {Field.TIME_ZONE},
        }.items():
            if feeds & self._fields:
                self._execute(_FILL.format(column=column), values)

    def _tag(self, values: dict[str, Any]) -> None:
        for_all = [self._tags[name] for name in self._job.tags]
        insert = "INSERT INTO newsletter_subscribertagging (tag_id, subscriber_id) SELECT"
        for tag in for_all:
            self._execute(
                f"{insert} CAST(%(tag)s AS bigint), s.id FROM {_READERS} WHERE {_GOOD} AND {_ARE_THEIRS} AND {_HERE}"
                " ON CONFLICT (tag_id, subscriber_id) DO NOTHING",
                {**values, "tag": tag},
            )
        if Field.TAGS in self._fields and self._tags:
            names = _JSON_OF[connection.vendor].format("st.tags", "names")
            ids = _JSON_PAIRS[connection.vendor].format("%(tags)s", "ids")
            self._execute(
                f"{insert} CAST(ids.value AS bigint), s.id FROM {_READERS} CROSS JOIN {names} JOIN {ids}"
                f" ON ids.key = names.value WHERE {_GOOD} AND {_ARE_THEIRS} AND {_HERE} AND st.tags <> ''"
                " ON CONFLICT (tag_id, subscriber_id) DO NOTHING",
                {**values, "tags": json.dumps(self._tags)},
            )

    def _add_attributes(self, values: dict[str, Any]) -> None:
        """Those that the reader has no value of yet."""
        pairs = _JSON_PAIRS[connection.vendor].format("st.attributes", "pairs")
        self._execute(
            "INSERT INTO newsletter_attributevalue (attribute_id, subscriber_id, text, number)"  # noqa: S608 - own names only
            " SELECT a.id, s.id, pairs.value,"
            " CASE a.kind WHEN 'number' THEN CAST(pairs.value AS double precision) END"
            f" FROM {_READERS} CROSS JOIN {pairs} JOIN newsletter_subscriberattribute a ON a.key = pairs.key"
            f" WHERE {_GOOD} AND {_ARE_THEIRS} AND {_HERE} AND st.attributes <> ''"
            " ON CONFLICT (attribute_id, subscriber_id) DO NOTHING",
            values,
        )


def detail(job: SubscriberImport) -> str:
    """What every event of the import says: the system, the stated basis, the columns. Room is left for two instants."""
    kept = sorted({field for field in job.mapping.values() if field != Field.IGNORE})
    return f"{label(job.origin) or 'file'}: {job.basis} ({', '.join(kept)})"[:220]


def ensure_tags(names: list[str]) -> dict[str, int]:
    """The id of each tag; made where it is missing. Case makes no new one."""
    known = {tag.name.casefold(): tag.pk for tag in SubscriberTag.objects.all()}
    slugs = set(SubscriberTag.objects.values_list("slug", flat=True))
    ids: dict[str, int] = {}
    for name in dict.fromkeys(names):
        if (key := name.casefold()) not in known:
            slug = free_slug(name, slugs)
            slugs.add(slug)
            known[key] = SubscriberTag.objects.create(name=name, slug=slug).pk
        ids[name] = known[key]
    return ids


def free_slug(name: str, taken: set[str]) -> str:
    base = slugify(name)[:50] or "tag"
    slug, number = base, 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug


def _insert(model: type[models.Model], columns: dict[str, str], values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """`INSERT INTO .. SELECT ..` over all columns of a model: those that are not given get their default."""
    columns, values = dict(columns), dict(values)
    for field in model._meta.concrete_fields:  # noqa: SLF001 - Django's documented API
        if not field.primary_key and field.column not in columns:
            values[f"default_{field.column}"] = field.get_db_prep_save(field.get_default(), connection)
            columns[str(field.column)] = f"%(default_{field.column})s"
    table = connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001 - as above
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    return f"INSERT INTO {table} ({names}) SELECT {', '.join(columns.values())}", values
