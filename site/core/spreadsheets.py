"""Tables on their way into a spreadsheet: no cell that somebody typed may run there as a formula.

A program that opens a CSV takes a cell that begins with one of a few signs for a formula (OWASP, CSV injection; ASVS
5.0, 1.2.10). An apostrophe before it makes it text again, which people can still read and `plain` takes away.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, BinaryIO

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: Rows that a worksheet holds, by the format (1,048,576); the next ones go into another sheet.
SHEET_ROWS = 1_000_000
#: Characters of one cell of a worksheet, by the format.
SHEET_CELL = 32_767
#: Characters that are gathered before they are handed on.
_PIECE = 64 * 1024

#: With what a formula begins: the four signs, their full-width forms (Excel folds them in East Asian settings) and
#: their small ones.
_SIGNS = "=+\\-@＝＋－＠﹦﹢﹣﹫"
#: What begins a new cell for a program that cuts at other places than we do: semicolons (most of Europe), tabs, lines.
_CUTS = ";\\t\\r\\n"
#: What some programs drop before they look at a cell: spaces, and characters that nobody sees.
_UNSEEN = r"(?:[^\S;\t\r\n]|[\x00\u200b-\u200f\u2060\ufeff])*"
#: Numbers stay what they are, whatever their sign.
_NUMBER = rf"[+\-][0-9]+(?:[.,][0-9]+)*(?:[eE][+\-]?[0-9]+)?%?(?:[{_CUTS}]|\Z)"
_FORMULA = rf"(?='*{_UNSEEN}(?!{_NUMBER})[{_SIGNS}])"
_BLANK_FIRST = r"(?='*[\t\r\n\x00])"
_BEFORE = re.compile(rf"\A{_BLANK_FIRST}|(?<![^{_CUTS}]){_FORMULA}")
_MARK = re.compile(rf"\A'{_BLANK_FIRST}|(?<![^{_CUTS}])'{_FORMULA}")


def neutral(cell: str) -> str:
    """The cell as any spreadsheet shows it as text; numbers and ordinary text come back as they are.

    >>> neutral("=1+1"), neutral("-12.5"), neutral("Ada; @home")
    ("'=1+1", '-12.5', "Ada;' @home")
    """
    return _BEFORE.sub("'", cell)


def plain(cell: str) -> str:
    """What `neutral` was given: for files that we wrote ourselves, and for no others."""
    return _MARK.sub("", cell)


def csv_pieces(rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """A CSV (RFC 4180) piece by piece, with neutral cells, as the rows come.

    UTF-8 with a byte order mark: without it Excel takes the file for the machine's old code page.
    """
    text = io.StringIO(newline="")
    text.write("\ufeff")
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([neutral(cell) for cell in row])
        if text.tell() > _PIECE:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def write_workbook(rows: Iterable[Sequence[str]], file: BinaryIO) -> None:
    """An XLSX file of text cells only, with neutral cells; the first row is repeated on each further sheet."""
    book = Workbook(write_only=True)
    sheet, header = None, None
    for number, row in enumerate(rows):
        cells = [ILLEGAL_CHARACTERS_RE.sub("", neutral(cell))[:SHEET_CELL] for cell in row]
        header = header or cells
        if sheet is None or number % SHEET_ROWS == 0:
            sheet = book.create_sheet()
            if number:
                sheet.append(header)
        sheet.append(cells)
    if sheet is None:
        book.create_sheet()
    book.save(file)
