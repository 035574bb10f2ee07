"""Time zones as a list in which people find theirs: by part of the world, then by city."""

from __future__ import annotations

import zoneinfo
from functools import lru_cache
from importlib.resources import files
from itertools import groupby

from newsletter.engine.time_zones import TimeZoneError, zone_of
from newsletter.models import Subscription


@lru_cache(maxsize=1)
def zones_by_region() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Regions with their zones: (`Europe`, ((`Europe/Berlin`, `Berlin`), ...)).

    One zone or more for each country and no old names: those of `zone.tab` in the tz database.
    """
    names = sorted(name for name in _listed() or zoneinfo.available_timezones() if "/" in name)
    return tuple(
        (region, tuple((name, city(name)) for name in group))
        for region, group in groupby(names, key=lambda name: name.partition("/")[0])
    )


def city(zone: str) -> str:
    """`Buenos Aires (Argentina)` for America/Argentina/Buenos_Aires."""
    *between, last = zone.replace("_", " ").split("/")[1:] or [zone]
    return f"{last} ({', '.join(between)})" if between else last


def zone_for(subscription: Subscription) -> str:
    """In which days are shown to a reader: their own zone, else the newsletter's; always one that exists."""
    for name in (subscription.subscriber.time_zone, subscription.newsletter.time_zone):
        try:
            return zone_of(name).key
        except TimeZoneError:
            continue
    return "UTC"


def _listed() -> set[str]:
    """What the table names; nothing where it is missing."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab")
    if not table.is_file():
        return set()
    lines = table.read_text(encoding="utf-8").splitlines()
    return {line.split("\t")[2] for line in lines if line and not line.startswith("#")}
