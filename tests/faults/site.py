"""A whole site in processes of its own: a database on disk, workers that can be killed, commands that can be asked."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fakes.smtp_server import FakeSmtpServer

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class LiveSite:
    folder: Path
    database_url: str
    server: FakeSmtpServer
    workers: list[subprocess.Popen[str]] = field(default_factory=list)

    def environment(self, **more: str) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.dev",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'site'}",
            "DATABASE_URL": self.database_url,
            "VAR_DIR": str(self.folder),
            "SECRET_KEY": "a key for killed workers, which lives as long as its test",
            "SMTP_URL": f"smtp://127.0.0.1:{self.server.port}?tls=none",
            **more,
        }

    def run(self, *arguments: str) -> str:
        """A command's standard output; its failure fails the test."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=180,
            check=False,  # its error output says more than an exception would
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def manage(self, *arguments: str) -> str:
        return self.run("manage.py", *arguments)

    def seed(self, recipients: int) -> str:
        """A campaign to so many readers, due now; its id."""
        return self.run("tests/faults/seed.py", str(recipients)).strip()

    def start_worker(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        log = (self.folder / f"worker-{len(self.workers)}.log").open("w")
        worker = subprocess.Popen(
            [sys.executable, "manage.py", "worker", *arguments],
            cwd=ROOT,
            env=self.environment(**environment),
            stdout=log,
            stderr=log,
            text=True,
        )
        log.close()
        self.workers.append(worker)
        return worker

    def finish(self) -> None:
        """A worker that runs until nothing is left to do."""
        worker = self.start_worker("--until-idle", "--max-seconds", "150")
        assert worker.wait(180) == 0, self.logs()

    def kill(self, worker: subprocess.Popen[str]) -> None:
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

    def logs(self) -> str:
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("worker-*.log")))

    def close(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                self.kill(worker)
        shutil.rmtree(self.folder, ignore_errors=True)


def repeated(recipients: list[str]) -> dict[str, int]:
    """Who got it more than once."""
    return {recipient: times for recipient, times in Counter(recipients).items() if times > 1}


def wait_for(reached: Callable[[], bool], *, seconds: float = 60) -> None:
    """Poll a condition of the outside world; its absence fails the test."""
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)
