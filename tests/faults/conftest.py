"""A site on disk for tests that kill workers: migrated once per state of the code, copied for each test."""

from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import migrated
from tests.fakes.sink import Sink
from tests.fakes.smtp_server import FakeSmtpServer
from tests.faults.processes import start_server
from tests.faults.site import LiveSite, Site

_numbers = itertools.count(1)


class Template:
    """A migrated, empty database, and copies of it."""

    def __init__(self, folder: Path, *, kept: Path) -> None:
        """`kept` is where a migrated SQLite database lies, or shall lie, from run to run."""
        self._folder, self._kept = folder, kept
        given = os.environ.get("DATABASE_URL", "")
        self.server = given if given.startswith("postgres") else ""
        self._created: list[str] = []
        self._lock = threading.Lock()
        self._name = f"rounds_faults_{os.getpid()}"
        any_database = self.server or f"sqlite:///{folder / 'none.sqlite3'}"
        start_server(Site(folder=folder, database_url=any_database, port=1).environment())
        if self.server:
            self._migrate(self._create(self._name, template="template1"))
        elif not kept.exists():
            self._migrate(f"sqlite:///{folder / 'fresh.sqlite3'}")
            draft = kept.with_suffix(f".{os.getpid()}")
            with (
                closing(sqlite3.connect(folder / "fresh.sqlite3")) as source,
                closing(sqlite3.connect(draft)) as target,
            ):
                source.backup(target)
            draft.replace(kept)

    def copy(self) -> str:
        """The address of a fresh copy."""
        name = f"{self._name}_{next(_numbers)}"
        if self.server:
            with self._lock:  # a server copies a database for one at a time
                return self._create(name, template=self._name)
        shutil.copy(self._kept, self._folder / f"{name}.sqlite3")
        return f"sqlite:///{self._folder / name}.sqlite3"

    def close(self) -> None:
        """Leave no database behind on a server."""
        for name in self._created:
            self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def sql(self, statement: str) -> None:
        """Ask the server of PostgreSQL databases, outside of all of them."""
        code = "import psycopg, sys; psycopg.connect(sys.argv[1], autocommit=True).execute(sys.argv[2])"
        subprocess.run([sys.executable, "-c", code, self.server, statement], check=True)

    def _migrate(self, url: str) -> None:
        Site(folder=self._folder, database_url=url, port=1).manage("migrate", "-v0")

    def _create(self, name: str, *, template: str) -> str:
        self._created.append(name)
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return urlsplit(self.server)._replace(path=f"/{name}").geturl()


@pytest.fixture(scope="session")
def template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    assert request.config.cache is not None
    kept = Path(request.config.cache.mkdir("migrated")) / f"{migrated.fingerprint()}.sqlite3"
    made = Template(tmp_path_factory.mktemp("template"), kept=kept)
    yield made
    made.close()


@pytest.fixture
def live_site(template: Template, tmp_path: Path) -> Iterator[LiveSite]:
    server = FakeSmtpServer()
    with server.running():
        site = LiveSite(folder=tmp_path, database_url=template.copy(), server=server)
        yield site
        site.close()


@pytest.fixture
def make_site(template: Template, tmp_path: Path) -> Iterator[Callable[[int], Site]]:
    """Makes sites whose mail goes to a port."""
    with ExitStack() as stack:

        def make(port: int) -> Site:
            folder = tmp_path / f"site-{next(_numbers)}"
            folder.mkdir()
            site = Site(folder=folder, database_url=template.copy(), port=port)
            stack.callback(site.close)
            return site

        yield make


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A fast mail server without faults."""
    with Sink() as running:
        yield running
