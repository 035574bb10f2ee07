"""The word lists: every phrase is a pattern, and no quick look for its stems passes it over."""

from __future__ import annotations

import re
import tomllib

import pytest

from blog.editorial.lexicon import FOLDER, Lexicon, holds, lexicon, terms
from tests.unit.editorial.spoken import texts

FILES = sorted(path.stem for path in FOLDER.glob("*.toml"))
#: Which lists are searched only after a look for which stems.
QUICK = [
    ("suicide", ["topic"], "topic"),
    ("suicide", ["commit", "outcome", "outcome_beside"], "commit"),
    ("suicide", ["epidemic", "cause"], "s4"),
    ("promises", ["nouns", "claims"], "absolute"),
    ("promises", ["promises"], "promises"),
    ("hype", ["hype"], "hype"),
    ("people", ["outcome", "outcome_alone"], "outcome"),
]
STIGMA = tomllib.loads((FOLDER / "stigma.toml").read_text(encoding="utf-8"))
TERMS = [
    Lexicon(lists={key: value for key, value in term.items() if isinstance(value, list)}, macros=STIGMA["macros"])
    for term in STIGMA["term"]
]
PHRASES = [
    pytest.param(phrase, term.stems("phrases"), id=f"stigma-{index}-{number}")
    for index, term in enumerate(TERMS)
    for number, phrase in enumerate(term.phrases("phrases"))
] + [
    pytest.param(phrase, lexicon(name).stems(stems), id=f"{name}-{listed}-{number}")
    for name, lists, stems in QUICK
    for listed in lists
    for number, phrase in enumerate(lexicon(name).phrases(listed))
    if "(?<" not in phrase  # what stands before a phrase can't be made up
]


@pytest.mark.parametrize(("phrase", "stems"), PHRASES)
def test_whatever_a_phrase_matches_holds_one_of_the_stems(phrase: str, stems: tuple[str, ...]) -> None:
    made_up = list(texts(re.sub(r"\\Z", "", phrase), 60, seed=7))
    assert made_up
    assert [text for text in made_up if not holds(f" {text} ", stems)] == []


@pytest.mark.parametrize("name", FILES)
def test_every_phrase_is_a_pattern_by_itself(name: str) -> None:
    found = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    macros = found.pop("macros", {})
    tables = found.get("term", [found])
    for table in tables:
        words = Lexicon(lists={key: value for key, value in table.items() if isinstance(value, list)}, macros=macros)
        for listed in words.lists:
            for phrase in words.phrases(listed):
                re.compile(phrase)


@pytest.mark.parametrize("name", [name for name in FILES if name not in ("people", "capitals")])
def test_phrases_are_written_as_folded_text_is(name: str) -> None:
    text = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    lines = [
        line for line in text.splitlines() if not line.lstrip().startswith(("#", "why", "better", "titles", "'Suicid"))
    ]
    assert [line for line in lines if "’" in line or "“" in line] == []


def test_every_term_says_why_and_what_is_better() -> None:
    assert terms()
    assert all(term.why and term.better for term in terms())
