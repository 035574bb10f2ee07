"""Fresh migrated databases for measurements: SQLite on disk, and a private PostgreSQL of the installed server.

Both are as durable as in production: SQLite with the pragmas of `config.stores`, PostgreSQL as `initdb` leaves it.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[2]
VENDORS = ("sqlite", "postgresql")
INSTALL = "apt-get install postgresql"
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchDatabase:
    """One migrated database without rows, and how a process of its own gets to it."""

    vendor: str
    url: str
    folder: Path

    def environment(self, **more: str) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.production",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'site'}",
            "DATABASE_URL": self.url,
            "VAR_DIR": str(self.folder),
            "MEDIA_STORAGE": f"file://{self.folder}/media",
            "SECRET_KEY": "a key for measurements, which lives as long as its test",
            "BASE_URL": "https://rounds.example",
            "SMTP_URL": "smtp://127.0.0.1:1?tls=none",
            **more,
        }

    def run(self, *arguments: str, timeout: float = 900, **environment: str) -> str:
        """Standard output of a Python program (`manage.py` and its arguments, or a file); a failure fails the test."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment(**environment),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,  # its error output says more than an exception would
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


class SqliteFiles:
    """A migrated file and copies of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.sqlite3"
        _migrate(BenchDatabase(vendor="sqlite", url=f"sqlite:///{self._template}", folder=folder))

    def fresh(self) -> BenchDatabase:
        file = self._folder / f"bench{next(_numbers)}.sqlite3"
        shutil.copy(self._template, file)
        return BenchDatabase(vendor="sqlite", url=f"sqlite:///{file}", folder=self._folder)

    def drop(self, database: BenchDatabase) -> None:
        path = database.url.removeprefix("sqlite:///")
        for suffix in ("", "-wal", "-shm"):
            Path(path + suffix).unlink(missing_ok=True)

    def close(self) -> None:
        """Its folder is pytest's to remove."""


class PrivateServer:
    """A PostgreSQL server of our own on loopback: made, started, and ended by its process id."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._folder = folder  # for the site that uses it
        self._data = Path(tempfile.mkdtemp(prefix="rounds-bench-pg-"))
        self._as_owner: list[str] = []
        if os.getuid() == 0:  # the server refuses to run as root
            owner = pwd.getpwnam("postgres")
            os.chown(self._data, owner.pw_uid, owner.pw_gid)
            self._as_owner = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._start(binaries)
            self._create("template_rounds", template="template0")
            _migrate(self._database("template_rounds"))
        except BaseException:
            self.close()
            raise

    def fresh(self) -> BenchDatabase:
        name = f"bench{next(_numbers)}"
        self._create(name, template="template_rounds")
        return self._database(name)

    def drop(self, database: BenchDatabase) -> None:
        self._sql(f'DROP DATABASE "{database.url.rpartition("/")[2]}" WITH (FORCE)')

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)  # its "fast shutdown"
            self._process.wait(60)
        shutil.rmtree(self._data, ignore_errors=True)

    def _start(self, binaries: Path) -> None:
        data = self._data / "data"
        initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "rounds", "--auth=trust", "-E", "UTF8"]
        subprocess.run([*self._as_owner, *initdb, "--locale=C.UTF-8"], check=True, capture_output=True, cwd=self._data)
        with (self._data / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *self._as_owner,
                    str(binaries / "postgres"),
                    *("-D", str(data), "-p", str(self._port), "-h", "127.0.0.1", "-k", ""),
                ],
                stdout=log,
                stderr=log,
                cwd=self._data,
            )
        ready = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self._port)]
        for _ in range(300):
            if subprocess.run(ready, check=False, timeout=10).returncode == 0:
                return
            if self._process.poll() is not None:
                break
            try:
                self._process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
        pytest.fail(f"PostgreSQL did not start: {(self._data / 'log').read_text(errors='replace')}")

    def _create(self, name: str, *, template: str) -> None:
        self._sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def _database(self, name: str) -> BenchDatabase:
        url = f"postgres://rounds@127.0.0.1:{self._port}/{name}"
        return BenchDatabase(vendor="postgresql", url=url, folder=self._folder)

    def _sql(self, statement: str) -> None:
        address = f"postgres://rounds@127.0.0.1:{self._port}/postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())


class Servers:
    """Each is made when it is asked for first."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folders = folders
        self._made: dict[str, SqliteFiles | PrivateServer] = {}

    def get(self, vendor: str) -> SqliteFiles | PrivateServer | None:
        """None where it is not installed; in CI that fails."""
        if vendor not in self._made:
            folder = self._folders.mktemp(f"bench-{vendor}")
            if vendor == "sqlite":
                self._made[vendor] = SqliteFiles(folder)
            elif (binaries := server_binaries()) is not None:
                self._made[vendor] = PrivateServer(binaries, folder)
            elif os.environ.get("CI") == "true":
                pytest.fail(f"needs a PostgreSQL server: {INSTALL}")
        return self._made.get(vendor)

    def close(self) -> None:
        for server in self._made.values():
            server.close()


@pytest.fixture(scope="session")
def bench_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """For tests that use several at once."""
    servers = Servers(tmp_path_factory)
    yield servers
    servers.close()


@pytest.fixture(scope="session", params=VENDORS)
def bench_server(request: pytest.FixtureRequest, bench_servers: Servers) -> SqliteFiles | PrivateServer:
    server = bench_servers.get(request.param)
    if server is None:
        pytest.skip(f"needs a PostgreSQL server: {INSTALL}")
    return server


@pytest.fixture
def bench_database(bench_server: SqliteFiles | PrivateServer) -> Iterator[BenchDatabase]:
    """Each test that asks for it runs twice: on SQLite and on PostgreSQL."""
    database = bench_server.fresh()
    yield database
    bench_server.drop(database)


def server_binaries() -> Path | None:
    """Where the newest installed PostgreSQL server has its programs; None without one."""
    on_path = shutil.which("postgres")
    places = [Path(on_path).resolve().parent] if on_path else []
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    places += sorted(debian, key=lambda path: int(path.parent.name), reverse=True)
    return next((place for place in places if (place / "initdb").exists()), None)


def _migrate(database: BenchDatabase) -> None:
    database.run("manage.py", "migrate", "-v0")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
