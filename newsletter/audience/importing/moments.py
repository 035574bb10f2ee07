"""Instants as the systems write them that readers are exported from. Pure.

Mailchimp: `2020-02-03 04:05:06` in UTC. Substack and Ghost: ISO 8601 with `Z`. listmonk: as Go prints one,
`2022-03-16 08:03:11.123456 +0000 UTC`. Ours: ISO 8601 with an offset. A day alone is its
beginning. Without a zone, UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from newsletter.audience.importing.problems import Problem

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
#: How far the clock of another system may be ahead of ours.
AHEAD = timedelta(minutes=5)

_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<time>\d\d:\d\d(?::\d\d)?)(?P<fraction>[.,]\d{1,9})?"
    r"(?: ?(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d)(?: (?:[A-Z]{2,5}|[+-]\d{2,4}))?)?)?",
    re.ASCII,
)
_PLAIN = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d", re.ASCII).fullmatch


class MomentError(ValueError):
    """Not an instant that we can read, or one that can't be; `problem` says which."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


def parse_moment(text: str, *, now: datetime) -> datetime:
    """The instant, in UTC.

    Raises:
        MomentError: another form (a slash between numbers means two things), before 1990, or in the future.
    """
    if _PLAIN(text):  # as most are, in a third of the time
        try:
            at = datetime.fromisoformat(f"{text}+00:00")
        except ValueError:
            raise MomentError(Problem.TIME) from None
        if EARLIEST <= at <= now:
            return at
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        raise MomentError(Problem.TIME)
    day, time, fraction, zone = found["day"], found["time"], found["fraction"], found["zone"]
    written = f"{day}T{time or '00:00'}"
    if fraction:
        written += f".{fraction[1:7]:0<6}"
    try:
        at = datetime.fromisoformat(f"{written}{_offset(zone)}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise MomentError(Problem.TIME) from None
    if at < EARLIEST:
        raise MomentError(Problem.TIME_TOO_OLD)
    if at > now + AHEAD:
        raise MomentError(Problem.TIME_AHEAD)
    return at


def _offset(zone: str | None) -> str:
    return "+00:00" if zone in {None, "Z", "UTC", "GMT"} else str(zone)
