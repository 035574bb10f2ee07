"""PostgreSQL: a dump by its own client, and putting one back in a single transaction of ours.

`pg_restore` only turns the dump into statements; they run on Django's connection, so that migrations and what else has
to happen before anybody sees the restored rows are in the same transaction.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.db import Error, connection, transaction

from core.backup.errors import ArchiveError, BackupError
from core.backup.manifest import DAMAGED, Manifest
from core.backup.tables import bring_up_to_date, migrations_of, rows_of, tables_of

#: Waiting for whoever still uses the tables.
PATIENCE = "30s"

_BATCH = 256 * 1024
#: `psql` reads these lines of a script; a server doesn't.
_FOR_PSQL = (b"\\restrict ", b"\\unrestrict ")


def snapshot(target: Path) -> tuple[tuple[str, ...], dict[str, int]]:
    """Dump our tables as they are at this moment; returns their migrations and rows.

    Raises:
        BackupError: the client is missing, too old, or failed.
    """
    pg_dump = _client("pg_dump")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot(), current_schema()")
            exported, schema = cursor.fetchone()
            tables = tables_of(connection)
            if not tables:
                raise BackupError("The database has no tables. Run manage.py migrate first.")
            chosen = [f'--table="{schema}"."{table}"' for table in tables]
            how = ("--format=custom", "--no-owner", "--no-privileges", "--no-password")
            _run([pg_dump, *how, f"--file={target}", f"--snapshot={exported}", *chosen])
            return migrations_of(connection), rows_of(connection, tables)
    except Error as error:
        raise BackupError(f"The database can't be dumped: {error}") from None


class Prepared:
    """A transaction in which everything was done and that only has to be committed."""

    def __init__(self, atomic: transaction.Atomic) -> None:
        self._atomic = atomic
        self.was_tried = False

    def commit(self) -> None:
        """
        Raises:
            BackupError: the server refused, or went away before it could say what it did.
        """
        self.was_tried = True
        try:
            self._atomic.__exit__(None, None, None)
        except Error as error:
            raise BackupError(
                f"The server did not say whether it has put the database back: {error} Look at it, or try again."
            ) from None


@contextmanager
def preparing(
    staged: Path, manifest: Manifest, *, finish: Callable[[], None], still_allowed: Callable[[], None]
) -> Iterator[Prepared]:
    """Put the dump in place of our tables, in a transaction that stays open.

    Raises:
        ArchiveError: it isn't the database that the manifest describes.
        BackupError: the client is missing or too old, or the tables are in use.
    """
    pg_restore = _client("pg_restore")
    atomic = transaction.Atomic(using=connection.alias, savepoint=True, durable=True)
    atomic.__enter__()
    prepared = Prepared(atomic)
    try:
        _load(pg_restore, staged, manifest, still_allowed)
        bring_up_to_date(finish)
        yield prepared
    except BaseException as error:
        if not prepared.was_tried:
            atomic.__exit__(type(error), error, error.__traceback__)
        if isinstance(error, Error):
            raise BackupError(f"The database can't be put back: {error} Nothing was changed.") from None
        raise


def _load(pg_restore: str, staged: Path, manifest: Manifest, still_allowed: Callable[[], None]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('search_path'), quote_ident(current_schema())")
        path, schema = cursor.fetchone()
        cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
        there = [f"{schema}.{connection.ops.quote_name(table)}" for table in _in_the_way(manifest.rows)]
        if there:
            cursor.execute(f"LOCK TABLE {', '.join(there)} IN ACCESS EXCLUSIVE MODE")
        still_allowed()  # from here on nobody can begin
        if there:
            cursor.execute(f"DROP TABLE {', '.join(there)} CASCADE")
        for section in ("pre-data", "data", "post-data"):
            _play(pg_restore, staged, section)
        cursor.execute("SELECT set_config('search_path', %s, false)", [path])
        # A data migration's checks would otherwise wait for the end, and keep the next one from changing its table.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    if rows_of(connection, manifest.rows) != manifest.rows:
        raise ArchiveError(DAMAGED.format(what="its database is not whole"))


def _in_the_way(tables: Iterable[str]) -> list[str]:
    """Our tables, those of the backup, and no others: the database may hold somebody else's, too."""
    with connection.cursor() as cursor:
        found = set(connection.introspection.table_names(cursor))
    return sorted(found.intersection({*tables, *tables_of(connection)}))


def _play(pg_restore: str, staged: Path, section: str) -> None:
    """Run the statements of a section, as `pg_restore` writes them."""
    command = [pg_restore, f"--section={section}", "--no-owner", "--no-privileges", "--file=-", str(staged)]
    raw: Any = connection.connection
    with (
        tempfile.TemporaryFile() as problems,
        connection.wrap_database_errors,
        raw.cursor() as cursor,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=problems) as made,  # noqa: S603 - our own arguments
    ):
        assert made.stdout is not None  # noqa: S101 - asked for above
        if section == "data":
            _play_rows(cursor, made.stdout)
        elif script := b"".join(line for line in made.stdout if not line.startswith(_FOR_PSQL)):
            cursor.execute(script)
        if made.wait():
            problems.seek(0)
            said = problems.read(500).decode(errors="replace").strip()
            raise ArchiveError(f"The dump in the file can't be read: {said}. Nothing was changed.")


def _play_rows(cursor: Any, script: IO[bytes]) -> None:
    """Statements end with a line's end; what follows COPY ... FROM stdin are rows, up to a line that is `\\.`"""
    statement = b""
    for line in script:
        if line.startswith((b"--", *_FOR_PSQL)) or not line.strip():
            continue
        statement += line
        if line.rstrip().endswith(b"FROM stdin;"):
            with cursor.copy(statement) as copy:
                for rows in _batches(script):
                    copy.write(rows)
            statement = b""
        elif line.rstrip().endswith(b";"):
            cursor.execute(statement)
            statement = b""


def _batches(script: IO[bytes]) -> Iterator[bytes]:
    rows = bytearray()
    for line in script:
        if line == b"\\.\n":
            break
        rows += line
        if len(rows) >= _BATCH:
            yield bytes(rows)
            rows.clear()
    yield bytes(rows)


_PACKAGE = (
    "Install the client of the server's version or a newer one (Debian and Ubuntu: apt-get install "
    "postgresql-client-{version})."
)


def _client(name: str) -> str:
    """The path of one of the client's programs.

    Raises:
        BackupError: it is missing, or older than the server.
    """
    connection.ensure_connection()
    server = int(connection.pg_version) // 10000  # type: ignore[attr-defined]
    package = _PACKAGE.format(version=server)
    path = shutil.which(name)
    if path is None:
        raise BackupError(f"{name} is not installed here. {package}")
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    found = re.search(r"\) (\d+)", said)
    if found is None or int(found[1]) < server:
        raise BackupError(f"{name} is older than the server ({said.strip()}; the server is {server}). {package}")
    return path


def _run(command: list[str]) -> None:
    arguments, environment = type(connection.client).settings_to_cmd_args_env(connection.settings_dict, [])
    # Django builds the call of psql: its options for host, port and user are pg_dump's, too.
    done = subprocess.run(  # noqa: S603 - our own arguments
        [*command, *arguments[1:]],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise BackupError(f"{Path(command[0]).name} failed: {done.stderr.strip()[:500]}")
