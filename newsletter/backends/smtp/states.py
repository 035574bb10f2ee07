"""Where a conversation stands, and which steps it may make: one table."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType


class IllegalStepError(Exception):
    """The conversation can't make this step in its state; nothing was changed."""


class State(StrEnum):
    """Where a conversation stands."""

    OPENING = "opening"  #: the greeting, EHLO, STARTTLS or the login is unanswered
    ENCRYPTING = "encrypting"  #: the TLS handshake is the shell's; not one byte in the clear is believed
    READY = "ready"  #: nothing is unanswered
    BUSY = "busy"  #: a message is under way
    LEAVING = "leaving"  #: QUIT was said
    OVER = "over"  #: nothing is read or written any more


class Step(StrEnum):
    """What happens to a conversation."""

    ENCRYPTION_AGREED = "encryption_agreed"
    ENCRYPTED = "encrypted"
    OPENED = "opened"
    BEGAN = "began"
    SETTLED = "settled"
    LEFT = "left"
    ENDED = "ended"


_S = State

STEPS = MappingProxyType(
    {
        (_S.OPENING, Step.ENCRYPTION_AGREED): _S.ENCRYPTING,
        (_S.OPENING, Step.OPENED): _S.READY,
        (_S.OPENING, Step.ENDED): _S.OVER,
        (_S.ENCRYPTING, Step.ENCRYPTED): _S.OPENING,
        (_S.ENCRYPTING, Step.ENDED): _S.OVER,
        (_S.READY, Step.BEGAN): _S.BUSY,
        (_S.READY, Step.LEFT): _S.LEAVING,
        (_S.READY, Step.ENDED): _S.OVER,
        (_S.BUSY, Step.SETTLED): _S.READY,
        (_S.BUSY, Step.ENDED): _S.OVER,
        (_S.LEAVING, Step.ENDED): _S.OVER,
    }
)


def after(state: State, step: Step) -> State:
    """The state that a step leads to.

    Raises:
        IllegalStepError: the table has no such step.
    """
    try:
        return STEPS[state, step]
    except KeyError:
        raise IllegalStepError(f"{step} can't happen to a conversation that is {state}") from None
