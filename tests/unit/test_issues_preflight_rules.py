"""The catalogue of the check before sending: the code's rules are in it, and the documentation shows it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from newsletter.issues.checks import checklist
from newsletter.issues.checks.catalogue import RULES, is_overridable, rule_of
from newsletter.issues.checks.handbook import page
from newsletter.issues.findings import Finding, Level, Place, Where

ROOT = Path(__file__).resolve().parents[2]
CHECKS = ROOT / "newsletter" / "issues" / "checks"


def emitted() -> set[str]:
    """The ids that the rules' own code gives its findings."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in CHECKS.glob("*.py") if path.name != "catalogue.py")
    ids = re.findall(r'(?:rule=f?|rule="size-clipped" if clipped else |_record\(|_not_checked\(\s*)"([^"]+)"', text)
    ids += re.findall(r'rule="(size-clipped)"', text)
    ids += [checklist.RULE, checklist.NOT_CHECKED]
    return {re.sub(r"\{[^}]*\}", "*", found) for found in ids}


def test_every_finding_is_one_of_a_rule_in_the_catalogue_and_every_rule_has_findings() -> None:
    assert emitted() | {"size"} == set(RULES)


def test_the_documentation_shows_the_rules() -> None:
    written = (ROOT / "docs" / "preflight-rules.md").read_text(encoding="utf-8")
    assert written == page(), "run `make rules`, then read the difference"


def test_a_family_of_rules_is_known_by_its_beginning() -> None:
    assert rule_of("editorial-S1").id == "editorial-*"
    assert rule_of("wording-S4").overridable
    assert rule_of("link-answer").looked_up


def test_what_nobody_knows_is_never_overridden() -> None:
    assert not is_overridable("approval")
    assert not is_overridable("")


def test_only_what_can_block_can_be_overridden() -> None:
    assert [rule.id for rule in RULES.values() if rule.overridable and "B" not in rule.levels] == []


@pytest.mark.parametrize("where", Where)
def test_every_place_has_words(where: Where) -> None:
    assert str(Place(where=where, number=3, name="Story"))


def test_a_fingerprint_holds_for_what_was_found_and_not_for_where() -> None:
    def finding(**changed: object) -> Finding:
        return Finding(**{"rule": "size", "level": Level.BLOCKER, "text": "101 kB", "remedy": "Less", **changed})  # type: ignore[arg-type]

    same = finding()
    assert same.fingerprint == finding(place=Place(where=Where.SUBJECT), remedy="Other").fingerprint
    assert same.fingerprint != finding(text="102 kB").fingerprint
    assert same.fingerprint != finding(rule="links").fingerprint
    assert finding(about="x").fingerprint == finding(about="x", text="102 kB").fingerprint
