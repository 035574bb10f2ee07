"""Mailchimp's own words without what tells who somebody is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.backends.mailchimp.masking import LONGEST, masked

_WORD = st.text("abcdefghijklmnopqrstuvwxyz0123456789.+_-", min_size=1, max_size=20)


@pytest.mark.parametrize(
    "text",
    [
        "jane.doe@clinic.example looks fake or invalid",
        "<JANE.DOE@CLINIC.EXAMPLE> is in a compliance state",
        'the address "jane doe"@clinic.example',
        "jane.doe%40clinic.example was not found",
        "jane.doe＠clinic.example",
        "jane.doe&#64;clinic.example",
        "email=jane.doe@clinic.example&x=1",
        "(jane.doe@clinic.example)",
    ],
)
def test_an_address_is_taken_out_in_whatever_spelling(text: str) -> None:
    left = masked(text).lower()
    assert "jane" not in left
    assert "clinic" not in left
    assert "(…)" in left


def test_keys_and_hashes_are_taken_out() -> None:
    assert masked(f"key {'0a' * 16}-us21, member {'b' * 32}.") == "key (…), member (…)."


def test_what_was_sent_about_a_person_is_taken_out_as_a_word() -> None:
    assert masked("Jo is no value of JOB for jo", ("Jo",)) == "(…) is no value of JOB for (…)"


def test_it_is_one_printable_line_of_some_length() -> None:
    left = masked("a\r\n\x00\x1b[31mb " + "long " * 200)
    assert left.startswith("a [31mb long")
    assert left.isprintable()
    assert len(left) == LONGEST


@pytest.mark.parametrize("word", ["x", '"x', "<a", 'x"'])
def test_a_word_of_a_megabyte_is_looked_through_once(word: str) -> None:
    """Looked through from each of its letters, it would keep a worker for hours."""
    left = masked(f"{word * (2**20 // len(word))} jane@clinic.example")
    assert len(left) == LONGEST
    assert "jane" not in left


def test_what_names_nobody_stays() -> None:
    text = "The resource submitted could not be validated: Please enter a value (FNAME, 3)"
    assert masked(text) == text


@given(_WORD, _WORD, st.text(max_size=30), st.text(max_size=30))
def test_no_address_survives(local: str, domain: str, before: str, after: str) -> None:
    left = masked(f"{before} {local}@{domain}.example {after}")
    assert f"{local}@{domain}" not in left
    assert f"@{domain}.example" not in left
