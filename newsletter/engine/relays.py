"""Which of several relays gets the next connection. Pure: time is given."""

from collections.abc import Sequence
from dataclasses import dataclass

#: Seconds until a relay that takes nothing is tried again, while another one works.
PAUSE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one relay stands. A `weight` of 0: only used while all others are down."""

    weight: int
    #: Connections that it has, and that it may have now.
    open: int
    limit: int
    #: Down before this instant; None: not down.
    down_until: float | None = None


def shares(weights: Sequence[int], most: int) -> list[int]:
    """The most connections of each relay: `most` for the heaviest and for a stand-by, the others in proportion."""
    heaviest = max((*weights, 1))
    return [max(1, round(most * weight / heaviest)) if weight else most for weight in weights]


def choose(relays: Sequence[Standing], *, now: float) -> int | None:
    """The relay that gets the next connection; None when each one is down or has what it may have.

    The one furthest behind its share comes first, so that few connections are spread by weight too.
    """
    up = [number for number, relay in enumerate(relays) if not is_down(relay, now=now)]
    working = [number for number in up if relays[number].weight] or up
    free = [number for number in working if relays[number].open < relays[number].limit]
    return min(free, key=lambda number: (_behind(relays[number]), number), default=None)


def is_down(relay: Standing, *, now: float) -> bool:
    """Whether it is left alone for now."""
    return relay.down_until is not None and now < relay.down_until


def _behind(relay: Standing) -> float:
    """The share it would have with one connection more; the smallest is served first."""
    return (relay.open + 1) / (relay.weight or 1)
