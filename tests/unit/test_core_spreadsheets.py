"""No cell that we hand out runs as a formula, and our own files come back as they were (case 34)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from core.spreadsheets import csv_pieces, neutral, plain, write_workbook

SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫"
#: Texts full of what matters here; a plain alphabet would hardly ever find two of them beside each other.
TEXTS = st.text(st.sampled_from("=+-@＝＠';,\t\r\n\x00 \u00a0\ufeff\u200b\"1.9e%ab")) | st.text()


@pytest.mark.parametrize("sign", SIGNS)
def test_each_sign_that_begins_a_formula_is_taken_for_text(sign: str) -> None:
    assert neutral(f"{sign}cmd|' /C calc'!A0") == f"'{sign}cmd|' /C calc'!A0"


@pytest.mark.parametrize("cell", ["\t=1", "\r=1", "\n=1", "\x00=1", " =1", "\u00a0=1", "\ufeff=1", "\u200b@x", "\tx"])
def test_what_comes_before_the_sign_hides_nothing(cell: str) -> None:
    assert neutral(cell).startswith("'")
    assert plain(neutral(cell)) == cell


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "Ada",
        "a@example.com",
        "1-2",
        "C++",
        "a = b",
        "-12.5",
        "+3",
        "-1,234.50",
        "+1e-9",
        "-5%",
        "'tis",
        "2026-10-17",
    ],
)
def test_numbers_and_ordinary_text_stay_as_they_are(cell: str) -> None:
    assert neutral(cell) == cell == plain(cell)


@pytest.mark.parametrize("cell", ["-1+cmd", "-1 ", "+1-2", "--1", "-", "=5", "@1", "＋1"])
def test_only_a_whole_number_is_a_number(cell: str) -> None:
    assert neutral(cell) == f"'{cell}"


def test_a_formula_behind_another_programs_separator_is_taken_for_text_as_well() -> None:
    assert neutral("Ada;=1+1;-3;x\n@y") == "Ada;'=1+1;-3;x\n'@y"


@given(TEXTS)
def test_what_we_wrote_is_read_back_as_it_was(cell: str) -> None:
    assert plain(neutral(cell)) == cell


@given(TEXTS)
def test_no_program_finds_a_formula_wherever_it_cuts(cell: str) -> None:
    for piece in re.split(r"[;\t\r\n]", neutral(cell)):
        seen = piece.lstrip(" \u00a0\ufeff\u200b\x00")
        assert not seen.startswith(tuple(SIGNS)) or set(seen) <= set("+-0123456789.,eE%")


@given(TEXTS)
def test_a_cell_never_begins_with_a_blank_that_a_program_drops(cell: str) -> None:
    assert not neutral(cell).startswith(("\t", "\r", "\n", "\x00"))


@given(st.lists(TEXTS.filter(lambda text: "\x00" not in text), min_size=1, max_size=4))
def test_a_row_survives_a_csv_file(cells: list[str]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerow([neutral(cell) for cell in cells])
    file.seek(0)
    (row,) = csv.reader(file)
    assert [plain(cell) for cell in row] == cells


def test_a_hostile_cell_takes_no_longer_than_its_length() -> None:
    """A pattern that goes back and forth would not end within this test's patience."""
    for hostile in ("'" * 100_000, " " * 100_000, ";'" * 50_000, "-1" * 50_000, "-" + "1," * 50_000, "\n" * 100_000):
        assert plain(neutral(hostile)) == hostile


def test_a_csv_is_written_as_its_rows_come() -> None:
    taken = []

    def rows() -> Iterator[list[str]]:
        for number in range(10_000):
            taken.append(number)
            yield [f"=row {number}", "x" * 50]

    pieces = csv_pieces(rows())
    first = next(pieces)
    assert len(taken) < 2_000
    text = (first + b"".join(pieces)).decode("utf-8-sig")
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert len(read) == 10_000
    assert read[9_999] == ["'=row 9999", "x" * 50]


def test_no_rows_are_an_empty_csv_and_an_empty_workbook() -> None:
    assert b"".join(csv_pieces([])).decode("utf-8-sig") == ""
    file = io.BytesIO()
    write_workbook([], file)
    assert list(load_workbook(file).worksheets[0].values) == []


def test_a_workbook_holds_text_and_no_formula() -> None:
    """openpyxl makes a formula of every text that begins with `=`."""
    file = io.BytesIO()
    write_workbook([["email", "name"], ["a@example.com", "=HYPERLINK(1)"], ["b@example.com", "bell\x07 -1"]], file)
    cells = [cell for row in load_workbook(file).worksheets[0] for cell in row]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in cells][2:] == ["a@example.com", "'=HYPERLINK(1)", "b@example.com", "bell -1"]


def test_a_workbook_goes_on_on_another_sheet_under_the_same_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.spreadsheets.SHEET_ROWS", 3)
    file = io.BytesIO()
    write_workbook([["email"], ["a"], ["b"], ["c"], ["d"]], file)
    sheets = [[row[0] for row in sheet.values] for sheet in load_workbook(file).worksheets]
    assert sheets == [["email", "a", "b"], ["email", "c", "d"]]
