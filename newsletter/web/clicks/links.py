"""The links of campaigns as one process keeps them: they never change once a campaign is frozen."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass

from newsletter.models import Link

#: Campaigns whose links are kept; readers follow those of the last few.
CAMPAIGNS = 50
#: Seconds after which they are read anew: a backup may have been put back meanwhile.
KEPT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A link as it is answered and counted. `of` is how many its campaign has that readers can see."""

    id: int
    number: int
    url: str
    is_trap: bool
    of: int


@dataclass(frozen=True, slots=True)
class _Links:
    by_number: dict[int, Known]
    read_at: float


_kept: OrderedDict[int, _Links] = OrderedDict()


def find(campaign_id: int, number: int) -> Known | None:
    """The link with this number; None where there is none. Takes one query for a campaign, and then none."""
    links = _kept.get(campaign_id)
    if links is None or time.monotonic() - links.read_at > KEPT:
        links = _read(campaign_id)
    return links.by_number.get(number)


def forget() -> None:
    """Read all of them anew."""
    _kept.clear()


def _read(campaign_id: int) -> _Links:
    rows = list(Link.objects.filter(campaign_id=campaign_id))
    visible = sum(not row.is_trap for row in rows)
    links = _Links(
        {row.number: Known(id=row.pk, number=row.number, url=row.url, is_trap=row.is_trap, of=visible) for row in rows},
        time.monotonic(),
    )
    if rows:  # a number that nobody gave out must not push out what readers follow
        _kept[campaign_id] = links
        while len(_kept) > CAMPAIGNS:
            _kept.popitem(last=False)
    return links
