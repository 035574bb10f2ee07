"""What a site on disk holds, to compare it before and after: every row and every media file."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.processes import Process
from tests.faults.site import Site

#: Written with each ordinary run, and no part of what is compared.
VOLATILE = frozenset({"django_session", "sqlite_sequence"})

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of a command: its exit code, minus the signal that ended it, and what it said."""

    code: int
    output: str
    errors: str


def call(site: Site, *arguments: str, **environment: str) -> Done:
    """A command, whatever comes of it; nobody is at the keyboard."""
    asked = site._call(("manage.py", *arguments), name=f"asked-{next(_numbers)}", **environment)
    code = Process(asked).wait(180)
    return Done(code=code, output=Path(asked.output).read_text(), errors=Path(asked.errors).read_text())


def query(site: Site, statement: str) -> list[Any]:
    """The first column of the answer; what it changes is committed."""
    return [row[0] for row in site.sql(statement)]


def rows(site: Site) -> str:
    """One sum over all rows of all tables."""
    digest = hashlib.sha256()
    for table in tables(site):
        found = site.sql(f'SELECT * FROM "{table}"')  # noqa: S608 - names that the database gave
        digest.update(repr((table, sorted(map(repr, found)))).encode())
    return digest.hexdigest()


def tables(site: Site) -> list[str]:
    if site.database_url.startswith("postgres"):
        names = query(site, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    else:
        names = query(site, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%_fts%'")
    return sorted(set(names) - VOLATILE)


def media(site: Site) -> dict[str, bytes]:
    """The public files by their names; what a restore is in the middle of is not public."""
    folder = site.folder / "media"
    files = (path for path in folder.rglob("*") if path.is_file() and ".restoring" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def leftovers(site: Site) -> list[str]:
    """What is half done, or was."""
    near = [site.folder, site.folder / "media"]
    if site.database_url.startswith("sqlite"):
        near.append(database_file(site).parent)
    return [path.name for folder in near for path in folder.iterdir() if path.name.startswith(".")]


def database_file(site: Site) -> Path:
    return Path(site.database_url.removeprefix("sqlite:///"))
