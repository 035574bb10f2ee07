"""When an event is, said so that a reader elsewhere can tell: day, hours, and by which clocks."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from newsletter.engine.time_zones import TimeZoneError, local_instant, zone_of


def when(value: Any, home: str) -> str:
    """Such as "Tuesday, 9 March 2027, 18:30–20:00, Berlin time (UTC+01:00)"; a day without an hour needs no zone.

    Args:
        value: the block's `day`, `begins`, `ends` and `zone`, any of them missing.
        home: the newsletter's zone, for an event that names none.
    """
    day, begins, ends = value.get("day"), value.get("begins"), value.get("ends")
    if not isinstance(day, date):
        return ""
    said = date_format(day, "l, j F Y")
    if not isinstance(begins, time):
        return said
    hours = f"{begins:%H:%M}–{ends:%H:%M}" if isinstance(ends, time) else f"{begins:%H:%M}"
    return f"{said}, {hours}, {_clocks(day, begins, value.get('zone') or home)}"


def _clocks(day: date, begins: time, zone: str) -> str:
    try:
        local = local_instant(datetime.combine(day, begins), zone).astimezone(zone_of(zone))
    except TimeZoneError:
        return zone
    offset = local.strftime("%z")
    utc = f"UTC{offset[:3]}:{offset[3:5]}"
    if "/" not in zone:
        return utc
    return _("%(city)s time (%(offset)s)") % {"city": zone.rpartition("/")[2].replace("_", " "), "offset": utc}
