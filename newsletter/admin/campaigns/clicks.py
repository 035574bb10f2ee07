"""How often a campaign's links were followed: a line for each link, and the hours as a small picture and a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Sum

from newsletter.admin.campaigns.hours import HEIGHT, HOUR_WIDTH, HourBar, bars_of
from newsletter.models import Link, LinkHour

if TYPE_CHECKING:
    from newsletter.models import Campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    label: str
    url: str
    raw: int
    filtered: int


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
    hours = (
        LinkHour.objects.filter(link__campaign=campaign, link__is_trap=False, raw__gt=0)
        .order_by("hour")
        .values("hour")
        .annotate(all=Sum("raw"), people=Sum("filtered"))
        .values_list("hour", "all", "people")
    )
    return bars_of(list(hours))
