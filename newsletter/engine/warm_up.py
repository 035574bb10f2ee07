"""How many messages a new sender may send on each day, until its name is known. Pure."""

from __future__ import annotations

#: From that day on (the first is 1): at most so many.
#:
#: Mailbox providers know a new domain or address by what it sends, and slow down or refuse one that starts with much.
#: The plans that mail services publish agree in kind: they begin with 50 to 500 messages on the first day, never more
#: than double the day before (SocketLabs, Batch), the careful ones add a fifth to a half (Delivra), and they take from
#: four weeks to three months. This one begins with 200, adds two fifths a day for two weeks and a quarter afterwards,
#: so that one bad day is never much larger than the good one before it.
_STARTS_AT = 200
_EARLY_GROWTH = 1.4
_EARLY_DAYS = 14
_LATER_GROWTH = 1.25

#: Days with a limit.
DAYS = 42


def _plan() -> tuple[int, ...]:
    caps, cap = [], float(_STARTS_AT)
    for day in range(1, DAYS + 1):
        caps.append(_round(cap))
        cap *= _EARLY_GROWTH if day < _EARLY_DAYS else _LATER_GROWTH
    return tuple(caps)


def _round(cap: float) -> int:
    """To two digits, as people say such numbers."""
    step: int = 10 ** max(len(str(int(cap))) - 2, 0)
    return int(cap) // step * step


_CAPS = _plan()


def cap(day: int) -> int | None:
    """The most messages on the `day`th day of sending (1 is the first); None where there is no limit.

    Before its first day a plan limits nothing.
    """
    return _CAPS[day - 1] if 1 <= day <= DAYS else None
