"""Web servers that are stopped while they count clicks, and one that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fakes.redis_server import free_port
from tests.faults.site import ROOT, LiveSite, wait_for

pytestmark = pytest.mark.slow

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


class Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing: the links lead out of this machine."""

    def redirect_request(self, *_arguments: object, **_more: object) -> None:
        return None


def ask(address: str) -> int:
    opener = urllib.request.build_opener(Stay, urllib.request.ProxyHandler({}))
    request = urllib.request.Request(address, headers={"User-Agent": AGENT})
    try:
        with opener.open(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


@contextmanager
def server(site: LiveSite) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = free_port()
    command = [str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "1", "--blocking-threads", "4", "config.wsgi:application"]
    with (site.folder / "worker-web.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=site.environment(), stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_for(lambda: ask(f"http://127.0.0.1:{port}/healthz") == 200, seconds=120)
        yield f"http://127.0.0.1:{port}", process
    finally:
        if process.poll() is None:
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """The server and its worker, which would outlive it."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def counted(site: LiveSite) -> int:
    ((count,),) = site.sql("SELECT COALESCE(SUM(raw), 0) FROM newsletter_linkhour")
    return int(count)


def test_a_server_that_is_stopped_has_counted_every_click(live_site: LiveSite) -> None:
    campaign = live_site.run("tests/faults/seed_clicks.py").strip()
    with server(live_site) as (address, process):
        assert {ask(f"{address}/r/{campaign}/1") for _ in range(50)} == {302}
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, live_site.logs()
    assert counted(live_site) == 50


def test_a_server_that_is_killed_loses_only_what_it_answered_in_the_last_seconds(live_site: LiveSite) -> None:
    campaign = live_site.run("tests/faults/seed_clicks.py").strip()
    with server(live_site) as (address, process):
        assert {ask(f"{address}/r/{campaign}/1") for _ in range(50)} == {302}
        wait_for(lambda: counted(live_site) == 50, seconds=30)
        kill(process)
    assert counted(live_site) == 50
