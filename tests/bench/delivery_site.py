"""One site that sends: its database, a desk where issues are scheduled, and workers as real processes."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from tests.bench.databases import ROOT, BenchDatabase

SETTINGS = "tests.bench.delivery_settings"
TICKS = os.sysconf("SC_CLK_TCK")
OVER = ("sent", "failed", "held", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Megabytes: now, and at most until now."""

    now: float
    most: float


class Process:
    """A Python program of the project under watch."""

    def __init__(self, database: BenchDatabase, *arguments: str, **environment: str) -> None:
        self._log = tempfile.NamedTemporaryFile("w+", suffix=".log", dir=database.folder)  # noqa: SIM115 - until the end
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=database.environment(DJANGO_SETTINGS_MODULE=SETTINGS, **environment),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    @property
    def log(self) -> str:
        return Path(self._log.name).read_text()

    def cpu(self) -> float:
        """Seconds of both kinds, of all its threads, until now."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> Memory:
        # Not getrusage: what it calls the peak of a child may be that of its parent, which forked it.
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        kilobytes = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith("Vm")}
        return Memory(now=int(kilobytes["VmRSS"]) / 1000, most=int(kilobytes["VmHWM"]) / 1000)

    def wait_until_it_waits(self, *, at_most: float = 120) -> None:
        """Until it has started, which is when it says so and uses no more CPU."""
        end, before, quiet = time.monotonic() + at_most, -1.0, 0
        while quiet < 3:
            assert self.is_running, self.log
            assert time.monotonic() < end, "it did not come to rest"
            now = self.cpu()
            quiet = quiet + 1 if now - before < 0.03 and " starts" in self.log else 0
            before = now
            time.sleep(0.2)

    def end(self) -> None:
        if self.is_running:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()


class SendingSite:
    """A database with readers. Campaigns of it are scheduled through one long-lived desk."""

    def __init__(self, database: BenchDatabase) -> None:
        self.database = database
        self._desk: subprocess.Popen[str] | None = None

    @property
    def vendor(self) -> str:
        return self.database.vendor

    def schedule(self, *, readers: int, size: int, at: float, sample: Path | None = None) -> tuple[int, float]:
        """A campaign's id and its instant as Unix time; `at` is seconds from now."""
        asked = {"readers": readers, "size": size, "at": at, "sample": str(sample or "")}
        desk = self._desk or self._open_desk()
        assert desk.stdin is not None
        assert desk.stdout is not None
        desk.stdin.write(json.dumps(asked) + "\n")
        desk.stdin.flush()
        line = desk.stdout.readline()
        assert line, "the desk died: see its words above"
        answer = json.loads(line)
        return answer["campaign"], answer["scheduled_at"]

    @contextmanager
    def workers(
        self, count: int, smtp_port: int, *, options: Mapping[str, Any], profile: Path | None = None
    ) -> Iterator[Sequence[Process]]:
        """So many workers, which have started and wait; with `profile` they say there where their time went."""
        environment = {
            "SMTP_URL": f"smtp://127.0.0.1:{smtp_port}?tls=none",
            "BENCH_BACKEND_OPTIONS": json.dumps(options),
        }
        program = ["tests/bench/delivery_profile.py", str(profile)] if profile else ["manage.py", "worker"]
        started = [Process(self.database, *program, **environment) for _ in range(count)]
        try:
            for worker in started:
                worker.wait_until_it_waits()
            yield started
        finally:
            for worker in started:
                worker.end()

    def at_rest(self) -> float:
        """Megabytes of a process that has loaded the project and does nothing."""
        look = "import sys; sys.stdout.write(open('/proc/self/status').read())"
        status = self.database.run("manage.py", "shell", "--no-imports", "-c", look, DJANGO_SETTINGS_MODULE=SETTINGS)
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1000

    def state(self, campaign: int) -> str:
        return str(self._ask("SELECT state FROM newsletter_campaign WHERE id = {}", campaign)[0][0])

    def why(self, campaign: int) -> str:
        return str(self._ask("SELECT reason FROM newsletter_campaign WHERE id = {}", campaign)[0][0])

    def finished_at(self, campaign: int) -> float:
        """Unix time."""
        value = self._ask("SELECT finished_at FROM newsletter_campaign WHERE id = {}", campaign)[0][0]
        return (value if isinstance(value, datetime) else datetime.fromisoformat(value).replace(tzinfo=UTC)).timestamp()

    def counts(self, campaign: int) -> dict[str, int]:
        """Deliveries by state, counted in the ledger itself."""
        return dict(
            self._ask("SELECT state, COUNT(*) FROM newsletter_delivery WHERE campaign_id = {} GROUP BY state", campaign)
        )

    def addresses(self, campaign: int) -> set[str]:
        rows = self._ask("SELECT address FROM newsletter_delivery WHERE campaign_id = {}", campaign)
        return {address for (address,) in rows}

    def close(self) -> None:
        if self._desk is not None:
            self._desk.communicate(timeout=60)

    def _open_desk(self) -> subprocess.Popen[str]:
        self._desk = subprocess.Popen(
            [sys.executable, "tests/bench/delivery_desk.py"],
            cwd=ROOT,
            env=self.database.environment(DJANGO_SETTINGS_MODULE=SETTINGS),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self._desk

    def _ask(self, query: str, campaign: int) -> list[tuple[Any, ...]]:
        if self.vendor == "sqlite":
            with closing(sqlite3.connect(self.database.url.removeprefix("sqlite:///"), timeout=30)) as file:
                return file.execute(query.format(campaign)).fetchall()
        with psycopg.connect(self.database.url) as server:
            return server.execute(query.format(campaign).encode()).fetchall()
