"""Freezing an audience of which some get the issue without some stories: deliveries grouped by what they lack.

Each chunk is of readers who lack the same, so that a worker needs one message for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from newsletter.delivery.store import audience
from newsletter.delivery.store.audience import column, table
from newsletter.engine.message import CompiledMessage
from newsletter.issues.fitting_reader import Fitting, places_of, select_left_out
from newsletter.models import Campaign, Chunk, Delivery

#: For the time of one freeze: who gets less than the whole issue.
_LEFT_OUT = "newsletter_left_out"


class Frozen(NamedTuple):
    """How many deliveries were made, and how many readers of the audience got none: they would find no story."""

    recipients: int
    nothing_new: int


def insert(campaign: Campaign, *, now: datetime) -> Frozen:
    """Make the campaign's deliveries and chunks. Run inside the transaction that freezes it.

    Where nobody lacks anything it is done as for every other campaign, by the same two statements.

    Raises:
        SegmentRulesError: as in `audience.audience`.
        MessageError: its message can't be read.
    """
    fitting = Fitting.of(campaign, places=CompiledMessage.load(campaign.compiled).places)
    select = select_left_out(fitting)
    if select:
        with _left_out(select) as count:
            if count:
                frozen = _insert_deliveries(campaign, all_bits=fitting.all_bits, now=now)
                _insert_chunks(campaign)
                return frozen
    recipients = audience.insert_deliveries(campaign, now=now)
    audience.insert_chunks(campaign)
    return Frozen(recipients, 0)


@contextmanager
def _left_out(select: str) -> Iterator[int]:
    """A table of `subscriber_id` and `bits` that only this connection sees; gives how many rows it has."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {_LEFT_OUT}")
        cursor.execute(f"CREATE TEMPORARY TABLE {_LEFT_OUT} AS {select}")
        cursor.execute(f"CREATE UNIQUE INDEX {_LEFT_OUT}_reader ON {_LEFT_OUT} (subscriber_id)")
        if connection.vendor == "postgresql":
            cursor.execute(f"ANALYZE {_LEFT_OUT}")
        cursor.execute(f"SELECT COUNT(*) FROM {_LEFT_OUT}")  # noqa: S608 - our own name
        yield int(cursor.fetchone()[0])
        cursor.execute(f"DROP TABLE {_LEFT_OUT}")


def _insert_deliveries(campaign: Campaign, *, all_bits: int, now: datetime) -> Frozen:
    columns, chosen = audience.deliveries_of(campaign, now=now)
    select, parameters = chosen.order_by().query.sql_with_params()
    joined = (
        f"FROM ({select}) AS chosen LEFT JOIN {_LEFT_OUT} AS left_out"
        " ON left_out.subscriber_id = chosen.frozen_subscriber WHERE COALESCE(left_out.bits, 0)"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) {joined} = {all_bits}", parameters)
        nothing_new = int(cursor.fetchone()[0])
        cursor.execute(
            f"INSERT INTO {table(Delivery)} ({columns}) SELECT chosen.* {joined} <> {all_bits}"
            " ORDER BY COALESCE(left_out.bits, 0), chosen.frozen_subscriber",
            parameters,
        )
        return Frozen(int(cursor.rowcount), nothing_new)


def _insert_chunks(campaign: Campaign) -> None:
    """Ranges of ids that never overlap, each of deliveries that lack the same.

    Whatever the order is in which the database gave the ids: a range ends where the next delivery lacks something else.
    """
    of_campaign = (
        "SELECT delivery.id, COALESCE(left_out.bits, 0) AS bits, ROW_NUMBER() OVER (ORDER BY delivery.id) AS number,"  # noqa: S608
        " ROW_NUMBER() OVER (PARTITION BY COALESCE(left_out.bits, 0) ORDER BY delivery.id) AS number_in_set"
        f" FROM {table(Delivery)} AS delivery LEFT JOIN {_LEFT_OUT} AS left_out"
        f" ON left_out.subscriber_id = delivery.subscriber_id WHERE delivery.{column(Delivery, 'campaign')} = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT MIN(id), MAX(id), bits"  # noqa: S608 - own names only
            f" FROM ({of_campaign}) AS numbered GROUP BY bits, number - number_in_set,"
            f" (number_in_set - 1) / {audience.CHUNK_SIZE} ORDER BY 1",
            [campaign.pk],
        )
        ranges = cursor.fetchall()
    Chunk.objects.bulk_create(
        Chunk(campaign_id=campaign.pk, first_id=first, last_id=last, leaves_out=list(places_of(bits)))
        for first, last, bits in ranges
    )
