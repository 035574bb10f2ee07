"""Hours of a campaign as a small picture: two counts for each, in units that the picture is drawn in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

#: After a week hardly anybody follows a link of an issue; the counts of links hold what came later.
HOURS_SHOWN = 7 * 24
AN_HOUR = timedelta(hours=1)
#: The picture is drawn on so many units for an hour, and so many for the largest count.
HOUR_WIDTH, HEIGHT = 6, 100
THINNEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class HourBar:
    """An hour in which something was counted; `x` and both heights are in units of the picture."""

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


def bars_of(hours: Sequence[tuple[datetime, int, int]]) -> list[HourBar]:
    """A bar for each hour (hour, raw, filtered; the earliest first) within a week after the first one."""
    if not hours:
        return []
    first, most = hours[0][0], max(max(raw, filtered) for _, raw, filtered in hours)
    return [
        HourBar(
            hour=hour,
            raw=raw,
            filtered=filtered,
            x=(hour - first) // AN_HOUR * HOUR_WIDTH,
            raw_height=_height(raw, most),
            filtered_height=_height(filtered, most),
        )
        for hour, raw, filtered in hours
        if hour - first < HOURS_SHOWN * AN_HOUR
    ]


def _height(count: int, most: int) -> int:
    """Never too low to be seen."""
    return max(round(HEIGHT * count / most), THINNEST) if count else 0
