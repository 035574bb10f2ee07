"""What an editor's wall clock means: from a local time and a zone to one instant, through summer time and back."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.marks import _


class TimeZoneError(ValueError):
    """There is no time zone of that name; the text names it. `wording` is the key of its translation."""

    wording = _("%(name)s is not a time zone. Use a name such as Europe/Berlin.")

    def __init__(self, name: str) -> None:
        self.values = {"name": repr(name[:60])}
        super().__init__(self.wording % self.values)


def zone_of(name: str) -> ZoneInfo:
    """The zone of the IANA database.

    Raises:
        TimeZoneError: unknown name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # "Nowhere", "../etc", "America" (a folder)
        raise TimeZoneError(name) from None


def local_instant(naive: datetime, zone: str) -> datetime:
    """The instant (UTC) at which clocks in `zone` show the wall time `naive`.

    In a fold, when clocks show it twice, the first counts. In a gap, when they never show it, the end of the gap: 02:30
    on the night that jumps from 02:00 to 03:00 becomes 03:00.

    Raises:
        TimeZoneError: unknown zone.
        ValueError: `naive` has a zone already, or lies at the edge of the calendar.
    """
    if naive.tzinfo is not None:
        raise ValueError("a wall time has no zone of its own")
    place = zone_of(zone)
    try:
        instant = naive.replace(tzinfo=place, fold=0).astimezone(UTC)
        if instant.astimezone(place).replace(tzinfo=None) == naive:
            return instant
        return _end_of_gap(naive, place)
    except OverflowError:
        raise ValueError(_("this date lies outside the calendar")) from None


def _end_of_gap(naive: datetime, place: ZoneInfo) -> datetime:
    """The first instant with the offset that holds after the gap around `naive`, found by halving (PEP 495)."""
    before = naive.replace(tzinfo=place, fold=1).astimezone(UTC)  # inside a gap, fold=1 reads the offset after it:
    after = naive.replace(tzinfo=place, fold=0).astimezone(UTC)  # so these two lie on both sides of the jump
    new_offset = after.astimezone(place).utcoffset()
    low, high = before, after
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if middle.astimezone(place).utcoffset() == new_offset:
            high = middle
        else:
            low = middle
    return high.replace(microsecond=0)
