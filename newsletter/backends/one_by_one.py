"""Sending one message after the other: the loop of backends that have neither connections nor a wait."""

from __future__ import annotations

import time
from collections.abc import Callable

from newsletter.backends.base import BackendError, Envelope, Outcome, Work

#: Between two looks, while all that is left has to wait for its time.
PAUSE = 0.02


def send_one_by_one(work: Work, carry: Callable[[Envelope], Outcome]) -> None:
    """Hand each message to `carry`, which says what became of it or that nothing can be sent now.

    Raises:
        BackendError: what `carry` raised; the message was given back.
    """
    while True:
        if work.wants_books:
            work.keep_books()
        envelope = work.take()
        if envelope is not None:
            _send(work, envelope, carry)
        elif work.is_over:
            break
        elif not work.wants_books:
            time.sleep(PAUSE)
            work.keep_books()
    work.keep_books()


def _send(work: Work, envelope: Envelope, carry: Callable[[Envelope], Outcome]) -> None:
    if not work.may_hand_over(envelope):
        return
    try:
        outcome = carry(envelope)
    except BackendError:
        work.give_back(envelope)
        raise
    work.settle(outcome)
