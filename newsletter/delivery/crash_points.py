"""Named places at which a test lets the process die, to see what it leaves behind."""

from __future__ import annotations

import os
import signal

#: Set only by tests that kill a worker: the name of one point below.
VARIABLE = "NEWSLETTER_CRASH_AT"

POINTS = (
    "before_freeze_commits",
    "after_freeze",
    "after_claim",
    "after_hand_over",
    "before_settling",
    "before_sent",
)


def reached(point: str) -> None:
    """End the process as `kill -9` does if this is the point that the environment names."""
    if os.environ.get(VARIABLE) == point:
        os.kill(os.getpid(), signal.SIGKILL)
