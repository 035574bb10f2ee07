"""XLSX workbooks as CSV: bounded before anything is parsed, row after row, without formulas or links."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import IO, Any

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from newsletter.audience.importing.errors import ImportFileError
from newsletter.audience.importing.sniffing import MAX_COLUMNS, save_as_csv, too_many_columns

MAX_FILE = 30 * 1024 * 1024
#: Uncompressed. `zipfile` reads no more of a member than its entry declares, so that what is declared is the bound.
MAX_CONTENT = 400 * 1024 * 1024
#: The table of texts is held in memory as a whole.
MAX_TEXTS = 40 * 1024 * 1024
MAX_MEMBERS = 2000
MAX_ROWS = 300_000
_PIECE = 256 * 1024


def as_csv(file: IO[bytes]) -> Iterator[bytes]:
    """The first sheet as UTF-8 CSV with commas, one line for each of its rows, so that line numbers are its rows'.

    Raises:
        ImportFileError: not a workbook, broken, or too large.
    """
    try:
        _check(file)
        yield from _rows(file)
    except (zipfile.BadZipFile, InvalidFileException, DefusedXmlException, KeyError, ValueError, SyntaxError) as error:
        raise ImportFileError(_("This workbook can't be read.") + f" {save_as_csv()}") from error


def _check(file: IO[bytes]) -> None:
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
    names = {member.filename for member in members}
    if "xl/workbook.xml" not in names:
        raise ImportFileError(
            _("This is an archive (ZIP), no table. Please unpack it and choose the CSV inside.")
            if any(name.lower().endswith((".csv", ".txt", ".tsv")) for name in names)
            else _("This is no Excel workbook.") + f" {save_as_csv()}"
        )
    texts = sum(member.file_size for member in members if "sharedstrings" in member.filename.lower())
    content = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or content > MAX_CONTENT or texts > MAX_TEXTS:
        raise ImportFileError(_("This workbook is too large to be read.") + f" {save_as_csv()}")


def _rows(file: IO[bytes]) -> Iterator[bytes]:
    book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    try:
        if not book.worksheets:
            raise ImportFileError(_("This workbook has no sheet.") + f" {save_as_csv()}")
        sheet: Any = book.worksheets[0]
        sheet.reset_dimensions()  # what a sheet says about its size may be a lie
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
            if number > MAX_ROWS:
                raise ImportFileError(
                    _("A workbook may have %(count)s rows at most; a CSV has no limit.") % {"count": MAX_ROWS}
                    + f" {save_as_csv()}"
                )
            if len(row) > MAX_COLUMNS and any(cell is not None for cell in row[MAX_COLUMNS:]):
                raise ImportFileError(too_many_columns())
            writer.writerow([_text(cell) for cell in row[:MAX_COLUMNS]])
            if text.tell() > _PIECE:
                yield text.getvalue().encode("utf-8", "replace")
                text.seek(0)
                text.truncate()
        yield text.getvalue().encode("utf-8", "replace")
    finally:
        book.close()


def _text(cell: object) -> str:
    """A cell as its CSV would show it; on one line."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return " ".join(str(cell).splitlines())
