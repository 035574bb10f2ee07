"""The migrated test database, made once and copied: hundreds of migrations take seconds, a copy takes none."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def fingerprint() -> str:
    """Changes with every migration and every pinned package."""
    files = [ROOT / "requirements.txt", *sorted(ROOT.glob("*/migrations/*.py"))]
    files += sorted(ROOT.glob("site/*/migrations/*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


@contextmanager
def copied_from(template: Path) -> Iterator[None]:
    """While inside, an empty in-memory test database begins as a copy of `template`, if that exists.

    Django still runs `migrate` on it, which then finds nothing to do: a wrong template can't hide a migration.
    """
    from django.db import connection

    creation: Any = connection.creation
    if connection.vendor != "sqlite" or not template.exists():
        yield
        return
    # A shared in-memory database lives as long as one connection to it.
    with closing(sqlite3.connect(creation._get_test_db_name(), uri=True)) as target:
        with closing(sqlite3.connect(template)) as source:
            source.backup(target)
        yield


def keep(template: Path) -> None:
    """Save the test database, which holds what the migrations put there and nothing else, for the next run."""
    from django.db import connection

    if connection.vendor != "sqlite" or template.exists():
        return
    connection.ensure_connection()
    draft = template.with_suffix(f".{os.getpid()}")
    with closing(sqlite3.connect(draft)) as target:
        connection.connection.backup(target)
    for outdated in template.parent.glob("*.sqlite3"):
        outdated.unlink(missing_ok=True)
    draft.replace(template)
