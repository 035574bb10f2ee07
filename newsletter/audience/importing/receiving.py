"""Taking a file in: what kind it is, its pieces in the database, and how its rows are to be read."""

from __future__ import annotations

import codecs
import tempfile
from collections.abc import Iterator
from typing import BinaryIO

from django.utils.translation import gettext as _

from newsletter.audience.importing import workbook
from newsletter.audience.importing.content import Place, Record, records, store
from newsletter.audience.importing.errors import ImportFileError
from newsletter.audience.importing.sniffing import (
    SAMPLE,
    XLSX,
    EncodingCounter,
    refuse_other_kinds,
    save_as_csv,
    sniff,
    wide_encoding,
)
from newsletter.models import SubscriberImport

MAX_FILE = 1024 * 1024 * 1024
_CHUNK = 256 * 1024


def receive(job: SubscriberImport, content: BinaryIO) -> None:
    """Keep the file and set `size` and `reading` of the job, which is not saved.

    Raises:
        ImportFileError: no list of readers, or none that can be read.
    """
    start = content.read(_CHUNK)
    refuse_other_kinds(start)
    counter = EncodingCounter()
    if start.startswith(XLSX):
        with tempfile.TemporaryFile() as file:
            job.size = _spool(start, content, file)
            store(job, _counted(workbook.as_csv(file), counter))
    elif wide := wide_encoding(start):
        job.size = store(job, _counted(_narrowed(_pieces(start, content), wide), counter))
    else:
        job.size = store(job, _counted(_one_line_end(_pieces(start, content)), counter))
    job.reading = _reading(job, encoding=counter.encoding, broken=counter.broken)


def first_rows(job: SubscriberImport, limit: int) -> list[Record]:
    """The first rows of readers."""
    place = Place(offset=job.reading["first_offset"], line=job.reading["first_line"])
    rows: list[Record] = []
    for record in records(job, place):
        rows.append(record)
        if len(rows) == limit:
            break
    return rows


def _reading(job: SubscriberImport, *, encoding: str, broken: bool) -> dict[str, object]:
    sample = b"".join(bytes(content) for content in job.parts.order_by("number").values_list("content", flat=True)[:2])
    head = sample[:SAMPLE]
    if len(sample) > len(head) and b"\n" in head:
        head = head[: head.rindex(b"\n") + 1]
    text = head.decode(encoding, "surrogateescape" if encoding == "utf-8" else "replace")
    dialect = sniff(text)
    reading: dict[str, object] = {
        "encoding": encoding,
        "broken": broken and encoding == "utf-8",
        "delimiter": dialect.delimiter,
        "has_header": dialect.has_header,
        "header": list(dialect.header),
    }
    job.reading = reading
    place = Place()
    lines = head.split(b"\n")
    for line in lines[: dialect.skip]:
        place.offset += len(line) + 1
        place.line += 1
    if dialect.has_header and next(records(job, place), None) is None:
        raise ImportFileError(_("The file is empty. Please save the list once more."))
    return {**reading, "first_offset": place.offset, "first_line": place.line}


def _pieces(start: bytes, content: BinaryIO) -> Iterator[bytes]:
    piece, size = start.removeprefix(codecs.BOM_UTF8), 0
    while piece:
        size += len(piece)
        if size > MAX_FILE:
            raise ImportFileError(_("The file is larger than 1 GB. Please cut it into smaller ones."))
        yield piece
        piece = content.read(_CHUNK)


def _counted(pieces: Iterator[bytes], counter: EncodingCounter) -> Iterator[bytes]:
    for piece in pieces:
        counter.feed(piece)
        yield piece
    counter.feed(b"", last=True)


def _narrowed(pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """UTF-16 as UTF-8; what can't be read becomes a mark that its row is refused for."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    first = True
    for piece in pieces:
        text = decoder.decode(piece)
        yield from _one_line_end([(text.removeprefix("\ufeff") if first else text).encode("utf-8", "replace")])
        first = False
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _one_line_end(pieces: Iterator[bytes] | list[bytes]) -> Iterator[bytes]:
    """The old Mac's carriage returns as line feeds, where a file has no others."""
    old = None
    for piece in pieces:
        if old is None and (b"\n" in piece or b"\r" in piece):
            old = b"\n" not in piece
        yield piece.replace(b"\r", b"\n") if old else piece


def _spool(start: bytes, content: BinaryIO, file: BinaryIO) -> int:
    size, piece = 0, start
    while piece:
        size += file.write(piece)
        if size > workbook.MAX_FILE:
            raise ImportFileError(_("This workbook is larger than 30 MB.") + f" {save_as_csv()}")
        piece = content.read(_CHUNK)
    file.seek(0)
    return size
