"""The check itself: every rule over a manuscript."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from blog.editorial.findings import LEVELS, Finding
from blog.editorial.manuscript import Manuscript
from blog.editorial.rules import RULES

Rule = Callable[[Manuscript], Iterator[Finding]]


def check(manuscript: Manuscript) -> list[Finding]:
    """All findings: blockers first, within a level the weightier ones, then in the order of the rules and the text."""
    found = [finding for rule in RULES for finding in rule(manuscript)]
    return sorted(found, key=lambda finding: (LEVELS.index(finding.level), -finding.weight))
