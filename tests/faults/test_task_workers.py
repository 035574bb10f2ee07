"""Workers of RQ beside our own: any number of processes on one campaign, counted at the receiving end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.fakes import redis_server
from tests.faults.site import ROOT, LiveSite, repeated, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.redis]

RECIPIENTS = 6000

StartTaskWorker = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def redis_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Of a server of our own; only the workers know of it."""
    monkeypatch.delenv("REDIS_URL")
    with redis_server.running() as address:
        yield address


@pytest.fixture
def start_task_worker(live_site: LiveSite, redis_url: str) -> Iterator[StartTaskWorker]:
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        with (live_site.folder / f"worker-rq-{len(started)}.log").open("w") as log:
            worker = subprocess.Popen(
                [sys.executable, "manage.py", "rqworker", "--job-class", "django_tasks_rq.Job"],
                cwd=ROOT,
                env=live_site.environment(REDIS_URL=redis_url),
                stdout=log,
                stderr=log,
                text=True,
                start_new_session=True,  # so that it can be killed with the child that runs a task
            )
        started.append(worker)
        wait_for(lambda: "Listening on default" in log_of(live_site, started.index(worker)))
        return worker

    yield start
    for worker in started:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait(10)


def log_of(site: LiveSite, number: int) -> str:
    return (site.folder / f"worker-rq-{number}.log").read_text()


def tasks_in(site: LiveSite, number: int) -> int:
    return log_of(site, number).count("send_waiting_chunks")


def test_two_task_workers_and_a_worker_send_to_each_recipient_once(
    live_site: LiveSite, redis_url: str, start_task_worker: StartTaskWorker
) -> None:
    for _ in range(2):
        start_task_worker()
    campaign = live_site.seed(RECIPIENTS)
    worker = live_site.start_worker("--max-seconds", "150", REDIS_URL=redis_url)
    live_site.wait_for_state(campaign, "sent", seconds=150)
    worker.terminate()
    assert worker.wait(20) == 0, live_site.logs()
    assert repeated(live_site.server.recipients) == {}
    assert len(live_site.server.recipients) == RECIPIENTS
    assert live_site.counts(campaign)["accepted"] == RECIPIENTS
    assert tasks_in(live_site, 0) > 0, live_site.logs()
    assert tasks_in(live_site, 1) > 0, live_site.logs()


def test_a_task_worker_that_is_killed_sends_to_nobody_twice_and_forgets_nobody(
    live_site: LiveSite, redis_url: str, start_task_worker: StartTaskWorker
) -> None:
    dying = start_task_worker()
    campaign = live_site.seed(RECIPIENTS)
    worker = live_site.start_worker("--max-seconds", "150", REDIS_URL=redis_url)
    wait_for(lambda: tasks_in(live_site, 0) > 0 and len(live_site.server.received) >= 1000, seconds=100)
    os.killpg(dying.pid, signal.SIGKILL)
    live_site.wait_for_state(campaign, "sent", seconds=150)
    worker.terminate()
    assert worker.wait(20) == 0, live_site.logs()
    arrived, counts = live_site.server.recipients, live_site.counts(campaign)
    assert repeated(arrived) == {}
    assert counts["accepted"] + counts["uncertain"] == RECIPIENTS
    assert counts["accepted"] <= len(arrived) <= RECIPIENTS
