"""Whom an action is for: the readers that were ticked, or all that match the filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from newsletter.admin.readers.filters import ReaderFilters
from newsletter.models import Subscriber

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.sessions.backends.base import SessionBase
    from django.db.models import QuerySet

#: More than a page shows were not ticked by a person.
MOST_TICKED = 500


class NobodyChosenError(Exception):
    """Nothing was ticked, or the filters can't be read any more: an action must stop then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """`ids` are those that were ticked; empty when all that match are meant, up to the reader numbered `up_to`.

    Who joins between looking and pressing was not looked at, and has a higher number.
    """

    filters: ReaderFilters
    ids: tuple[int, ...] = ()
    up_to: int = 0

    @classmethod
    def read(cls, data: QueryDict, *, session: SessionBase, now: datetime) -> Selection:
        """
        Raises:
            NobodyChosenError: see there.
        """
        filters = ReaderFilters(QueryDict(data.get("query", "")), session=session, now=now)
        if data.get("whom") == "all":
            if "query" not in data or not filters.is_valid():
                raise NobodyChosenError
            return cls(filters=filters, up_to=_number(data.get("up_to", "")) or _newest())
        ids = tuple(sorted({number for text in data.getlist("id") if (number := _number(text))}))
        if not 0 < len(ids) <= MOST_TICKED:
            raise NobodyChosenError
        return cls(filters=filters, ids=ids)

    def readers(self) -> QuerySet[Subscriber]:
        if self.ids:
            return Subscriber.objects.filter(pk__in=self.ids)
        return self.filters.readers().filter(pk__lte=self.up_to)

    def fields(self) -> list[tuple[str, str]]:
        """(name, value) of the hidden fields that stand for it in a form."""
        query = [("query", urlencode(self.filters.in_force()))]
        if self.ids:
            return [*query, *(("id", str(pk)) for pk in self.ids)]
        return [*query, ("whom", "all"), ("up_to", str(self.up_to))]

    def list_url(self) -> str:
        """The list as it was looked at."""
        query = urlencode(self.filters.in_force())
        return reverse("newsletter_subscribers:index") + (f"?{query}" if query else "")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0


def _newest() -> int:
    return Subscriber.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
