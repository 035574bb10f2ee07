"""How much is written at once: as much as fits into a fraction of a second, with room for others in between."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

#: Seconds that SQLite's one write lock is held for; everybody else who writes waits so long.
HELD = 0.25
#: Of that time, what the lock is left free afterwards: those who wait look again every tenth of a second at most.
LEFT_FREE = 0.1
SMALLEST, LARGEST = 500, 20_000


class Pace:
    """Grows and shrinks the steps of one run."""

    def __init__(self, size: int = 5_000) -> None:
        self.size = size

    @contextmanager
    def step(self, *, pause: bool = True) -> Iterator[None]:
        """One transaction, measured; then the lock is free for a moment."""
        begun = time.monotonic()
        with transaction.atomic():
            yield
        spent = time.monotonic() - begun
        self.size = max(SMALLEST, min(LARGEST, int(self.size * min(2.0, max(0.25, HELD / max(spent, 0.001))))))
        if pause and connection.vendor == "sqlite" and not connection.in_atomic_block:
            time.sleep(min(spent * LEFT_FREE, 0.05))
