"""Freezing an audience: subscriptions become deliveries in one statement, and deliveries chunks in another."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, models
from django.db.models import F, QuerySet, Value

from newsletter.audience.segments import narrowed
from newsletter.engine.machine import DeliveryState
from newsletter.models import Campaign, Chunk, Delivery, Subscription

#: Deliveries per chunk: what one worker claims at a time. Many, since a chunk costs about fifteen statements.
CHUNK_SIZE = 2000


def audience(campaign: Campaign, *, now: datetime) -> QuerySet[Subscription]:
    """Who gets the campaign: every confirmed subscription of its newsletter that is not paused, narrowed by the
    frequency and by the rules of the segment that were frozen with it.

    Suppressed addresses are known only by their keyed hashes, which SQL can't compute: they are left out when their
    turn comes, in the transaction that would hand them over.

    Raises:
        SegmentRulesError: the rules name what does not exist any more.
    """
    return narrowed(campaign.newsletter, campaign.segment_rules, frequency=campaign.frequency, now=now)


def insert_deliveries(campaign: Campaign, *, now: datetime) -> int:
    """One INSERT..SELECT; returns how many. Run inside the transaction that freezes the campaign."""
    columns, chosen = deliveries_of(campaign, now=now)
    select, parameters = chosen.order_by("subscriber_id").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table(Delivery)} ({columns}) {select}", parameters)
        return int(cursor.rowcount)


def deliveries_of(campaign: Campaign, *, now: datetime) -> tuple[str, QuerySet[Subscription, Any]]:
    """The columns of a new delivery, and what stands in them for each of the audience.

    Raises:
        SegmentRulesError: as in `audience`.
    """
    values = {
        "campaign": Value(campaign.pk, output_field=models.BigIntegerField()),
        "subscriber": F("subscriber_id"),
        "address": F("subscriber__email"),
        "name": F("subscriber__name"),
        "state": Value(DeliveryState.PENDING.value),
        "attempts": Value(0),
        "resends": Value(0),
        "last_reply": Value(""),
    }
    chosen = (
        audience(campaign, now=now)
        .annotate(**{f"frozen_{name}": value for name, value in values.items()})
        .values_list(*(f"frozen_{name}" for name in values))
    )
    return ", ".join(column(Delivery, name) for name in values), chosen


def insert_chunks(campaign: Campaign) -> None:
    """Cut the campaign's deliveries into ranges of ids that never overlap."""
    columns = ", ".join(
        column(Chunk, name) for name in ("campaign", "first_id", "last_id", "owner", "fence", "leaves_out")
    )
    numbered = (
        f"SELECT id, (ROW_NUMBER() OVER (ORDER BY id) - 1) / {CHUNK_SIZE} AS part "  # noqa: S608 - own names only
        f"FROM {table(Delivery)} WHERE {column(Delivery, 'campaign')} = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table(Chunk)} ({columns}) "  # noqa: S608 - own names only
            f"SELECT %s, MIN(id), MAX(id), '', 0, '[]' FROM ({numbered}) AS numbered GROUP BY part ORDER BY part",
            [campaign.pk, campaign.pk],
        )


def table(model: type[models.Model]) -> str:
    """Its name for SQL."""
    return connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001 - Django's documented API


def column(model: type[models.Model], name: str) -> str:
    """The name of a field's column for SQL."""
    field = model._meta.get_field(name)  # noqa: SLF001 - as above
    assert isinstance(field, models.Field)  # noqa: S101 - our own names; a relation's other side has no column
    return connection.ops.quote_name(str(field.column))
