"""A Redis server of its own on a free port of this machine: nothing of anybody else's is in it, and nothing stays."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from redis.exceptions import ConnectionError as NotThereError


@contextmanager
def running() -> Iterator[str]:
    """Its address, `redis://127.0.0.1:port/0`."""
    program = shutil.which("redis-server")
    assert program, "apt-get install redis-server"
    port = free_port()
    folder = tempfile.mkdtemp(prefix="rounds-redis-")
    options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no", "--dir", folder]
    server = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    try:
        with Redis(port=port) as client:
            end = time.monotonic() + 20
            while True:
                try:
                    client.ping()
                    break
                except NotThereError:
                    assert time.monotonic() < end, "redis-server did not start"
                    time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
