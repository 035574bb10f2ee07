"""One web worker as production runs it, for measurements over real HTTP on loopback."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.bench.databases import BenchDatabase


def shell(database: BenchDatabase, code: str) -> str:
    return database.run("manage.py", "shell", "--no-imports", "-c", code).strip()


@contextmanager
def served(database: BenchDatabase) -> Iterator[int]:
    """One granian worker, as in the Procfile; its port. It has ended in peace when this is left."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [*("granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)), "--workers", "1"]
    command += ["--blocking-threads", "4", "--log-level", "warning", "config.wsgi:application"]
    environment = database.environment(TRUSTED_PROXIES="127.0.0.1", DJANGO_SETTINGS_MODULE="config.settings.production")
    command[0] = str(Path(sys.executable).with_name("granian"))
    process = subprocess.Popen(command, env=environment, cwd=Path(__file__).resolve().parents[2])
    try:
        wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "granian ended"
        request = urllib.request.Request(f"http://127.0.0.1:{port}/healthz", headers={"Host": "rounds.example"})
        try:
            with urllib.request.urlopen(request, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("granian did not answer within a minute")
