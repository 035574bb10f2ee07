"""Putting a backup back: everything is looked at before anything is changed, and the database changes in one step."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from core.backup import crash_points, media, postgresql, sqlite
from core.backup.archive import DATABASE, MANIFEST, MEDIA, Member, read_manifest, reading
from core.backup.errors import ArchiveError, BackupError
from core.backup.manifest import DAMAGED, Head, Manifest, Part
from core.backup.tables import refuse_unknown
from core.backup.workroom import workroom

_VENDORS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rooms:
    """Where the parts wait: each on the disk that it will stay on."""

    database: Path
    media: Path | None  #: None with a bucket


def restore(file: Path, *, finish: Callable[[Manifest], None], still_allowed: Callable[[], None]) -> Manifest:
    """Put back database and media, and bring the database to this version.

    `finish` runs on the restored database before anybody sees it; `still_allowed` on the old one right before the
    change, and may raise.

    A kill leaves the old publication or the new one. Of the media, what the new one does not need may still lie there
    then: running the same restore again removes it.

    Raises:
        BackupError: it can't be done; nothing was changed.
    """
    try:
        with reading(file) as (head, members), _rooms(head) as rooms:
            manifest, staged = _stage(members, rooms)
            _compare(head, manifest, staged)
            crash_points.reached("after_staging")
            _change(manifest, rooms, staged, lambda: finish(manifest), still_allowed)
            return manifest
    except OSError as error:
        hint = " Make room, then try again." if error.errno == errno.ENOSPC else ""
        raise BackupError(f"{error.strerror or error} ({error.filename or file}).{hint}") from None


@contextmanager
def _rooms(head: Head) -> Iterator[_Rooms]:
    """
    Raises:
        ArchiveError: the backup is of another kind of database.
    """
    if head.vendor != connection.vendor:
        raise ArchiveError(
            f"This backup is of a {_VENDORS.get(head.vendor, head.vendor)} database, and DATABASE_URL names one of "
            f"{_VENDORS[connection.vendor]}. Restore it where it came from."
        )
    place = media.place()
    near = sqlite.file_of() if connection.vendor == "sqlite" else Path(settings.VAR_DIR) / "postgresql"
    near.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        database = stack.enter_context(workroom(near.with_name(f".{near.name}.restoring")))
        folder = None
        if place.folder is not None:
            place.folder.mkdir(parents=True, exist_ok=True)
            folder = stack.enter_context(workroom(place.folder / media.STAGING))
        yield _Rooms(database=database / "database", media=folder)


@dataclass(slots=True)
class _Staged:
    database: Part | None = None
    media: media.Staged | None = None


def _stage(members: Iterator[Member], rooms: _Rooms) -> tuple[Manifest, _Staged]:
    """Unpack everything beside what is there, once through the archive to its checked end."""
    staged = _Staged()
    if rooms.media is not None:
        staged.media = media.Staged(rooms.media.parent, rooms.media)
    manifest = None
    for member in members:
        if member.name == MANIFEST:
            manifest = read_manifest(member)
            continue
        room = rooms.database.parent if member.name == DATABASE else rooms.media
        if room is None:
            raise BackupError(
                "The backup holds media files, and MEDIA_STORAGE is a bucket here. Restore it with MEDIA_STORAGE as a "
                "folder, then copy that into the bucket."
            )
        _see_to_room(room, member)
        if member.name == DATABASE:
            staged.database = _receive_database(member, rooms.database)
        else:
            assert staged.media is not None  # noqa: S101 - there is a room for it
            staged.media.receive(member.name.removeprefix(MEDIA), member)
    if manifest is None or staged.database is None:
        raise ArchiveError(DAMAGED.format(what="a part is missing"))
    return manifest, staged


def _see_to_room(room: Path, member: Member) -> None:
    if shutil.disk_usage(room).free < member.size:
        raise BackupError(f"There is no room for {member.name} ({member.size:,} bytes) in {room.parent}. Make room.")


def _receive_database(member: Member, file: Path) -> Part:
    digest = hashlib.sha256()
    try:
        with file.open("xb") as target:
            for piece in member.pieces():
                digest.update(piece)
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())
    except FileExistsError:
        raise ArchiveError(DAMAGED.format(what="its database is in it twice")) from None
    return Part(size=member.size, sha256=digest.hexdigest())


def _compare(head: Head, manifest: Manifest, staged: _Staged) -> None:
    """
    Raises:
        ArchiveError: what was in the archive isn't what its manifest says, or a newer version wrote it.
    """
    found = None if staged.media is None else staged.media.sum.media(manifest.media.bucket)
    if manifest.head != head or manifest.database != staged.database:
        raise ArchiveError(DAMAGED.format(what="its database is not the one that was backed up"))
    if found is not None and found != manifest.media:
        raise ArchiveError(DAMAGED.format(what="its media files are not those that were backed up"))
    refuse_unknown(manifest.migrations)


def _change(
    manifest: Manifest,
    rooms: _Rooms,
    staged: _Staged,
    finish: Callable[[], None],
    still_allowed: Callable[[], None],
) -> None:
    files = None if manifest.media.bucket else staged.media
    preparing = postgresql.preparing if connection.vendor == "postgresql" else sqlite.preparing
    with preparing(rooms.database, manifest, finish=finish, still_allowed=still_allowed) as prepared:
        crash_points.reached("after_preparing")
        try:
            if files is not None:
                files.add()
            os.sync()  # what the new rows name is on the disk before they are
            crash_points.reached("before_commit")
            prepared.commit()
        except BaseException:
            if files is not None and not prepared.was_tried:
                files.take_back()
            raise
    connection.close()
    crash_points.reached("after_commit")
    if files is not None:
        files.finish()
