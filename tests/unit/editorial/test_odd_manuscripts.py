"""What the check has to bear: no words at all, 50,000 of them, a sentence of 3,000, and text that no regex likes."""

from __future__ import annotations

import pytest

from blog.editorial.check import check
from tests.unit.editorial.drafts import block, draft, heading

pytestmark = pytest.mark.slow

SENTENCE = "Studies at Yale showed that 8 in 10 patients on an SSRI got better. "


def test_a_story_without_a_word_has_findings_and_no_crash() -> None:
    rules = {finding.rule for finding in check(draft())}
    assert {"F1", "F2", "F6", "E1"} <= rules
    assert check(draft("", heading(""), block("references"), title=" ")) != []


def test_fifty_thousand_words_are_read_to_the_end() -> None:
    text = SENTENCE * (50_000 // len(SENTENCE.split()))
    found = [finding.rule for finding in check(draft(f"{text}\n\nAt last, one in five died."))]
    assert found.count("C1") == text.count("8 in 10") + 1
    assert found.count("R3") == 1


def test_a_sentence_of_three_thousand_words_is_one_sentence() -> None:
    text = SENTENCE.replace(". ", " and ") * (3000 // len(SENTENCE.split()))
    found = [finding.rule for finding in check(draft(f"{text} so it ends."))]
    assert [found.count(rule) for rule in ("C1", "C2", "R3")] == [1, 1, 1]


@pytest.mark.parametrize(
    "piece",
    [
        "1 ",
        "12 in ",
        "of 10 people ",
        "one ",
        "half of the ",
        "8 in 10 days ",
        "no study shows ",
        "twice as ",
        "50% off ",
        "University of ",
        "Yale ",
        "The Big Heart ",
        "a study at Yale ",
        "research ",
        "SSRI ",
        "ABC DEF ",
        "other treatments for ",
        "alternatives to a ",
        "(",
        "[1",
        "[0] ",
        "“",
        "a-",
        "é",
        "…",
        "\u00a0 ",
    ],
)
def test_a_piece_of_text_over_and_over_is_borne(piece: str) -> None:
    repeated = piece * 600
    assert isinstance(check(draft(repeated, heading(repeated), title=repeated[:300])), list)
