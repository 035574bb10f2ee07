"""The archive: a gzipped tar, written and read from front to back, never whole in memory.

rounds-backup.json   what kind of backup it is (`Head`)
database             the snapshot
media/...            the media files, unless they are in a bucket
manifest.json        what was in it (`Manifest`)
"""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from core.backup.errors import ArchiveError
from core.backup.manifest import DAMAGED, NO_BACKUP, Head, Manifest, Media, Part

HEAD, DATABASE, MEDIA, MANIFEST = "rounds-backup.json", "database", "media/", "manifest.json"

#: The level that costs little: pictures are compressed already, and text is after a little, too.
_LEVEL = 3
_BUFFER = 1024 * 1024
_LONGEST_HEAD = 64 * 1024
_LONGEST_MANIFEST = 16 * 1024 * 1024

_NOT_READABLE = (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, UnicodeError)


@dataclass(slots=True)
class MediaSum:
    """Counts and hashes the media while they pass."""

    files: int = 0
    size: int = 0
    _hash: hashlib._Hash = field(default_factory=hashlib.sha256)

    def begin(self, name: str, size: int) -> None:
        self.files += 1
        self.size += size
        self._hash.update(member_line(name, size))

    def feed(self, piece: bytes) -> None:
        self._hash.update(piece)

    def media(self, bucket: str = "") -> Media:
        return Media(bucket=bucket, files=self.files, size=self.size, sha256=self._hash.hexdigest())


def member_line(name: str, size: int) -> bytes:
    """What stands for a file's name and length in the sum of the media."""
    return f"{size} {name}\n".encode("utf-8", "surrogateescape")


class ArchiveWriter:
    """Writes the members in their order; `writing` opens it."""

    def __init__(self, tar: tarfile.TarFile, head: Head) -> None:
        self._tar = tar
        self._head = head
        self._media = MediaSum()
        self._database: Part | None = None
        self._add(HEAD, io.BytesIO(content := head.dump()), len(content))

    def add_database(self, file: Path) -> None:
        digest = hashlib.sha256()
        with file.open("rb") as source:
            size = file.stat().st_size
            self._add(DATABASE, _Watched(source, digest.update), size)
        self._database = Part(size=size, sha256=digest.hexdigest())

    def add_media(self, name: str, source: IO[bytes], size: int) -> None:
        """
        Raises:
            OSError: the file is shorter than it said.
        """
        self._media.begin(name, size)
        self._add(MEDIA + name, _Watched(source, self._media.feed), size)

    def finish(self, *, migrations: tuple[str, ...], rows: dict[str, int], bucket: str) -> Manifest:
        """Write the manifest: only now the archive is whole."""
        assert self._database is not None  # noqa: S101 - our own order
        manifest = Manifest(
            head=self._head,
            migrations=migrations,
            rows=rows,
            database=self._database,
            media=self._media.media(bucket),
        )
        self._add(MANIFEST, io.BytesIO(content := manifest.dump()), len(content))
        return manifest

    def _add(self, name: str, source: IO[bytes] | _Watched, size: int) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = size, 0o600, int(self._head.made_at.timestamp())
        self._tar.addfile(member, source)  # type: ignore[arg-type]
        vars(self._tar)["members"].clear()  # it remembers every one, and nobody asks


@contextmanager
def writing(file: IO[bytes], head: Head) -> Iterator[ArchiveWriter]:
    """An archive in the making."""
    with (
        gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=_LEVEL, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT, encoding="utf-8") as tar,
    ):
        yield ArchiveWriter(tar, head)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A part of the archive: read its content before the next one."""

    name: str
    size: int
    content: IO[bytes]

    def pieces(self) -> Iterator[bytes]:
        while piece := self.content.read(_BUFFER):
            yield piece


@contextmanager
def reading(file: Path) -> Iterator[tuple[Head, Iterator[Member]]]:
    """Its head, and the members after it, each checked to be a plain file with a name that stays where it is put.

    Raises:
        ArchiveError: not ours, damaged, cut off, or with something in it that our own backups never hold. Inside the
            block, too, as the archive is read on.
    """
    with file.open("rb") as raw, _readable(), gzip.GzipFile(fileobj=raw, mode="rb") as packed:
        with _ours():
            tar = tarfile.open(fileobj=packed, mode="r|", encoding="utf-8")  # noqa: SIM115 - closed below
            first = tar.next()
            if first is None or first.name != HEAD or not first.isreg() or first.size > _LONGEST_HEAD:
                raise ArchiveError(NO_BACKUP)
            head = Head.load(_content(tar, first).read())
        with tar:
            yield head, _members(tar, packed)


def read_manifest(member: Member) -> Manifest:
    if member.size > _LONGEST_MANIFEST:
        raise ArchiveError(DAMAGED.format(what="its manifest is too long"))
    return Manifest.load(member.content.read())


def _members(tar: tarfile.TarFile, packed: gzip.GzipFile) -> Iterator[Member]:
    seen_last = False
    while (member := tar.next()) is not None:
        vars(tar)["members"].clear()  # it remembers every one, and nobody asks
        if seen_last:
            raise ArchiveError(DAMAGED.format(what="there is something after its manifest"))
        if not member.isreg() or member.issparse() or not _stays(member.name):
            raise ArchiveError(
                f"The file has something in it that no backup holds ({member.name[:100]!r}). Nothing was changed."
            )
        seen_last = member.name == MANIFEST
        yield Member(name=member.name, size=member.size, content=_content(tar, member))
    if not seen_last:
        raise ArchiveError(DAMAGED.format(what="its end is missing"))
    while packed.read(_BUFFER):  # gzip compares its checksum at the very end
        pass


def _stays(name: str) -> bool:
    """Whether the name is one of ours, and a media file's can't leave the folder that it is put into."""
    if name in {DATABASE, MANIFEST}:
        return True
    parts = name.removeprefix(MEDIA).split("/")
    return name.startswith(MEDIA) and not any(part in {"", ".", ".."} or "\0" in part for part in parts)


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = tar.extractfile(member)
    assert content is not None  # noqa: S101 - regular files have one
    return content


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except _NOT_READABLE as error:
        raise ArchiveError(DAMAGED.format(what=f"it can't be read on ({error})")) from None


@contextmanager
def _ours() -> Iterator[None]:
    try:
        yield
    except _NOT_READABLE:
        raise ArchiveError(NO_BACKUP) from None


class _Watched:
    """A file whose content is seen by somebody else, too, as it is read."""

    def __init__(self, source: IO[bytes], watch: Callable[[bytes], None]) -> None:
        self._source, self._watch = source, watch

    def read(self, size: int) -> bytes:
        piece = self._source.read(size)
        self._watch(piece)
        return piece
