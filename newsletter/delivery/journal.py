"""The journal of a claimed chunk: one byte per delivery in a mapped file, written before each step is taken.

A store into the map costs nothing and survives `kill -9`, since the kernel keeps the page. It need not survive a power
cut: what was written by another boot of the machine, or on another machine, is not believed.
"""

from __future__ import annotations

import contextlib
import logging
import mmap
import os
import struct
import time
from enum import IntEnum
from functools import cache
from pathlib import Path

from django.conf import settings

logger = logging.getLogger(__name__)

#: Seconds without a change after which a journal that nobody holds is rubbish: a claim that is about to be committed
#: has its journal already.
_SETTLED_FOR = 300.0

_MAGIC = b"ROUNDS-JOURNAL-1"
#: Magic, boot, chunk, fence, first id, last id; then the byte that says "void".
_HEAD = struct.Struct(">16s36sQQQQ")
_VOID = _HEAD.size
_START = _HEAD.size + 8


class Mark(IntEnum):
    """What is known of one delivery."""

    UNTOUCHED = 0
    HANDED_OVER = 1
    ACCEPTED = 2
    DEFERRED = 3
    REFUSED = 4
    WITHDRAWN = 5


class JournalError(Exception):
    """There is no journal of this claim, or it can't be believed; the text says why."""


def folder() -> Path:
    """Where this machine keeps its journals. Never a network drive: a map of one isn't shared between machines."""
    return Path(settings.NEWSLETTER_JOURNAL_DIR)


def path_of(chunk_id: int, fence: int) -> Path:
    return folder() / f"chunk-{chunk_id}-{fence}.journal"


class Journal:
    """The journal of one claim: a mark is written right before, or right after, what it says happened."""

    __slots__ = ("_map", "first_id", "last_id", "path")

    def __init__(self, path: Path, mapped: mmap.mmap, first_id: int, last_id: int) -> None:
        self.path, self._map = path, mapped
        self.first_id, self.last_id = first_id, last_id

    @classmethod
    def create(cls, chunk_id: int, fence: int, first_id: int, last_id: int) -> Journal:
        """A fresh one, every delivery untouched. Its space is taken at once: a disk that is full says so now.

        Raises:
            OSError: it can't be made.
        """
        path = path_of(chunk_id, fence)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        size = _START + last_id - first_id + 1
        head = _HEAD.pack(_MAGIC, boot().encode("ascii"), chunk_id, fence, first_id, last_id)
        try:
            with open(path, "w+b", opener=_for_us_alone) as file:
                file.write(head.ljust(size, b"\0"))
                file.flush()
                mapped = mmap.mmap(file.fileno(), size)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return cls(path, mapped, first_id, last_id)

    @classmethod
    def open(cls, chunk_id: int, fence: int, first_id: int, last_id: int) -> Journal:
        """The journal that the worker of this claim left.

        Raises:
            JournalError: it is missing, truncated, of another claim, or from before the machine was started.
        """
        path = path_of(chunk_id, fence)
        size = _START + last_id - first_id + 1
        try:
            with path.open("r+b") as file:
                head = file.read(_HEAD.size)
                if path.stat().st_size != size:
                    raise JournalError(f"{path.name} is cut short")
                mapped = mmap.mmap(file.fileno(), size)
        except OSError as error:
            raise JournalError(f"{path.name} can't be read: {error.strerror}") from None
        if head != _HEAD.pack(_MAGIC, boot().encode("ascii"), chunk_id, fence, first_id, last_id):
            mapped.close()
            raise JournalError(f"{path.name} is of another claim, or from before this machine was started")
        return cls(path, mapped, first_id, last_id)

    def mark(self, delivery_id: int, mark: int) -> None:
        self._map[_START + delivery_id - self.first_id] = mark

    def read(self, delivery_id: int) -> int:
        return self._map[_START + delivery_id - self.first_id]

    @property
    def is_void(self) -> bool:
        """Whether somebody else has taken the chunk. Read after a mark was set, never before: see `void`."""
        return self._map[_VOID] != 0

    def void(self) -> None:
        """From now on its worker must not hand over; call it before reading the marks.

        The worker sets a mark and then looks here; the other side sets this and then looks at the marks. Whoever comes
        second sees the other: a message is never handed over by one and taken for untouched by the other.
        """
        self._map[_VOID] = 1

    def close(self) -> None:
        self._map.close()

    def remove(self) -> None:
        """Its outcomes are committed."""
        self.path.unlink(missing_ok=True)
        self._map.close()


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@cache
def boot() -> str:
    """Tells one start of this machine from the next: 36 characters."""
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip().ljust(36)[:36]
    # Elsewhere: the minute of its start. A clock that is set meanwhile costs certainty, never a second mail.
    return f"started {int((time.time() - time.monotonic()) / 60)}".ljust(36)[:36]


def sweep(is_open: dict[int, int]) -> int:
    """Remove what the journals of settled claims left, after a kill between commit and removal; returns how many.

    Args:
        is_open: fence by id of every chunk that somebody holds now.
    """
    count = 0
    for path in folder().glob("chunk-*-*.journal"):
        with contextlib.suppress(ValueError):
            chunk_id, fence = map(int, path.stem.split("-")[1:])
            if is_open.get(chunk_id) != fence and time.time() - path.stat().st_mtime > _SETTLED_FOR:
                path.unlink(missing_ok=True)
                count += 1
    return count
