"""Keeping a mail below what Gmail cuts off: a whole story that would make it too long stands there as an excerpt."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from newsletter.issues.render.parts import Part, StoryPart

#: Bytes of HTML. Gmail clips near 102 kB, the preflight stops at 100; a reader's own links come on top of what is
#: measured here.
LIMIT = 98_000


def fitted(parts: Sequence[Part], octets_of: Callable[[Sequence[Part]], int]) -> list[Part]:
    """The parts with whole stories for as long as they fit, in order: a short one may fit after one that didn't.

    Args:
        octets_of: how long a mail of such parts is.
    """
    whole = [index for index, part in enumerate(parts) if isinstance(part, StoryPart) and part.full]
    if not whole or octets_of(parts) <= LIMIT:
        return list(parts)
    chosen = [part.shortened() if isinstance(part, StoryPart) else part for part in parts]
    short, kept = list(chosen), []
    base = taken = octets_of(short)
    for index in whole:
        cost = octets_of([*short[:index], parts[index], *short[index + 1 :]]) - base
        if taken + cost <= LIMIT:
            chosen[index] = parts[index]
            taken += cost
            kept.append(index)
    # Sizes don't quite add up: crisis lines stand at the end of a mail unless a whole story has them.
    while kept and octets_of(chosen) > LIMIT:
        chosen[kept[-1]] = short[kept.pop()]
    return chosen
