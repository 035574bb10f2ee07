"""The words that the rules look for: one file for each subject, one phrase on each line. No rules in here.

A phrase is a regular expression over folded text (`Sentence.folded`): small letters, straight apostrophes. `<name>`
stands for an entry of the file's `[macros]`, or for any phrase of another list. Whole words only: a phrase that goes on
says so (`\\w*`). Lists called `..._stems` are plain text: whatever its phrases match holds one of them, so that most
sentences are done with after a look for those.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
MACRO = re.compile(r"(?<!P)<([a-z_]+)>")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """One file's lists by their names."""

    lists: Mapping[str, list[str]]
    macros: Mapping[str, str]

    def words(self, name: str) -> frozenset[str]:
        """A list of plain words, several on a line."""
        return frozenset(word for line in self.lists[name] for word in line.split())

    def anywhere(self, *names: str) -> re.Pattern[str]:
        """Any phrase of these lists, as whole words."""
        return re.compile(rf"\b(?:{self._any(names)})(?!\w)")

    def here(self, *names: str) -> re.Pattern[str]:
        """The same without a look at what stands before: for `match` at a place."""
        return re.compile(rf"(?:{self._any(names)})(?!\w)")

    def before(self, *names: str) -> re.Pattern[str]:
        """A phrase that the text ends with, but for spaces: for what stands in front of a place."""
        return re.compile(rf"(?:\b|\A|(?<=\W))(?:{self._any(names)})[ -]*\Z")

    def stems(self, name: str) -> tuple[str, ...]:
        return tuple(self.lists[f"{name}_stems"])

    def phrases(self, name: str) -> list[str]:
        """The phrases of a list with their macros replaced."""
        return [self._expanded(phrase) for phrase in self.lists[name]]

    def _any(self, names: tuple[str, ...]) -> str:
        return "|".join(phrase for name in names for phrase in self.phrases(name))

    def _expanded(self, phrase: str) -> str:
        while MACRO.search(phrase):
            phrase = MACRO.sub(lambda found: f"(?:{self._macro(found[1])})", phrase)
        return phrase

    def _macro(self, name: str) -> str:
        return self.macros[name] if name in self.macros else "|".join(self.lists[name])


def holds(folded: str, stems: tuple[str, ...]) -> bool:
    """Whether a text holds one of these; far quicker than any pattern."""
    for stem in stems:  # noqa: SIM110 - in the hottest loop of the check: any() takes twice as long
        if stem in folded:
            return True
    return False


@cache
def lexicon(name: str) -> Lexicon:
    """The file of this name.

    Raises:
        FileNotFoundError: there is none.
    """
    found = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    macros = found.pop("macros", {})
    return Lexicon(lists=found, macros=macros)


@dataclass(frozen=True, slots=True)
class Term:
    """Words that label people: see `stigma.toml`."""

    phrases: re.Pattern[str]
    stems: tuple[str, ...]
    #: Other senses, at the phrase and in front of it.
    not_here: re.Pattern[str] | None
    not_before: re.Pattern[str] | None
    why: str
    better: str


@cache
def terms() -> tuple[Term, ...]:
    """What `stigma.toml` lists, in its order."""
    found = tomllib.loads((FOLDER / "stigma.toml").read_text(encoding="utf-8"))
    return tuple(_term(fields, found["macros"]) for fields in found["term"])


def _term(fields: Mapping[str, Any], macros: Mapping[str, str]) -> Term:
    lists = {name: value for name, value in fields.items() if isinstance(value, list)}
    words = Lexicon(lists=lists, macros=macros)
    return Term(
        phrases=words.anywhere("phrases"),
        stems=words.stems("phrases"),
        not_here=words.here("not_here") if "not_here" in lists else None,
        not_before=words.before("not_before") if "not_before" in lists else None,
        why=fields["why"],
        better=fields["better"],
    )
