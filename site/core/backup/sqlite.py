"""SQLite: a snapshot while the site runs, and putting one back in a single transaction."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection

from core.backup.errors import ArchiveError, BackupError
from core.backup.manifest import DAMAGED, Manifest
from core.backup.tables import bring_up_to_date, migrations_of, rows_of, tables_of

#: Seconds that a restore waits for others to end their transactions.
PATIENCE = 30.0


def file_of() -> Path:
    """The database file.

    Raises:
        BackupError: the database is in memory.
    """
    name = str(connection.settings_dict["NAME"])
    if not name or ":memory:" in name or "mode=memory" in name:
        raise BackupError("The database is in memory: there is nothing to back up or to restore.")
    return Path(name)


def snapshot(target: Path) -> tuple[tuple[str, ...], dict[str, int]]:
    """Copy the database as it is at this moment; returns its migrations and the rows of its tables.

    One step of SQLite's online backup: with a write-ahead log nobody waits for it, and it sees no half transaction.

    Raises:
        BackupError: there is no database, or it is damaged.
    """
    source = file_of()
    if not source.exists():
        raise BackupError(f"There is no database at {source}. Run manage.py migrate first.")
    target.touch(mode=0o600)
    try:
        with _opened(source, "ro") as live, _opened(target, "rw") as copy:
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    except sqlite3.Error as error:
        raise BackupError(f"The database can't be copied: {error}.") from None
    if not _is_sound(target):
        raise BackupError("The database is damaged (PRAGMA quick_check says so): no backup of it would be worth much.")
    with pointed_at(target):
        return migrations_of(connection), rows_of(connection, tables_of(connection))


class Prepared:
    """A staged database that only has to be put in its place."""

    def __init__(self, staged: Path) -> None:
        self._staged = staged
        self.was_tried = False  #: True only where nobody can tell whether it happened

    def commit(self) -> None:
        """Take the place of the live database: in one transaction, or by a rename where there is none that works.

        Raises:
            BackupError: somebody else is writing all the time.
        """
        live = file_of()
        if is_database(live):
            _copy_into(self._staged, live)
            return
        for suffix in ("-wal", "-shm", "-journal"):  # of a file that is gone or broken: they would spoil the new one
            live.with_name(live.name + suffix).unlink(missing_ok=True)
        self._staged.replace(live)
        _sync_folder(live.parent)


@contextmanager
def preparing(
    staged: Path, manifest: Manifest, *, finish: Callable[[], None], still_allowed: Callable[[], None]
) -> Iterator[Prepared]:
    """Bring the staged database up to date where nobody sees it.

    Raises:
        ArchiveError: it isn't the database that the manifest describes.
        BackupError: it can't be brought to this version.
    """
    damaged = ArchiveError(DAMAGED.format(what="its database is not whole"))
    if not is_database(staged) or not _is_sound(staged):
        raise damaged
    with pointed_at(staged):
        if rows_of(connection, manifest.rows) != manifest.rows:
            raise damaged
        bring_up_to_date(finish)
    with _opened(staged, "rw") as file:
        file.execute("PRAGMA journal_mode=DELETE")
    still_allowed()
    yield Prepared(staged)


@contextmanager
def pointed_at(file: Path) -> Iterator[None]:
    """Django's connection leads to another file meanwhile. For commands: it is the whole process that looks there."""
    settings = connection.settings_dict
    name = settings["NAME"]
    connection.close()
    settings["NAME"] = str(file)
    try:
        yield
    finally:
        connection.close()
        settings["NAME"] = name


def is_database(file: Path) -> bool:
    """Whether it is there and SQLite can read it."""
    if not file.exists() or not file.stat().st_size:
        return False
    try:
        with _opened(file, "rw") as found:
            found.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)
    return True


def _copy_into(staged: Path, live: Path) -> None:
    """A transaction of the live database: a kill leaves it as it was, and who reads goes on reading the old one."""
    end = time.monotonic() + PATIENCE

    def waited(status: int, remaining: int, total: int) -> None:
        if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED} and time.monotonic() > end:
            raise BackupError("The database is being written all the time. Stop the web server, then try again.")

    try:
        with _opened(staged, "ro") as source, _opened(live, "rw") as target:
            target.execute("PRAGMA synchronous=FULL")
            source.backup(target, progress=waited, sleep=0.1)
    except sqlite3.Error as error:
        raise BackupError(f"The database can't be replaced: {error}. Nothing was changed.") from None


def _is_sound(file: Path) -> bool:
    with _opened(file, "rw") as opened, contextlib.suppress(sqlite3.DatabaseError):
        return bool(opened.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    return False


@contextmanager
def _opened(file: Path, mode: str) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode={mode}", uri=True, timeout=20)) as opened:
        yield opened


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
