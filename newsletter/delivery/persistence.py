"""Repeating a database step that failed for a passing reason: a lock, a deadlock, a lost connection."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, close_old_connections, connection

T = TypeVar("T")

logger = logging.getLogger(__name__)

#: How long a step is tried, in seconds. Meanwhile nothing is handed over: every hand-over needs the database.
PATIENCE = 30.0

#: What may be over in a moment: a lock, a deadlock, a lost connection.
PASSING_ERRORS = (OperationalError, InterfaceError)

_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 1.0


def insist(step: Callable[[], T]) -> T:
    """Run a step that may be repeated: each is one transaction of conditional UPDATEs.

    Raises:
        OperationalError, InterfaceError: still failing after `PATIENCE`, or inside a transaction of the caller, where
            nothing can be repeated.
    """
    end = time.monotonic() + PATIENCE
    pause = _FIRST_PAUSE
    while True:
        try:
            return step()
        except PASSING_ERRORS as error:
            if connection.in_atomic_block or time.monotonic() >= end:
                raise
            logger.warning("the database failed, trying again: %s", error)
            close_old_connections()  # drops a connection that is broken, keeps one that only met a lock
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
