"""Making a backup: a snapshot of the database, then the media, into one file that is whole or not there."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection

from core.backup import crash_points, media, postgresql, sqlite
from core.backup.archive import ArchiveWriter, writing
from core.backup.errors import BackupError
from core.backup.manifest import FORMAT, Head, Manifest
from core.backup.workroom import workroom


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was backed up; `left_out` are names of media files that were gone when their turn came."""

    manifest: Manifest
    size: int
    left_out: list[str]


def make_backup(file: Path, *, now: datetime, replace: bool = False) -> Made:
    """Write the backup to `file`, readable by its owner only, while the site runs and a worker sends.

    The database comes first: its rows name only media that were there before.

    Raises:
        BackupError: there is a file already, no room, or the database can't be copied. No file was made or changed.
    """
    file = file.absolute()
    if file.is_dir() or (not replace and os.path.lexists(file)):
        raise BackupError(f"{file} is there already. Choose another name, or say --force to replace it.")
    if not file.parent.is_dir():
        raise BackupError(f"There is no folder {file.parent}. Make it, or choose another one.")
    try:
        with workroom(file.with_name(f".{file.name}.unfinished")) as room:
            made = _write(room, room / "draft", now=now)
            _put(room / "draft", file, replace=replace)
            return made
    except OSError as error:
        hint = " Make room, then try again." if error.errno == errno.ENOSPC else ""
        raise BackupError(f"The backup can't be written: {error.strerror} ({error.filename or file}).{hint}") from None


def _write(room: Path, draft: Path, *, now: datetime) -> Made:
    place = media.place()
    snapshot = snapshot_of_vendor()
    migrations, rows = snapshot(room / "database")
    crash_points.reached("after_snapshot")
    head = Head(format=FORMAT, made_at=now, vendor=connection.vendor)
    left_out: list[str] = []
    with open(draft, "xb", opener=_private) as output:
        with writing(output, head) as archive:
            archive.add_database(room / "database")
            (room / "database").unlink()
            crash_points.reached("inside_archive")
            if place.folder is not None and place.folder.is_dir():
                left_out = _add_media(archive, place.folder)
            manifest = archive.finish(migrations=migrations, rows=rows, bucket=place.bucket)
        output.flush()
        os.fsync(output.fileno())
    crash_points.reached("before_rename")
    return Made(manifest=manifest, size=draft.stat().st_size, left_out=left_out)


def snapshot_of_vendor() -> Callable[[Path], tuple[tuple[str, ...], dict[str, int]]]:
    return postgresql.snapshot if connection.vendor == "postgresql" else sqlite.snapshot


def _add_media(archive: ArchiveWriter, folder: Path) -> list[str]:
    """Returns the names of files that were gone when their turn came. No row of the snapshot needs one that is new."""
    gone = []
    for name, path in media.walk(folder):
        try:
            source = path.open("rb")
        except FileNotFoundError:
            gone.append(name)
            continue
        with source:
            try:
                archive.add_media(name, source, os.fstat(source.fileno()).st_size)
            except OSError as error:
                if error.errno is None:  # tarfile's word for a file that ended early
                    raise BackupError(f"{path} became shorter while it was read. Try again.") from None
                raise
    return gone


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _put(draft: Path, file: Path, *, replace: bool) -> None:
    """Give it its name; without `replace` never in place of another, not even one that came meanwhile."""
    if replace:
        draft.replace(file)
    else:
        try:
            file.hardlink_to(draft)
        except FileExistsError:
            raise BackupError(f"{file} came to be meanwhile; it was not replaced.") from None
        except OSError:  # a disk without second names
            draft.rename(file)
    folder = os.open(file.parent, os.O_RDONLY)
    with contextlib.suppress(OSError):
        os.fsync(folder)
    os.close(folder)
