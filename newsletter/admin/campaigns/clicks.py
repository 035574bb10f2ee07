"""How often a campaign's links were followed: a line for each link, and the hours as a small picture and a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Sum

from newsletter.models import Link, LinkHour

if TYPE_CHECKING:
    from newsletter.models import Campaign

#: After a week hardly anybody follows a link of an issue; the counts of links hold what came later.
HOURS_SHOWN = 7 * 24
AN_HOUR = timedelta(hours=1)
#: The picture is drawn on so many units for an hour, and so many for the most clicks.
HOUR_WIDTH, HEIGHT = 6, 100
THINNEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    label: str
    url: str
    raw: int
    filtered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HourBar:
    """An hour with clicks; `x` and both heights are in units of the picture."""

    hour: datetime
    raw: int
    filtered: int
    x: int
    raw_height: int
    filtered_height: int

    @property
    def raw_top(self) -> int:
        return HEIGHT - self.raw_height

    @property
    def filtered_top(self) -> int:
        return HEIGHT - self.filtered_height


def clicks_context(campaign: Campaign) -> dict[str, Any]:
    """What `newsletter/admin/campaigns/clicks.html` shows; `links` is empty where clicks are not counted."""
    links = link_rows(campaign)
    bars = hour_bars(campaign)
    return {
        "links": links,
        "raw_clicks": sum(row.raw for row in links),
        "filtered_clicks": sum(row.filtered for row in links),
        "bars": bars,
        "most_clicks": max((bar.raw for bar in bars), default=0),
        "picture_width": (bars[-1].x + HOUR_WIDTH) if bars else 0,
        "picture_height": HEIGHT,
        "hour_width": HOUR_WIDTH - 1,
    }


def link_rows(campaign: Campaign) -> list[LinkRow]:
    """The links that readers see, the most followed first."""
    links = (
        Link.objects.filter(campaign=campaign, is_trap=False)
        .annotate(raw=Sum("hours__raw", default=0), filtered=Sum("hours__filtered", default=0))
        .order_by("-filtered", "-raw", "number")
    )
    return [LinkRow(label=link.label, url=link.url, raw=link.raw, filtered=link.filtered) for link in links]


def hour_bars(campaign: Campaign) -> list[HourBar]:
    """The hours with clicks within a week after the first one."""
    hours = list(
        LinkHour.objects.filter(link__campaign=campaign, link__is_trap=False, raw__gt=0)
        .order_by("hour")
        .values("hour")
        .annotate(all=Sum("raw"), people=Sum("filtered"))
        .values_list("hour", "all", "people")
    )
    if not hours:
        return []
    first, most = hours[0][0], max(raw for _, raw, _ in hours)
    return [
        HourBar(
            hour=hour,
            raw=raw,
            filtered=people,
            x=(hour - first) // AN_HOUR * HOUR_WIDTH,
            raw_height=bar_height(raw, most),
            filtered_height=bar_height(people, most),
        )
        for hour, raw, people in hours
        if hour - first < HOURS_SHOWN * AN_HOUR
    ]


def bar_height(count: int, most: int) -> int:
    """Never too low to be seen."""
    return max(round(HEIGHT * count / most), THINNEST) if count else 0
