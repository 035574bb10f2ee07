"""A site on disk for tests that kill workers: migrated once per run, copied for each test."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.fakes.smtp_server import FakeSmtpServer
from tests.faults.site import LiveSite

_numbers = itertools.count(1)


class Template:
    """A migrated, empty database, and copies of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        given = os.environ.get("DATABASE_URL", "")
        self._server = given if given.startswith("postgres") else ""
        self._created: list[str] = []
        self._name = f"rounds_faults_{os.getpid()}"
        url = self._create(self._name, template="template1")
        site = LiveSite(folder=folder, database_url=url, server=FakeSmtpServer(port=1))
        site.manage("migrate", "-v0")

    def copy(self) -> str:
        """The address of a fresh copy."""
        return self._create(f"{self._name}_{next(_numbers)}", template=self._name)

    def close(self) -> None:
        """Leave no database behind on a server."""
        for name in self._created:
            self._sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _create(self, name: str, *, template: str) -> str:
        if self._server:
            self._created.append(name)
            self._sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
            return urlsplit(self._server)._replace(path=f"/{name}").geturl()
        file = self._folder / f"{name}.sqlite3"
        if (original := self._folder / f"{template}.sqlite3").exists():
            shutil.copy(original, file)
        return f"sqlite:///{file}"

    def _sql(self, statement: str) -> None:
        code = "import psycopg, sys; psycopg.connect(sys.argv[1], autocommit=True).execute(sys.argv[2])"
        subprocess.run([sys.executable, "-c", code, self._server, statement], check=True)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    made = Template(tmp_path_factory.mktemp("template"))
    yield made
    made.close()


@pytest.fixture
def live_site(template: Template, tmp_path: Path) -> Iterator[LiveSite]:
    server = FakeSmtpServer()
    with server.running():
        site = LiveSite(folder=tmp_path, database_url=template.copy(), server=server)
        yield site
        site.close()
