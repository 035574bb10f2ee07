"""A whole site in processes of its own: a database on disk, workers that can be killed, commands that can be asked."""

from __future__ import annotations

import csv
import itertools
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.fakes.smtp_server import FakeSmtpServer
from tests.faults.processes import Call, Process

ROOT = Path(__file__).resolve().parents[2]

#: Seconds; the shortest lease there is, so that what a dead worker had comes back soon.
LEASE = 5

_numbers = itertools.count(1)


@dataclass
class Site:
    """`port` is where its mail goes; `more` is environment that all of its processes have."""

    folder: Path
    database_url: str
    port: int
    more: dict[str, str] = field(default_factory=dict)
    workers: list[Process | subprocess.Popen[str]] = field(default_factory=list)

    def environment(self, **more: str) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.dev",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'site'}",
            "DATABASE_URL": self.database_url,
            "VAR_DIR": str(self.folder),
            "SECRET_KEY": "a key for killed workers, which lives as long as its test",
            "SMTP_URL": f"smtp://127.0.0.1:{self.port}?tls=none",
            "NEWSLETTER_LEASE": str(LEASE),
            "NEWSLETTER_CRASH_AT": "",
            **self.more,
            **more,
        }

    def run(self, *arguments: str) -> str:
        """What a command or script says on standard output; its failure fails the test."""
        call = self._call(arguments, name=f"call-{next(_numbers)}")
        code = Process(call).wait(180)
        assert code == 0, Path(call.errors).read_text()
        return Path(call.output).read_text()

    def manage(self, *arguments: str) -> str:
        return self.run("manage.py", *arguments)

    def seed(self, recipients: int, *, kilobytes: int = 0) -> str:
        """A campaign to so many readers, due now; its id."""
        return self.run("tests/faults/seed.py", str(recipients), str(kilobytes)).strip()

    def start_worker(self, *arguments: str, **environment: str) -> Process | subprocess.Popen[str]:
        """A worker, forked from a warm process."""
        if "REDIS_URL" in environment:  # brings an app with it, which a process has from its start or never
            return self.start_cold_worker(*arguments, **environment)
        call = self._call(("manage.py", "worker", *arguments), name=f"worker-{len(self.workers):03}", **environment)
        worker = Process(call)
        self.workers.append(worker)
        return worker

    def start_cold_worker(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """A worker started as an operator starts it, which takes seconds."""
        with (self.folder / f"worker-{len(self.workers):03}.log").open("w") as log:
            worker = subprocess.Popen(
                [sys.executable, "manage.py", "worker", *arguments],
                cwd=ROOT,
                env=self.environment(**environment),
                stdout=log,
                stderr=log,
                text=True,
            )
        self.workers.append(worker)
        return worker

    def finish(self, *, workers: int = 1, seconds: int = 120, **environment: str) -> None:
        """Workers that run until nothing is left to do."""
        limits = ("--until-idle", "--max-seconds", str(seconds))
        started = [self.start_worker(*limits, **environment) for _ in range(workers)]
        for worker in started:
            assert worker.wait(seconds + 30) == 0, self.logs()

    def kill(self, worker: Process | subprocess.Popen[str]) -> None:
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)

    def counts(self, campaign: str) -> dict[str, int]:
        counts: dict[str, int] = self.show(campaign)["counts"]
        return counts

    def show(self, campaign: str) -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(self.manage("campaign", "show", campaign, "--json"))
        return shown

    def ledger(self, campaign: str) -> list[dict[str, str]]:
        file = self.folder / "ledger.csv"
        self.manage("campaign", "ledger", campaign, "--csv", str(file))
        with file.open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask or change the database behind everybody's back, at once."""
        if self.database_url.startswith("sqlite"):
            path = unquote(urlsplit(self.database_url).path)
            with closing(sqlite3.connect(path, timeout=30)) as connection, connection:
                return connection.execute(statement).fetchall()
        import psycopg

        with psycopg.connect(self.database_url, autocommit=True) as server:
            cursor = server.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def state(self, campaign: str) -> str:
        """Where the campaign stands, read straight from its row."""
        ((state,),) = self.sql(f"SELECT state FROM newsletter_campaign WHERE id = {int(campaign)}")  # noqa: S608
        return str(state)

    def wait_for_state(self, campaign: str, *states: str, seconds: float = 60) -> None:
        wait_for(lambda: self.state(campaign) in states, seconds=seconds)

    def wait_for_clock(self) -> None:
        """Until a worker has become the clock."""
        wait_for(lambda: self.sql("SELECT owner FROM newsletter_clocklease WHERE owner <> ''") != [])

    def logs(self) -> str:
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("worker-*.log")))

    def close(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                self.kill(worker)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _call(self, arguments: tuple[str, ...], *, name: str, **environment: str) -> Call:
        self.folder.mkdir(exist_ok=True)
        is_worker = name.startswith("worker")
        return Call(
            arguments=arguments,
            environment=self.environment(**environment),
            output=str(self.folder / f"{name}.{'log' if is_worker else 'out'}"),
            errors=str(self.folder / f"{name}.{'log' if is_worker else 'err'}"),
        )


class LiveSite(Site):
    """One whose mail goes to a server within the test."""

    def __init__(self, *, folder: Path, database_url: str, server: FakeSmtpServer) -> None:
        super().__init__(folder=folder, database_url=database_url, port=server.port)
        self.server = server


def repeated(recipients: Iterable[str]) -> dict[str, int]:
    """Who got it more than once."""
    return {recipient: times for recipient, times in Counter(recipients).items() if times > 1}


def wait_for(reached: Callable[[], bool], *, seconds: float = 60) -> None:
    """Poll a condition of the outside world; its absence fails the test."""
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
