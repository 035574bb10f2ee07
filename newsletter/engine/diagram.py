"""The state machines as diagrams, from their tables: `python -m newsletter.engine.diagram > docs/states.md`."""

import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from newsletter.engine.machine import CAMPAIGN_STEPS, DELIVERY_STEPS
from newsletter.engine.subscriptions import STEPS

State = TypeVar("State", bound=StrEnum)
Event = TypeVar("Event", bound=StrEnum)

_PAGE = """\
# What may happen

Generated from the tables in `newsletter/engine/` by `python -m newsletter.engine.diagram > docs/states.md`; a test
says when this page is out of date. A step that is not drawn here is refused and changes nothing.

## A campaign: one frozen send of an issue

{campaign}
## A delivery: one recipient of a campaign

{delivery}
## A subscription: one reader of one newsletter

{subscription}"""


def mermaid(steps: Mapping[tuple[State, Event], State]) -> str:
    """A Mermaid state diagram of a table, in its order. The first state is the start; dead ends are final."""
    states = list(dict.fromkeys(state for state, _ in steps))
    final = dict.fromkeys(after for after in steps.values() if after not in states)
    lines = [
        "stateDiagram-v2",
        f"    [*] --> {states[0]}",
        *(f"    {before} --> {after}: {event.replace('_', ' ')}" for (before, event), after in steps.items()),
        *(f"    {state} --> [*]" for state in final),
    ]
    return "\n".join(lines) + "\n"


def page() -> str:
    """`docs/states.md`."""
    return _PAGE.format(
        campaign=_fenced(mermaid(CAMPAIGN_STEPS)),
        delivery=_fenced(mermaid(DELIVERY_STEPS)),
        subscription=_fenced(mermaid(STEPS)),
    )


def _fenced(diagram: str) -> str:
    return f"```mermaid\n{diagram}```\n"


if __name__ == "__main__":
    sys.stdout.write(page())
