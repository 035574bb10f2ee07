"""What a typewriter makes of a text, straight marks and plain hyphens, changes no finding on its wording."""

from __future__ import annotations

import pytest

from blog.editorial.rules.language import l1
from blog.editorial.rules.patients import p1, p2
from blog.editorial.rules.promises import f3, f4, f5
from blog.editorial.rules.suicide import s1, s2, s3, s4
from tests.unit.editorial import test_patients, test_patients_results, test_promises, test_suicide, test_wording
from tests.unit.editorial.drafts import RuleFunction, fired

TABLES: list[tuple[RuleFunction, list[str]]] = [
    (s1, [*test_suicide.TOPIC, *test_suicide.NO_TOPIC]),
    (s2, [*test_suicide.CRIME_OR_SUCCESS, *test_suicide.NO_CRIME]),
    (s3, [*test_suicide.DETAILS, *test_suicide.NO_DETAILS]),
    (s4, [*test_suicide.EPIDEMICS_AND_CAUSES, *test_suicide.MEASURED]),
    (f3, [*test_promises.PROMISED, *test_promises.NOT_PROMISED]),
    (f4, [*test_promises.HYPE, *test_promises.NO_HYPE]),
    (f5, [*test_promises.FELT, *test_promises.HEDGED]),
    (p1, [*(text for _, text in test_patients.NAMED), *test_patients.NOBODY_NAMED]),
    (p2, [*test_patients_results.GOT_BETTER, *test_patients_results.NO_OUTCOME]),
    (l1, [*test_wording.LABELS, *test_wording.PLAIN]),
]
TYPED = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})
TYPESET = str.maketrans({"-": "\N{NON-BREAKING HYPHEN}"})


@pytest.mark.parametrize(("rule", "texts"), TABLES, ids=[rule.__name__ for rule, _ in TABLES])
def test_straight_marks_and_unbreakable_hyphens_change_nothing(rule: RuleFunction, texts: list[str]) -> None:
    changed = [
        text
        for text in texts
        for other in (text.translate(TYPED), text.translate(TYPESET))
        if len(fired(rule, other)) != len(fired(rule, text))
    ]
    assert changed == []


@pytest.mark.parametrize(("rule", "texts"), TABLES, ids=[rule.__name__ for rule, _ in TABLES])
def test_a_plain_sentence_before_and_behind_changes_nothing(rule: RuleFunction, texts: list[str]) -> None:
    around = "The kettle is on. {} The window is open."
    assert [text for text in texts if len(fired(rule, around.format(text))) != len(fired(rule, text))] == []
