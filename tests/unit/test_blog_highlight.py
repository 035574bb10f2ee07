"""Where a search's words stand in a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog.discovery.highlight import PASSAGE_WORDS, WORD, marked, passage, stems


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("sleep", "Sleep comes first.", "<mark>Sleep</mark> comes first."),
        ("treatment", "Two treatments, treated well.", "Two <mark>treatments</mark>, treated well."),
        ("depression", "He was depressed.", "He was <mark>depressed</mark>."),
        ("cafe", "The café is open.", "The <mark>café</mark> is open."),
        ("doctors", "The doctor’s words", "The <mark>doctor’s</mark> words"),
        ("ketamine", "Esketamine is a relative.", "Esketamine is a relative."),
        ("b", "a < b & c", "a &lt; <mark>b</mark> &amp; c"),
        ("<script>", "<script>alert(1)</script>", "&lt;<mark>script</mark>&gt;alert(1)&lt;/<mark>script</mark>&gt;"),
        ("", "Nothing is looked for.", "Nothing is looked for."),
    ],
)
def test_the_words_that_were_looked_for_are_marked(query: str, text: str, expected: str) -> None:
    assert marked(text, stems(query)) == expected


def test_a_passage_shows_where_most_of_the_words_stand_together() -> None:
    filler = "word " * 60
    paragraphs = ["Sleep is mentioned here.", f"{filler}Insomnia and sleep are both here. {filler}"]
    found = passage(paragraphs, stems("sleep insomnia"))
    assert "Insomnia and sleep are both here" in found
    assert found.startswith("… ")
    assert found.endswith(" …")


def test_a_short_paragraph_is_shown_whole() -> None:
    assert passage(["First.", "Sleep comes first."], stems("sleep")) == "Sleep comes first."


def test_a_text_without_the_words_has_no_passage() -> None:
    assert passage(["Nothing."], stems("sleep")) == ""


@given(st.text(max_size=200), st.text(max_size=20))
def test_marking_adds_nothing_but_marks(text: str, query: str) -> None:
    from django.utils.html import escape

    shown = marked(text, stems(query))
    assert shown.replace("<mark>", "").replace("</mark>", "") == escape(text)


@given(st.lists(st.sampled_from(["sleep", "mood", "and", "the"]), max_size=200))
def test_a_passage_is_a_few_lines_that_hold_a_hit(words: list[str]) -> None:
    found = passage([" ".join(words)], stems("sleep"))
    assert len(WORD.findall(found)) <= PASSAGE_WORDS
    assert ("sleep" in found) == ("sleep" in words)
