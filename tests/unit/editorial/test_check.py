"""The whole check: in order, quick, and alive whatever it is given."""

from __future__ import annotations

from datetime import date

import pytest

from blog.editorial.check import check
from blog.editorial.findings import LEVELS
from blog.editorial.manuscript import Block, BlockKind, Manuscript
from tests.unit.editorial.drafts import crisis_help, draft, heading, text_block

BAD = (
    "He tried to commit suicide. It is a miracle cure. In one study 62 percent of them got better. You will feel great."
)


def test_blockers_come_first_and_within_a_level_the_weightier_ones() -> None:
    found = check(draft(BAD, "An amazing and extraordinary day. " * 20))
    order = [(LEVELS.index(finding.level), -finding.weight) for finding in found]
    assert order == sorted(order)
    assert len({finding.level for finding in found}) == len(LEVELS)


def test_the_same_text_gives_the_same_findings() -> None:
    assert check(draft(BAD)) == check(draft(BAD))


def test_a_story_without_a_word_is_answered() -> None:
    assert check(Manuscript(kind="news", blocks=(), today=date(2026, 3, 2))) == []


@pytest.mark.parametrize("kind", BlockKind)
def test_an_empty_block_of_any_kind_is_answered(kind: BlockKind) -> None:
    block = Block(kind=kind, name=f"1 {kind}")
    assert check(Manuscript(kind="treatment", blocks=(block,), today=date(2026, 3, 2))) is not None


@pytest.mark.parametrize(
    "text",
    [
        "word " * 2999 + "end.",
        "\u2026" * 5000,
        "[1" * 5000,
        "\u201c" * 5000,
        "1 in 10 " * 2000,
        "A." * 5000,
        "\u0000\uffff\u202e ?!.",
        "x" * 100_000,
    ],
    ids=["3,000 words", "ellipses", "brackets", "quotes", "figures", "initials", "odd marks", "one word"],
)
def test_odd_texts_are_answered(text: str) -> None:
    assert check(draft(text, title=text[:200])) is not None


def test_a_calm_story_has_no_findings() -> None:
    story = draft(heading("A walk"), text_block("The sea is calm. We walk to the pier and back."), kind="news")
    assert check(story) == []


def test_a_crisis_block_settles_only_what_it_is_for() -> None:
    before = {finding.rule for finding in check(draft(BAD, kind="news"))}
    after = {finding.rule for finding in check(draft(BAD, crisis_help(), kind="news"))}
    assert before - after == {"S1"}
