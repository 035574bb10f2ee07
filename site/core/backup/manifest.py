"""What a backup says of itself: first what kind it is, at its end what is in it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from core.backup.errors import ArchiveError

#: Grows when older versions can't read what newer ones write.
FORMAT = 1

NO_BACKUP = "This is no backup of Rounds. Name a file that `manage.py backup` wrote."
DAMAGED = "The file is damaged: {what}. Take another backup."
NEWER = (
    "This backup was made by a newer version of Rounds (its format is {found}, this version reads up to {known}). "
    "Install that version first."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The archive's first member."""

    format: int
    made_at: datetime  #: aware
    vendor: str  #: `sqlite` or `postgresql`

    def dump(self) -> bytes:
        return _json({"rounds_backup": self.format, "made_at": self.made_at.isoformat(), "vendor": self.vendor})

    @classmethod
    def load(cls, content: bytes) -> Head:
        """
        Raises:
            ArchiveError: not ours, or of a newer format.
        """
        document = _read(content, NO_BACKUP)
        found = document.get("rounds_backup")
        if not isinstance(found, int):
            raise ArchiveError(NO_BACKUP)
        if found > FORMAT:
            raise ArchiveError(NEWER.format(found=found, known=FORMAT))
        return cls(format=found, made_at=_instant(document), vendor=str(document.get("vendor")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`size` in bytes; `sha256` in hexadecimal digits."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """`bucket` is empty where the files are in the archive. `sha256` is over `core.backup.archive.member_line` and
    content of every file, in the order of the archive."""

    bucket: str
    files: int
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The archive's last member: without it the archive is not whole."""

    head: Head
    migrations: tuple[str, ...]  #: `app.name`, sorted
    rows: dict[str, int]  #: of each table
    database: Part
    media: Media

    def dump(self) -> bytes:
        document = asdict(self)
        document["head"] = json.loads(self.head.dump())
        return _json(document)

    @classmethod
    def load(cls, content: bytes) -> Manifest:
        """
        Raises:
            ArchiveError: it can't be read.
        """
        document = _read(content, DAMAGED.format(what="its manifest can't be read"))
        try:
            return cls(
                head=Head.load(_json(document["head"])),
                migrations=tuple(str(name) for name in document["migrations"]),
                rows={str(table): int(count) for table, count in document["rows"].items()},
                database=Part(**document["database"]),
                media=Media(**document["media"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise ArchiveError(DAMAGED.format(what="its manifest lacks something")) from None


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n"


def _read(content: bytes, problem: str) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise ArchiveError(problem) from None
    if not isinstance(document, dict):
        raise ArchiveError(problem)
    return document


def _instant(document: dict[str, Any]) -> datetime:
    try:
        instant = datetime.fromisoformat(str(document["made_at"]))
    except (KeyError, ValueError):
        raise ArchiveError(NO_BACKUP) from None
    if instant.tzinfo is None:
        raise ArchiveError(NO_BACKUP)
    return instant
