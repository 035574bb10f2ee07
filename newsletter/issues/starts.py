"""When what is confirmed may go out: after the time to call it back, and at an instant that its backend starts at."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from newsletter.engine.grid import is_on, nearest, next_on
from newsletter.engine.time_zones import zone_of
from newsletter.issues.choosing_backend import in_words

if TYPE_CHECKING:
    from newsletter.models import Newsletter

_QUARTERS = timedelta(minutes=15)


def grid_of(newsletter: Newsletter) -> timedelta | None:
    """How far apart the instants lie that it can be scheduled for; None for any."""
    return newsletter.can.grid


def end_of_hold(newsletter: Newsletter, now: datetime) -> datetime:
    """The first instant that something confirmed now may go out: a whole minute, after the time to call it back."""
    if not newsletter.hold_minutes:
        return now
    end = now + timedelta(minutes=newsletter.hold_minutes)
    whole = end.replace(second=0, microsecond=0)
    return whole if whole == end else whole + timedelta(minutes=1)


def earliest(newsletter: Newsletter, now: datetime) -> datetime:
    """The first instant after that which it can be scheduled for."""
    end, grid = end_of_hold(newsletter, now), grid_of(newsletter)
    return next_on(grid, end) if grid else end


def complaint(newsletter: Newsletter, at: datetime, *, zone: str) -> str:
    """Why it can't be scheduled for `at`, with the two nearest instants that it can; empty where it can.

    Raises:
        TimeZoneError: unknown zone.
    """
    grid = grid_of(newsletter)
    if grid is None or is_on(grid, at):
        return ""
    place = zone_of(zone)
    before, after = (found.astimezone(place) for found in nearest(grid, at))
    same_day = before.date() == after.date()
    return _("%(why)s The nearest are %(before)s and %(after)s (%(zone)s).") % {
        "why": why(newsletter),
        "before": f"{before:%Y-%m-%d %H:%M}",
        "after": f"{after:%H:%M}" if same_day else f"{after:%Y-%m-%d %H:%M}",
        "zone": zone.replace("_", " "),
    }


def why(newsletter: Newsletter) -> str:
    """Why not every instant can be chosen, in a sentence; empty where any can."""
    grid = grid_of(newsletter)
    if grid is None:
        return ""
    values = {"service": in_words(newsletter.backend), "minutes": grid // timedelta(minutes=1)}
    if grid == _QUARTERS:
        return _("%(service)s starts on the quarters of an hour only.") % values
    return _("%(service)s starts every %(minutes)d minutes only, counted from midnight in UTC.") % values
