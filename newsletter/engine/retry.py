"""When to try again: a deferred recipient, and a backend that is down. The clock and the dice are arguments."""

from datetime import datetime, timedelta

#: A recipient that is deferred for longer is refused, reason `expired`. RFC 5321 section 4.5.4.1 speaks of 4-5 days for
#: letters; an issue that comes after two days is news no more.
EXPIRES_AFTER = timedelta(hours=48)

#: Waits after the first, second, ... deferral; the last one repeats. Two tries in the first half hour (grey-listing
#: opens after 5 to 15 minutes), then one every few hours, as RFC 5321 section 4.5.4.1 recommends.
_WAITS = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 30, 60, 120, 180))

_BACKEND_FIRST_WAIT = timedelta(seconds=5)
_BACKEND_LONGEST_WAIT = timedelta(minutes=10)


def next_attempt(attempts: int, *, now: datetime, deferred_since: datetime, jitter: float) -> datetime | None:
    """When a deferred recipient is tried again; None when 48 hours are over.

    The last try falls on the end of the 48 hours.

    Args:
        attempts: made so far, 1 after the first deferral.
        deferred_since: when it was deferred first.
        jitter: from 0 to 1, spreads the recipients of one server by a tenth to both sides.
    """
    end = deferred_since + EXPIRES_AFTER
    if now >= end:
        return None
    wait = _WAITS[min(max(attempts, 1), len(_WAITS)) - 1]
    return min(now + _spread(wait, jitter), end)


def backend_retry(retries: int, *, now: datetime, jitter: float) -> datetime:
    """When a backend that was found down is tried again: after 5 seconds, then 10, 20 ... up to 10 minutes.

    Args:
        retries: times in a row that it was found down before, 0 at first.
        jitter: from 0 to 1, keeps workers from coming back all at once.
    """
    doublings = min(max(retries, 0), 10)  # beyond, the limit below holds anyway
    return now + _spread(min(_BACKEND_FIRST_WAIT * 2**doublings, _BACKEND_LONGEST_WAIT), jitter)


def _spread(wait: timedelta, jitter: float) -> timedelta:
    return wait * (0.9 + 0.2 * jitter)
