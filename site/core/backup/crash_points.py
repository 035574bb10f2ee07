"""Named places at which a test lets a backup or a restore die, to see what it leaves behind."""

from __future__ import annotations

import os
import signal

#: Set only by tests: the name of one point below.
VARIABLE = "BACKUP_CRASH_AT"

BACKUP_POINTS = ("after_snapshot", "inside_archive", "before_rename")
RESTORE_POINTS = ("after_staging", "after_preparing", "before_commit", "after_commit", "inside_media")


def reached(point: str) -> None:
    """End the process as `kill -9` does if this is the point that the environment names."""
    if os.environ.get(VARIABLE) == point:
        os.kill(os.getpid(), signal.SIGKILL)
