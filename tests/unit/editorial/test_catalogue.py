"""The texts of the rules: complete, in order, and the same as in the documentation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from blog.editorial import rules
from blog.editorial.catalogue import Rule, catalogue, finding
from blog.editorial.findings import Finding, Level
from blog.editorial.handbook import page
from blog.editorial.manuscript import Block, BlockKind

ROOT = Path(__file__).parents[3]
ORDER = "S1 S2 S3 S4 C1 C2 C3 C4 F1 F2 F3 F4 F5 F6 P1 P2 E1 E2 R1 R2 R3 L1 T1 A1".split()  # noqa: SIM905
#: The strictest level that a rule of the table may reach, and for some the others that it has besides.
LEVELS = {
    **dict.fromkeys(("S1", "S2", "C1", "F1", "F2", "F3", "P1", "E1", "A1"), "B"),
    **dict.fromkeys(("S3", "S4", "P2"), "A"),
    **dict.fromkeys(("C3", "F6", "E2", "R1", "R2", "R3", "L1", "T1"), "W"),
    **dict.fromkeys(("C2", "C4"), "BW"),
    **dict.fromkeys(("F4", "F5"), "AW"),
}


def test_the_rules_stand_in_the_order_of_the_table() -> None:
    assert list(catalogue()) == ORDER


@pytest.mark.parametrize("rule", catalogue().values(), ids=lambda rule: rule.id)
def test_a_rule_has_the_levels_of_the_table(rule: Rule) -> None:
    assert {wording.level.value for wording in rule.wordings.values()} == set(LEVELS[rule.id])


@pytest.mark.parametrize("rule", catalogue().values(), ids=lambda rule: rule.id)
def test_a_rule_says_where_it_comes_from_why_and_what_to_do(rule: Rule) -> None:
    assert rule.title
    assert rule.source
    for wording in rule.wordings.values():
        assert wording.why.endswith((".", "”", "?"))
        assert wording.remedy.endswith((".", "”"))


def test_every_wording_is_used_by_a_rule_and_every_rule_is_run() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in Path(rules.__file__).parent.rglob("*.py"))
    for rule in catalogue().values():
        assert f'"{rule.id}"' in code
        for variant in rule.wordings.keys() - {"default"}:
            assert f'"{variant}"' in code, f"{rule.id}.{variant}"


def test_a_finding_is_worded_by_the_catalogue() -> None:
    block = Block(kind=BlockKind.TEXT, name="4 text", block_id="abc")
    found = finding("S1", block, "A sentence.")
    assert (found.block, found.block_id, found.level) == ("4 text", "abc", Level.BLOCKER)
    assert finding("S1", None).block == "story"


def test_a_value_that_is_missing_is_a_mistake_of_the_rule() -> None:
    with pytest.raises(KeyError):
        finding("E1", None)


def test_the_fingerprint_follows_the_words_and_nothing_else() -> None:
    def made(sentence: str, block: str = "1 text", why: str = "Because.") -> str:
        return Finding(
            rule="S2", level=Level.BLOCKER, block=block, sentence=sentence, why=why, remedy="Mend it."
        ).fingerprint

    assert made("A sentence.") == made("A  sentence.", block="9 text", why="Said otherwise.")
    assert made("A sentence.") != made("Another sentence.")
    assert made("", why="None.") != made("", why="Short.")


def test_the_page_of_rules_is_current() -> None:
    written = (ROOT / "docs" / "editorial-rules.md").read_text(encoding="utf-8")
    assert written == page(), "run: make rules"


def test_the_page_has_every_text_with_its_placeholders_in_words() -> None:
    text = page()
    for rule in catalogue().values():
        assert f"### {rule.id}: {rule.title}" in text
    assert not re.search(r"%\(", text)
