"""The media files: walked for a backup, put back after a restore.

A restore must leave the old media with the old database or the new ones with the new. So new files are put beside the
old ones before the database changes, which harms neither; what takes the place of another file, or goes, waits until
the database has changed. Killed in between, running the same restore again does the rest.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from core.backup import crash_points
from core.backup.archive import MediaSum, Member
from core.backup.errors import ArchiveError, BackupError

#: In the media folder, so that putting a file in its place is a rename.
STAGING = ".restoring"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the site keeps its media: a folder, or a bucket that no backup holds."""

    folder: Path | None
    bucket: str = ""


def place() -> Place:
    """What MEDIA_STORAGE says.

    Raises:
        BackupError: neither a folder nor a bucket.
    """
    options = settings.STORAGES["default"].get("OPTIONS", {})
    if bucket := options.get("bucket_name"):
        return Place(folder=None, bucket=f"s3://{bucket}")
    if folder := options.get("location") or settings.MEDIA_ROOT:
        return Place(folder=Path(folder))
    raise BackupError("MEDIA_STORAGE is neither a folder nor a bucket.")


def walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file under it with its name relative to it, sorted. Links are followed: a folder of pictures may be on
    another disk. Sockets and the like are left out."""
    yield from _walk(folder, "", frozenset())


def _walk(folder: Path, prefix: str, above: frozenset[tuple[int, int]]) -> Iterator[tuple[str, Path]]:
    here = folder.stat()
    if (identity := (here.st_dev, here.st_ino)) in above:  # a link to a folder that it lies in
        return
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if entry.is_dir() and (prefix or entry.name != STAGING):
            yield from _walk(Path(entry.path), f"{prefix}{entry.name}/", above | {identity})
        elif entry.is_file():
            yield prefix + entry.name, Path(entry.path)


class Staged:
    """Media of an archive that wait in `staging` to be put into `folder`."""

    def __init__(self, folder: Path, staging: Path) -> None:
        self._folder = folder
        self._staging = staging
        self.sum = MediaSum()

    def receive(self, name: str, member: Member) -> None:
        """
        Raises:
            ArchiveError: its name is there already, or can't be a file's.
        """
        file = self._staging / name
        self.sum.begin(name, member.size)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("xb") as target:
                if settings.FILE_UPLOAD_PERMISSIONS is not None:  # the web server reads them as somebody else
                    os.fchmod(target.fileno(), settings.FILE_UPLOAD_PERMISSIONS)
                for piece in member.pieces():
                    self.sum.feed(piece)
                    target.write(piece)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            raise ArchiveError(f"The file is damaged: {name!r} is in it twice. Take another backup.") from None

    def add(self) -> None:
        """Put the files that are new beside the old ones; no other is touched."""
        for name, staged in walk(self._staging):
            live = self._folder / name
            live.parent.mkdir(parents=True, exist_ok=True)
            try:
                live.hardlink_to(staged)
            except FileExistsError:
                continue
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                if not live.exists():
                    _copy(staged, live)

    def take_back(self) -> None:
        """Undo `add`: nothing else was changed."""
        for name, staged in walk(self._staging):
            live = self._folder / name
            if live.exists() and live.samefile(staged):
                live.unlink()

    def finish(self) -> None:
        """Put the rest in its place, and remove what the archive doesn't hold."""
        stale = [name for name, _ in walk(self._folder) if not (self._staging / name).is_file()]
        for name, staged in walk(self._staging):
            _move(staged, self._folder / name)
        crash_points.reached("inside_media")
        for name in stale:
            (self._folder / name).unlink()
        _remove_empty_folders(self._folder, stale)


#: What says that a file can't have a second name here, or not on that disk.
_NO_LINKS = frozenset({errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS, errno.EACCES})


def _move(staged: Path, live: Path) -> None:
    try:
        staged.replace(live)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy(staged, live)


def _copy(staged: Path, live: Path) -> None:
    """To another disk: whole under its name, or not at all."""
    draft = live.with_name(f"{STAGING}-{os.getpid()}")
    shutil.copyfile(staged, draft)
    draft.replace(live)


def _remove_empty_folders(folder: Path, names: Iterable[str]) -> None:
    parents = {parent for name in names for parent in (folder / name).parents if folder in parent.parents}
    for parent in sorted(parents, key=lambda one: len(one.parts), reverse=True):
        if not parent.is_symlink() and not any(parent.iterdir()):
            parent.rmdir()
