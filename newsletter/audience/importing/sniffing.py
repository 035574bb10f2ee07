"""How a file is written: what it is at all, its encoding, its delimiter, whether it has a header. Pure."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from newsletter.audience.importing.errors import ImportFileError
from newsletter.audience.importing.mapping import is_address

#: More columns than any list of readers has; a file with more is no such list.
MAX_COLUMNS = 500
#: Bytes looked at to tell the delimiter and the header.
SAMPLE = 64 * 1024
SAMPLE_ROWS = 50
DELIMITERS = ",;\t|"
XLSX = b"PK\x03\x04"

_NOT_DEFINED_IN_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_BAD_BYTES = re.compile("[\udc80-\udcff]")
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n?", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """Where the rows begin and how they are cut."""

    delimiter: str
    header: tuple[str, ...]
    has_header: bool
    #: Lines before the first row of readers.
    skip: int


def refuse_other_kinds(start: bytes) -> None:
    """Raises ImportFileError for files that are no table of text, by their first bytes; an XLSX passes."""
    if not start.strip(b"\xef\xbb\xbf \t\r\n\x00"):
        raise ImportFileError(_("The file is empty. Please save the list once more."))
    for mark, what in (
        (b"\xd0\xcf\x11\xe0", _("This is an old Excel file (XLS).")),
        (b"%PDF", _("This is a PDF.")),
        (b"\x1f\x8b", _("This is a compressed file. Please unpack it first.")),
        (b"7z\xbc\xaf", _("This is a compressed file. Please unpack it first.")),
        (b"Rar!", _("This is a compressed file. Please unpack it first.")),
        (b"{\\rtf", _("This is a text document.")),
        (b"\x89PNG", _("This is a picture.")),
        (b"\xff\xd8\xff", _("This is a picture.")),
    ):
        if start.startswith(mark):
            raise ImportFileError(f"{what} {save_as_csv()}")
    if re.match(rb"(\xef\xbb\xbf)?\s*<(!doctype|html|\?xml)", start[:200], re.I):
        raise ImportFileError(_("This is a web page or XML, no table.") + f" {save_as_csv()}")
    if start.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        raise ImportFileError(_("The file is written as UTF-32.") + f" {save_as_csv()}")


def save_as_csv() -> str:
    return _("Please open the list in the program it comes from, or in a spreadsheet, and save it as CSV (UTF-8).")


def wide_encoding(start: bytes) -> str:
    """`utf-16-le` or `utf-16-be` where the file is so, by its mark or by its zero bytes; else empty."""
    if start.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if start.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    even, odd = start[0:2000:2], start[1:2000:2]
    if len(odd) > 8 and odd.count(0) > len(odd) * 0.7 and even.count(0) < len(even) * 0.1:
        return "utf-16-le"
    if len(even) > 8 and even.count(0) > len(even) * 0.7 and odd.count(0) < len(odd) * 0.1:
        return "utf-16-be"
    return ""


class EncodingCounter:
    """Fed with the whole file, tells whether it is UTF-8, or the code page that Excel and old systems write."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
        self._bad = 0
        self._good = 0
        self._undefined = False

    def feed(self, content: bytes, *, last: bool = False) -> None:
        if content.isascii() and not last:
            content_text = self._decoder.decode(content)
        else:
            content_text = self._decoder.decode(content, last)
            self._undefined = self._undefined or bool(_NOT_DEFINED_IN_CP1252.search(content))
        if not content_text.isascii():
            bad = len(_BAD_BYTES.findall(content_text))
            self._bad += bad
            self._good += len(content_text) - len(content_text.encode("ascii", "ignore")) - bad

    @property
    def broken(self) -> bool:
        """Some bytes are not UTF-8."""
        return self._bad > 0

    @property
    def encoding(self) -> str:
        """`utf-8`, where some bytes may be wrong, or `cp1252`.

        Raises:
            ImportFileError: it is neither.
        """
        if self._bad <= self._good:
            return "utf-8"
        if self._undefined:
            raise ImportFileError(_("The characters of this file can't be read.") + f" {save_as_csv()}")
        return "cp1252"


def sniff(sample: str) -> Dialect:
    """Delimiter and header of the first lines of a file.

    No trust in one sign alone: every delimiter is tried, and the one that gives the most rows of equal length wins.

    Raises:
        ImportFileError: no rows, or more columns than any list of readers has.
    """
    skip = 0
    delimiters = DELIMITERS
    if found := _SEPARATOR_LINE.match(sample):  # Excel's way to name it
        delimiters, skip, sample = found[1], 1, sample[found.end() :]
    first_line = sample.partition("\n")[0]
    for delimiter in delimiters:
        if first_line.count(delimiter) > MAX_COLUMNS * 3:
            raise ImportFileError(too_many_columns())
    delimiter = max(delimiters, key=lambda one: _evenness(list(_rows(sample, one))))
    lines = sample.split("\n")
    before = next((number for number, line in enumerate(lines) if line.strip(f"{delimiter} \r\t\x00")), len(lines))
    rows = list(_rows("\n".join(lines[before:]), delimiter))
    if not rows:
        raise ImportFileError(_("The file is empty. Please save the list once more."))
    first = rows[0]
    if len(first) > MAX_COLUMNS:
        raise ImportFileError(too_many_columns())
    has_header = not any(is_address(cell) for cell in first)
    width = len(first) if has_header else max(len(row) for row in rows)
    header = tuple(_names(first if has_header else [""] * min(width, MAX_COLUMNS)))
    return Dialect(delimiter=delimiter, header=header, has_header=has_header, skip=skip + before)


def too_many_columns() -> str:
    return _("The file has more than %(count)s columns: this is no list of readers.") % {"count": MAX_COLUMNS}


def _rows(sample: str, delimiter: str) -> Iterator[list[str]]:
    """The first rows. A cell that is too long ends the sample, not the import."""
    reader = csv.reader(sample.splitlines(keepends=True), delimiter=delimiter)
    try:
        for row in reader:
            if any(row):
                yield row
            if reader.line_num >= SAMPLE_ROWS:
                return
    except csv.Error:
        return


def _evenness(rows: Sequence[Sequence[str]]) -> tuple[bool, int, int]:
    """More is better: a cell of its own for addresses, rows as long as the first one, columns."""
    if not rows:
        return False, 0, 0
    width = len(rows[0])
    even = sum(len(row) == width for row in rows) if width > 1 else 0
    has_addresses = any(is_address(cell) for row in rows[:5] for cell in row)
    return has_addresses, even, width


def _names(first: Sequence[str]) -> Iterator[str]:
    """The columns' names: each one says something, and each is there once."""
    seen: set[str] = set()
    for number, cell in enumerate(first, start=1):
        name = " ".join(cell.replace("\x00", " ").split())[:80] or _("Column %(number)s") % {"number": number}
        one, times = name, 2
        while one in seen:
            one, times = f"{name} ({times})", times + 1
        seen.add(one)
        yield one
