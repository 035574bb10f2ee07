"""A private folder for what is half done: nobody else reads it, one process at a time, and the next one tidies up."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from core.backup.errors import BackupError


@contextlib.contextmanager
def workroom(folder: Path) -> Iterator[Path]:
    """The folder, empty, until the block ends. What a killed process left in it is removed first.

    Raises:
        BackupError: another process is at work in it.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"Another process is at work in {folder}. Wait for it to end, then try again.") from None
        _empty(folder)
        try:
            yield folder
        finally:
            _empty(folder)
            with contextlib.suppress(OSError):
                folder.rmdir()
    finally:
        os.close(lock)


def _empty(folder: Path) -> None:
    for entry in list(os.scandir(folder)):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            Path(entry.path).unlink()
