"""How a plain text becomes title, sections and signature."""

from pathlib import Path

import pytest

from blog.importing.document import Document
from blog.importing.errors import StoryImportError
from blog.importing.plain_text import parse
from blog.importing.source import Source


def read(text: str | bytes, name: str = "on-sleep.txt") -> Document:
    return parse(Source(path=Path(name), data=text if isinstance(text, bytes) else text.encode()))


def shape(document: Document) -> list[tuple[str, int]]:
    return [(section.heading, len(section.paragraphs)) for section in document.sections]


SIMPLE = "On Good Sleep\n\nFirst.\n\nSecond.\n\nWhat Helps\n\nThird.\n\nWarmly,\n\nAda Quist, MD\n"


def test_title_sections_and_signature_are_told_apart() -> None:
    document = read(SIMPLE)

    assert document.title == "On Good Sleep"
    assert shape(document) == [("", 2), ("What Helps", 1)]
    assert str(document.signature) == "Ada Quist, MD"
    assert document.notes == ()


@pytest.mark.parametrize(
    "variant",
    [
        SIMPLE.replace("\n", "\r\n").encode(),
        SIMPLE.replace("\n", "\r").encode(),
        b"\xef\xbb\xbf" + SIMPLE.encode(),
        SIMPLE.rstrip("\n").encode(),
        ("\n\n\n" + SIMPLE + "\n \n\t\n").encode(),
        SIMPLE.replace("\n\n", "\n \t\u00a0\n\n\n").encode(),
        SIMPLE.replace("First.", "\tFirst.  ").encode(),
        SIMPLE.replace("What Helps", "What\u00a0Helps").encode(),
        SIMPLE.replace("Second.", "\ufeffSec\u200bond.\x07").encode(),
        SIMPLE.replace("\n\nWhat", "\x0c\nWhat").encode(),
    ],
    ids=[
        "crlf",
        "cr",
        "bom",
        "no final newline",
        "blank edges",
        "spaces in blank lines",
        "tab",
        "nbsp",
        "invisible",
        "form feed",
    ],
)
def test_line_ends_marks_and_spaces_make_no_difference(variant: bytes) -> None:
    assert read(variant) == read(SIMPLE)


def test_wrapped_lines_are_one_paragraph() -> None:
    document = read("On Good Sleep\n\nA line that was\nwrapped by an\neditor.\n\nAnother.\n")

    assert document.sections[0].paragraphs == ("A line that was wrapped by an editor.", "Another.")


def test_a_heading_like_line_inside_a_paragraph_stays_in_it() -> None:
    document = read("On Good Sleep\n\nHe read\nThe Bell Jar\nand slept.\n")

    assert shape(document) == [("", 1)]


def test_the_items_of_a_list_stay_paragraphs_of_their_own() -> None:
    document = read("On Good Sleep\n\n- get up early\n- go to bed late\n")

    assert document.sections[0].paragraphs == ("- get up early", "- go to bed late")


def test_a_file_without_blank_lines_has_a_paragraph_on_each_long_line() -> None:
    long = "This paragraph was saved by a word processor on one single line, " * 3
    document = read(f"On Good Sleep\n{long}\nWhat Helps\n{long}\nWarmly,\nAda Quist, MD\n")

    assert (document.title, shape(document)) == ("On Good Sleep", [("", 1), ("What Helps", 1)])
    assert str(document.signature) == "Ada Quist, MD"


def test_quotes_and_dashes_are_left_as_they_are() -> None:
    odd = '“Don’t” – she said — "don\'t" … <b>&amp;'

    assert read(f"On Good Sleep\n\n{odd}\n").sections[0].paragraphs == (odd,)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("iv-ketamine_infusions.txt", "Iv ketamine infusions"),
        ("---.txt", "Untitled story"),
        ("notes.v2.txt", "Notes v2"),
    ],
)
def test_without_a_title_the_file_name_is_taken_and_said_so(name: str, title: str) -> None:
    document = read("only small words here\n\nand here as well.\n", name)

    assert document.title == title
    assert any("title" in note for note in document.notes)


def test_paragraphs_before_the_title_are_kept_and_said_so() -> None:
    document = read("for the spring issue.\n\nOn Good Sleep\n\nText.\n")

    assert (document.title, shape(document)) == ("On Good Sleep", [("", 2)])
    assert any("before the title" in note for note in document.notes)


def test_a_missing_signature_is_said_so() -> None:
    assert any("signature" in note for note in read("On Good Sleep\n\nText.\n").notes)


@pytest.mark.parametrize("text", ["", " \n\t\n", "\ufeff", "\u200b\n", "Only a Title\n", "Warmly,\n\nAda Quist, MD\n"])
def test_a_file_without_a_paragraph_is_refused_by_name(text: str) -> None:
    with pytest.raises(StoryImportError, match=r"on-sleep\.txt"):
        read(text)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"On Good Sleep\n\ncaf\xe9\n", r"byte 0xe9 at offset 18"),
        (b"\xef\xbb\xbfab\xff", r"byte 0xff at offset 5"),
        ("On Good Sleep".encode("utf-16"), "UTF-16"),
        (b"On Good\x00Sleep", "binary file .* offset 7"),
        (b"abc \xe2\x82", "offset 4"),
    ],
)
def test_what_is_not_utf_8_is_refused_with_the_place_and_the_remedy(data: bytes, complaint: str) -> None:
    with pytest.raises(StoryImportError, match=complaint) as refusal:
        read(data)
    assert "on-sleep.txt" in str(refusal.value)
    assert "ave " in str(refusal.value)  # how to save it
