"""The texts of the rules: data in `rules.toml`, which editors read in the documentation."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from blog.editorial.findings import Finding, Level

if TYPE_CHECKING:
    from blog.editorial.manuscript import Block

RULES = Path(__file__).with_name("rules.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What an author is told; `%(name)s` stands for a value of the finding."""

    level: Level
    why: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    id: str
    title: str
    #: Where the rule comes from: a guideline, a law, a paper.
    source: str
    #: By variant; the usual one is called `default`.
    wordings: Mapping[str, Wording]


@cache
def catalogue() -> Mapping[str, Rule]:
    """All rules by their ids, in the order of the file."""
    found = tomllib.loads(RULES.read_text(encoding="utf-8"))
    return MappingProxyType({name: _rule(name, fields) for name, fields in found.items()})


def _rule(name: str, fields: Mapping[str, object]) -> Rule:
    variants = {key: value for key, value in fields.items() if isinstance(value, dict)}
    wordings = {
        key: Wording(level=Level(value["level"]), why=value["why"], remedy=value["remedy"])
        for key, value in variants.items()
    }
    return Rule(id=name, title=str(fields["title"]), source=str(fields["source"]), wordings=MappingProxyType(wordings))


def finding(
    rule: str,
    block: Block | None,
    sentence: str = "",
    *,
    variant: str = "default",
    weight: int = 0,
    **values: object,
) -> Finding:
    """A finding in the words of the catalogue.

    Args:
        block: where; None when the story as a whole lacks something.
        values: what the wording's `%(name)s` stand for.

    Raises:
        KeyError: the catalogue has no such rule or variant, or the wording needs a value that is not given.
    """
    wording = catalogue()[rule].wordings[variant]
    return Finding(
        rule=rule,
        level=wording.level,
        block=block.name if block else "story",
        block_id=block.block_id if block else "",
        sentence=sentence,
        why=wording.why % values,
        remedy=wording.remedy % values,
        weight=weight,
    )
