"""Named places at which a test lets the process die, to see what it leaves behind."""

from __future__ import annotations

import os
import signal

#: Set only by tests that kill a worker: the name of one point below.
VARIABLE = "NEWSLETTER_CRASH_AT"

#: Those that a worker passes by sending a campaign, in this order.
POINTS = (
    "before_freeze_commits",
    "after_freeze",
    "after_claim",
    "after_hand_over",  #: noted in the journal, not a byte written
    "after_answer",  #: read, not noted
    "after_note",  #: in the journal, not in the database
    "before_settling",
    "after_settling",  #: in the database, the journal still there
    "before_sent",
)
#: Those of a worker that takes up what a dead one left.
RECLAIM_POINTS = ("before_reclaim_commits", "after_reclaim")
#: Those of a clock that composes what a schedule is due for.
SCHEDULE_POINTS = ("before_run_commits", "after_run")
#: On the way of outgoing webhooks, which no campaign passes.
HOOK_POINTS = ("after_hook_post",)
#: Those of what is done at a remote service: its answer was read and nothing is written down yet.
REMOTE_POINTS = ("after_remote_call", "after_remote_turn")

_point, _, _times = os.environ.get(VARIABLE, "").partition(":")
_left = int(_times or 1)


def reached(point: str) -> None:
    """End the process as `kill -9` does if this is the point that the environment names.

    `after_answer:300` is reached three hundred times before it kills.
    """
    if point == _point:
        _count()


def _count() -> None:
    global _left  # noqa: PLW0603 - one process, one death
    _left -= 1
    if _left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
