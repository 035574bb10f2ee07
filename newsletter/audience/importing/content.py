"""The content of an uploaded file: kept in pieces, read back line by line and row by row from any place."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _

from newsletter.audience.importing.errors import ImportFileError
from newsletter.audience.importing.sniffing import MAX_COLUMNS, too_many_columns
from newsletter.models import ImportPart, SubscriberImport

PART = 512 * 1024
#: A line longer than this is held by nobody's memory: it ends the import.
LONGEST_LINE = 16 * 1024 * 1024
_SUSPICIOUS_LINE = 64 * 1024


@dataclass(slots=True)
class Place:
    """Where a reader of the file is: bytes and lines before the next row."""

    offset: int = 0
    line: int = 0


class Record(NamedTuple):
    """One row. `cells` is None where it can't be taken apart."""

    number: int
    cells: list[str] | None


def store(job: SubscriberImport, pieces: Iterable[bytes]) -> int:
    """Keep the content; returns its size in bytes. Each piece is committed for itself."""
    size, number, rest = 0, 0, b""
    for piece in pieces:
        rest += piece
        while len(rest) >= PART:
            ImportPart.objects.create(job=job, number=number, content=rest[:PART])
            size, number, rest = size + PART, number + 1, rest[PART:]
    if rest:
        ImportPart.objects.create(job=job, number=number, content=rest)
    return size + len(rest)


def records(job: SubscriberImport, place: Place) -> Iterator[Record]:
    """Rows from a place on, which moves along: after each row it is where the next one begins.

    Raises:
        ImportFileError: a line that no memory should hold.
    """
    delimiter = str(job.reading["delimiter"])
    lines = _lines(job, place, encoding=str(job.reading["encoding"]), delimiter=delimiter)
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        number = place.line + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Record(number, None)
            continue
        if cells and (cells[0] or not all(not cell or cell.isspace() for cell in cells)):
            yield Record(number, cells)


def readers(job: SubscriberImport, place: Place) -> Iterator[Record]:
    """The rows after header and preface."""
    if place.line < job.reading["first_line"]:
        place.offset, place.line = job.reading["first_offset"], job.reading["first_line"]
    return records(job, place)


def _lines(job: SubscriberImport, place: Place, *, encoding: str, delimiter: str) -> Iterator[str]:
    errors = "surrogateescape" if encoding == "utf-8" else "replace"
    separator = delimiter.encode()
    for line in _raw_lines(job, place.offset):
        place.offset += len(line)
        place.line += 1
        if len(line) > _SUSPICIOUS_LINE and line.count(separator) > MAX_COLUMNS * 20:
            raise ImportFileError(_("Line %(line)s:") % {"line": place.line} + f" {too_many_columns()}")
        yield line.decode(encoding, errors)


def _raw_lines(job: SubscriberImport, offset: int) -> Iterator[bytes]:
    """Lines from an offset on, ends included. Pieces are fetched one at a time."""
    number, skip = divmod(offset, PART)
    rest = b""
    while True:
        content = ImportPart.objects.filter(job=job, number=number).values_list("content", flat=True).first()
        if content is None:
            break
        lines = (rest + bytes(content)[skip:]).split(b"\n")
        rest = lines.pop()
        for line in lines:
            yield line + b"\n"
        if len(rest) > LONGEST_LINE:
            raise ImportFileError(_("A line is longer than 16 MB: this is no list of readers."))
        number, skip = number + 1, 0
    if rest:
        yield rest
