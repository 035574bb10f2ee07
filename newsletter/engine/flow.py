"""How many connections a relay gets: more while that is faster, half as many when it complains. Pure: time is given."""

from dataclasses import dataclass, replace

#: What every relay is expected to bear.
START = 10

#: Seconds at one number of connections before its rate is judged.
_SETTLING = 1.0
#: More connections are worth it when the rate grows by so much.
_GAIN = 1.05
#: Seconds without growth after more connections gained nothing, and after a complaint.
_CONTENT = 60.0
_CAUTIOUS = 30.0
#: Complaints within so many seconds are one: all connections hear the same.
_ONE_COMPLAINT = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """`limit` connections are allowed now, never more than `most`. Instants are seconds of any one clock."""

    most: int
    limit: int
    #: When the limit last changed.
    since: float
    #: No growth before.
    quiet_until: float
    #: Messages a second with fewer connections, and how many those were; None: nothing was tried yet.
    before: tuple[float, int] | None = None
    #: After a complaint growth is one connection at a time, and no doubling.
    is_wary: bool = False
    complained_at: float | None = None


def begin(*, most: int, now: float) -> Flow:
    """A relay that nothing is known about."""
    return Flow(most=most, limit=min(START, most), since=now, quiet_until=now)


def measured(flow: Flow, *, rate: float, is_busy: bool, now: float) -> Flow:
    """After some seconds at one limit.

    Args:
        rate: messages a second, lately.
        is_busy: every allowed connection was at work all the time; otherwise the rate says nothing about the relay.
    """
    if now - flow.since < _SETTLING or not is_busy:
        return flow
    if flow.before is not None:
        old_rate, old_limit = flow.before
        if rate < old_rate * _GAIN:
            return replace(flow, limit=min(old_limit, flow.limit), since=now, quiet_until=now + _CONTENT, before=None)
    if flow.limit >= flow.most or now < flow.quiet_until:
        return replace(flow, before=None)
    limit = flow.limit + 1 if flow.is_wary else 2 * flow.limit
    return replace(flow, limit=min(flow.most, limit), since=now, before=(rate, flow.limit))


def complained(flow: Flow, *, now: float) -> Flow:
    """The relay refused a connection, or told us to slow down (421, 4.7.x): half as many, and only slowly more."""
    if flow.complained_at is not None and now - flow.complained_at < _ONE_COMPLAINT:
        return flow
    return replace(
        flow,
        limit=max(1, flow.limit // 2),
        since=now,
        quiet_until=now + _CAUTIOUS,
        before=None,
        is_wary=True,
        complained_at=now,
    )
