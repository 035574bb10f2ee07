"""Processes of fault tests: forks of a warm one, which can be killed, stopped and waited for like any other."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import forkserver
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_context = multiprocessing.get_context("forkserver")
_lock = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`manage.py` or a script with its arguments; the two files get what it says."""

    arguments: tuple[str, ...]
    environment: dict[str, str]
    output: str
    errors: str
    root: str = str(ROOT)


class Process:
    """A running call, with the names that `subprocess.Popen` has for the same."""

    def __init__(self, call: Call) -> None:
        with _lock:
            self._process = _context.Process(target=_serve, args=(call,), daemon=True)
            self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Its exit code, minus the signal that ended it; None while it runs."""
        with _lock:  # two threads that ask at once would take each other's answer
            return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """The same, once it has ended.

        Raises:
            subprocess.TimeoutExpired: it has not.
        """
        end = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired("a forked call", timeout)
            time.sleep(0.02)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it ended by itself between the two
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """As `kill -9` does; returns when it is gone."""
        self.send_signal(signal.SIGKILL)
        self.wait(10)


def start_server(environment: Mapping[str, str]) -> None:
    """Start what processes are forked from; the kind of database that it is told of is theirs for good.

    To be called before a test has threads: it changes the environment for a moment, and a program that another thread
    starts meanwhile reads an address that is gone (its exec fails with EFAULT).
    """
    with _as_if(environment):
        _context.set_forkserver_preload(["tests.faults.warm"])
        forkserver.ensure_running()


def _serve(call: Call) -> None:
    from tests.faults import warm

    warm.serve(call)


@contextmanager
def _as_if(environment: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
