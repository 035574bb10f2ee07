"""A worker that looks at itself: every 5 ms it notes which function runs. Argument: a file for the result.

Of CPU time; with BENCH_PROFILE_CLOCK=wall of time on the wall, which also shows what it waits for. Sampling costs
little; cProfile would make small functions look ten times as dear as they are.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType

EVERY = 0.005
ROOT = f"{Path(__file__).resolve().parents[2]}{os.sep}"
WALL = os.environ.get("BENCH_PROFILE_CLOCK") == "wall"


class Sampler:
    """Of the main thread, which is the one that sends."""

    def __init__(self) -> None:
        self.samples = 0
        self._inside: Counter[CodeType] = Counter()  # that ran
        self._below: Counter[CodeType] = Counter()  # that ran, or waited for what ran
        self._threads: dict[str, float] = {}
        self._is_looking = False

    def look(self, number: int, frame: FrameType | None) -> None:
        if frame is None or self._is_looking:
            return
        self._is_looking = True
        self.samples += 1
        self._inside[frame.f_code] += 1
        seen = set()
        at: FrameType | None = frame
        while at is not None:
            seen.add(at.f_code)
            at = at.f_back
        for code in seen:
            self._below[code] += 1
        if self.samples % 100 == 0:
            for thread in threading.enumerate():
                if thread.ident is not None:
                    self._threads[thread.name] = time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
        self._is_looking = False

    def watch(self) -> None:
        """Look from a thread of its own: a signal would wake the main thread from its waits."""
        main = threading.main_thread().ident
        while True:
            time.sleep(EVERY)
            self.look(0, sys._current_frames().get(main or 0))

    def found(self) -> dict[str, object]:
        """Samples by function, and CPU seconds by thread."""
        ours = [(name(code), count) for code, count in self._below.most_common() if code.co_filename.startswith(ROOT)]
        return {
            "samples": self.samples,
            "inside": [(name(code), count) for code, count in self._inside.most_common(40)],
            "below": ours[:80],
            "threads": self._threads,
        }


def name(code: CodeType) -> str:
    file = code.co_filename.removeprefix(ROOT)
    if "site-packages" in file:
        file = file.rpartition("site-packages/")[2]
    elif file.startswith(sys.base_prefix):
        file = file.rpartition("/lib/")[2]
    return f"{file}:{code.co_qualname}"


if __name__ == "__main__":
    import django
    from django.core.management import call_command

    django.setup()
    sampler = Sampler()
    if WALL:
        threading.Thread(target=sampler.watch, name="sampler", daemon=True).start()
    else:
        signal.signal(signal.SIGPROF, sampler.look)
        signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    call_command("worker")
    signal.setitimer(signal.ITIMER_PROF, 0)
    Path(sys.argv[1]).write_text(json.dumps(sampler.found()))
