"""Showing one instant to people in different places."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import formats
from django.utils.translation import gettext as _

from newsletter.engine.time_zones import TimeZoneError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.contrib.auth.models import AbstractBaseUser

    from newsletter.models import Newsletter


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTime:
    """`whose` is for people, such as "your time"; `text` has weekday, date, time and the zone's abbreviation."""

    whose: str
    zone: str
    text: str


def problem_of(error: ValueError) -> str:
    """Why no instant could be made of what was chosen, in the language of who chose it."""
    return _(error.wording) % error.values if isinstance(error, TimeZoneError) else _(str(error))


def zone_of(user: AbstractBaseUser) -> str:
    """The zone that the editor chose in the account settings, else the site's."""
    profile = getattr(user, "wagtail_userprofile", None)
    return str(profile.get_current_time_zone()) if profile else str(settings.TIME_ZONE)


def in_zone(instant: datetime, zone: str) -> str:
    """Such as "Tuesday, March 3, 2026, 09:00 EST"."""
    local = instant.astimezone(known_zone(zone))
    time = local.strftime("%H:%M:%S" if local.second else "%H:%M")
    return f"{day_in_zone(instant, zone)}, {time} {local.tzname()}"


def day_in_zone(instant: datetime, zone: str) -> str:
    """Such as "Tuesday, March 3, 2026"."""
    local = instant.astimezone(known_zone(zone))
    return formats.date_format(local, "l, " + formats.get_format("DATE_FORMAT", use_l10n=True))


def for_both(instant: datetime, *, user: AbstractBaseUser, newsletter: Newsletter) -> list[LocalTime]:
    """The instant as the editor's clock and as the newsletter's clock show it; one line when they are the same."""
    mine, theirs = zone_of(user), newsletter.time_zone
    places = [(mine, _("your time")), (theirs, _("%(newsletter)s time") % {"newsletter": newsletter.name})]
    if mine == theirs:
        places = [(mine, _("your time, and that of %(newsletter)s") % {"newsletter": newsletter.name})]
    return [LocalTime(whose=whose, zone=zone, text=in_zone(instant, zone)) for zone, whose in places]


def zone_choices(first: Sequence[str]) -> list[tuple[str, str]]:
    """All zones for a select box, the ones that matter here on top."""
    top = [zone for zone in dict.fromkeys(first) if zone in zoneinfo.available_timezones()]
    rest = sorted(zoneinfo.available_timezones() - set(top))
    return [(zone, zone.replace("_", " ")) for zone in [*top, *rest]]


def known_zone(zone: str) -> zoneinfo.ZoneInfo:
    """The zone, or UTC when its name came from an old row and is unknown today."""
    try:
        return zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")
