"""Readers going out as a table: which ones, with which columns, and a row of the log that says so.

The header is one that our own import recognises. Whoever left, or must not be mailed, is in it with that status, and
the import keeps them out.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletter.audience.segments import members
from newsletter.engine.subscriptions import SubscriptionState
from newsletter.models import (
    AttributeValue,
    ConsentEvent,
    ConsentKind,
    Segment,
    SubscriberAttribute,
    SubscriberExport,
    SubscriberTagging,
    Subscription,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from django.contrib.auth.models import AbstractUser
    from django.db.models import QuerySet
    from django.utils.functional import Promise

    from newsletter.models import Newsletter

#: Rows looked at together: a few queries for each of them, and memory for no more.
AT_A_TIME = 2000

STATES: dict[str, str | Promise] = {
    SubscriptionState.CONFIRMED: gettext_lazy("who read it"),
    SubscriptionState.PENDING: gettext_lazy("who have not confirmed yet"),
    SubscriptionState.ENDED: gettext_lazy("who left"),
}
#: The columns that can be left out, by the name under which they are chosen; the address and the status can't.
GROUPS: dict[str, tuple[str, ...]] = {
    "name": ("name",),
    "choices": ("frequency", "language", "time_zone", "topics"),
    "tags": ("tags",),
    "attributes": (),
    "dates": ("asked_at", "confirmed_at", "ended_at", "opted_in_at"),
}
ORDER = (
    *("email", "name", "status", "ended_reason", "frequency", "language", "time_zone", "topics", "tags"),
    *("attributes", "asked_at", "confirmed_at", "ended_at", "opted_in_at"),
)
ALWAYS = frozenset({"email", "status", "ended_reason"})
#: Stands before the key of an attribute in the header, as in the mapping of an import.
ATTRIBUTE = "attribute:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which readers of one newsletter, and what of them. `groups` are keys of `GROUPS`."""

    newsletter: Newsletter
    states: frozenset[str]
    segment: Segment | None = None
    groups: frozenset[str] = frozenset(GROUPS)

    def subscriptions(self, *, now: datetime) -> QuerySet[Subscription]:
        """In the order in which they came.

        Raises:
            SegmentRulesError: the segment names what does not exist any more.
        """
        found = Subscription.objects.filter(newsletter=self.newsletter, state__in=sorted(self.states)).order_by("pk")
        if self.segment is None:
            return found
        inside = members(self.segment.rules, newsletter=self.newsletter, now=now)
        return found.filter(subscriber__in=inside.order_by().values("pk"))

    def words(self) -> str:
        """For people and for the log; no address."""
        states = ", ".join(str(STATES[SubscriptionState(state)]) for state in STATES if state in self.states)
        text = _("%(newsletter)s: readers %(states)s") % {"newsletter": self.newsletter.name, "states": states}
        if self.segment is not None:
            text += _("; segment “%(segment)s”") % {"segment": self.segment.name}
        if left_out := [name for name in GROUPS if name not in self.groups]:
            text += _("; without %(columns)s") % {"columns": ", ".join(left_out)}
        return text[:300]


class Row(NamedTuple):
    """What the table of subscriptions and its subscriber say, in one query."""

    pk: int
    subscriber: int
    email: str
    name: str
    status: str
    ended_reason: str
    frequency: str
    language: str
    time_zone: str
    asked_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None


#: Fields of `Row`, in its order.
FIELDS = (
    *("pk", "subscriber_id", "subscriber__email", "subscriber__name", "state", "ended_reason", "frequency"),
    *("subscriber__language", "subscriber__time_zone", "created_at", "confirmed_at", "ended_at"),
)


def export(
    selection: Selection, *, form: str, by: AbstractUser, now: datetime
) -> tuple[SubscriberExport, Iterator[list[str]]]:
    """Note the export, then hand out the table, header first. How many there were is noted when all were taken."""
    log = SubscriberExport.objects.create(
        by_id=by.pk, by_name=by.get_username()[:150], what=f"{form}: {selection.words()}"[:300], at=now
    )
    return log, counted_in(log, export_rows(selection, now=now))


def export_rows(selection: Selection, *, now: datetime) -> Iterator[list[str]]:
    """The header, then one row per subscription, as text; memory for `AT_A_TIME` of them, however many there are."""
    attributes = dict(_attributes(selection.groups))
    columns = _columns(selection.groups, list(attributes.values()))
    yield columns
    rows = selection.subscriptions(now=now).values_list(*FIELDS).iterator(chunk_size=AT_A_TIME)
    while some := [Row(*row) for row in islice(rows, AT_A_TIME)]:
        more = _More.about(some, selection.groups, attributes)
        for row in some:
            cells = {**_cells(row), **more.cells(row)}
            yield [cells.get(column, "") for column in columns]


def words_in_a_cell(words: Sequence[str]) -> str:
    """Several in one cell, with commas between them; one that holds a comma stands in quotes.

    >>> words_in_a_cell(["Boston", "News, weekly"])
    'Boston,"News, weekly"'
    """
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="").writerow(words)
    return text.getvalue()


def counted_in(log: SubscriberExport, rows: Iterable[list[str]]) -> Iterator[list[str]]:
    """The rows, header first; the log says how many there were when all were taken."""
    number = -1  # the header is nobody
    for row in rows:
        number += 1
        yield row
    SubscriberExport.objects.filter(pk=log.pk).update(rows=number)


def _attributes(groups: Collection[str]) -> Iterable[tuple[int, str]]:
    """(id, column) of each."""
    if "attributes" not in groups:
        return []
    found = SubscriberAttribute.objects.order_by("key").values_list("pk", "key")
    return [(pk, f"{ATTRIBUTE}{key}") for pk, key in found]


def _columns(groups: Collection[str], attributes: Sequence[str]) -> list[str]:
    chosen = ALWAYS.union(*(GROUPS[group] for group in groups))
    columns = [column for column in ORDER if column in chosen or column == "attributes"]
    place = columns.index("attributes")
    return [*columns[:place], *attributes, *columns[place + 1 :]]


def _cells(row: Row) -> dict[str, str]:
    return {
        "email": row.email,
        "name": row.name,
        "status": row.status,
        "ended_reason": row.ended_reason,
        "frequency": row.frequency,
        "language": row.language,
        "time_zone": row.time_zone,
        "asked_at": _instant(row.asked_at),
        "confirmed_at": _instant(row.confirmed_at),
        # Whoever came back has left no more.
        "ended_at": _instant(row.ended_at) if row.status != SubscriptionState.CONFIRMED else "",
    }


def _instant(at: datetime | None) -> str:
    return "" if at is None else at.isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class _More:
    """What stands in other tables about some rows: topics and agreement by subscription, the rest by subscriber."""

    topics: dict[int, list[str]]
    tags: dict[int, list[str]]
    values: dict[int, dict[str, str]]
    agreed: dict[int, datetime]

    @classmethod
    def about(cls, rows: Sequence[Row], groups: Collection[str], attributes: dict[int, str]) -> _More:
        subscriptions = [row.pk for row in rows]
        subscribers = [row.subscriber for row in rows]
        return cls(
            topics=_topics(subscriptions) if "choices" in groups else {},
            tags=_tags(subscribers) if "tags" in groups else {},
            values=_values(subscribers, attributes) if attributes else {},
            agreed=_agreed(subscriptions) if "dates" in groups else {},
        )

    def cells(self, row: Row) -> dict[str, str]:
        # What somebody agreed to before they left counts no more while they have not confirmed anew.
        agreed = self.agreed.get(row.pk, row.confirmed_at) if row.status != SubscriptionState.PENDING else None
        return {
            "topics": words_in_a_cell(self.topics.get(row.pk, ())),
            "tags": words_in_a_cell(self.tags.get(row.subscriber, ())),
            "opted_in_at": _instant(agreed),
            **self.values.get(row.subscriber, {}),
        }


def _topics(subscriptions: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = Subscription.topics.through.objects.filter(subscription__in=subscriptions)
    for pk, name in rows.order_by("topic__name").values_list("subscription_id", "topic__name"):
        found[pk].append(name)
    return found


def _tags(subscribers: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = SubscriberTagging.objects.filter(subscriber__in=subscribers).order_by("tag__name")
    for pk, name in rows.values_list("subscriber_id", "tag__name"):
        found[pk].append(name)
    return found


def _values(subscribers: Sequence[int], attributes: dict[int, str]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = defaultdict(dict)
    rows = AttributeValue.objects.filter(subscriber__in=subscribers, attribute__in=list(attributes))
    for pk, attribute, text in rows.values_list("subscriber_id", "attribute_id", "text"):
        found[pk][attributes[attribute]] = text
    return found


def _agreed(subscriptions: Sequence[int]) -> dict[int, datetime]:
    """When each agreed last: the confirmation from the mailbox, or what the source of an import said."""
    rows = ConsentEvent.objects.filter(
        subscription__in=subscriptions, kind__in=[ConsentKind.CONFIRMED, ConsentKind.IMPORTED]
    ).order_by("at", "pk")
    return {
        pk: claimed or at
        for pk, kind, at, claimed in rows.values_list("subscription_id", "kind", "at", "claimed_at")
        if claimed or kind == ConsentKind.CONFIRMED
    }
