"""Counts told as results: so many people to whom something happened, so many points on a scale."""

from __future__ import annotations

import re

from blog.editorial.lexicon import senses
from blog.editorial.lexicon.numbers import NUMBER, WORDS_OF_NUMBER
from blog.editorial.lexicon.results import PEOPLE

A_COUNT = re.compile(rf"\d|\b(?:{WORDS_OF_NUMBER})\b", re.IGNORECASE)
#: So many people to whom something happened: "12 patients improved".
COUNTED_PEOPLE = re.compile(
    rf"{NUMBER}\s+(?:(?!(?:or|and|of|in|times)\b)[\w-]+\s+){{0,2}}?{PEOPLE}\s+"
    rf"(?P<did>(?:[\w'’-]+\s+){{0,4}}?[\w’'-]+)",
    re.IGNORECASE,
)
#: So many points on a scale.
COUNTED_POINTS = re.compile(
    rf"\b(?:by|of|an?\s+(?:extra\s+)?)?\s*{NUMBER}[ -]points?\b(?!\s+(?:plan|list|scale|depression scale|\w+ scale"
    rf"|star|font|turn))",
    re.IGNORECASE,
)
CHANGED = re.compile(
    r"\b(?:fell|fall|falls|drop\w*|ros?e|rises?|improv\w+|lower|higher|better|worse|reduc\w+|gain\w*|declin\w+"
    r"|decreas\w+|increas\w+|less|more)\b",
    re.IGNORECASE,
)
HAPPENED = re.compile(
    r"\b(?:respond|improv|remi(?:t|ss)|relaps|recover|better|worse|well\b|die[sd]?\b|stopped|dropped|quit|were cured"
    r"|symptom|nause|felt)",
    re.IGNORECASE,
)


def counted_result(prose: str) -> str:
    """A count of people or points that is told as a result; empty when there is none."""
    told = HAPPENED.search(prose) or CHANGED.search(prose)
    if not told or not A_COUNT.search(prose) or senses.claims_nothing(prose):
        return ""
    for found in COUNTED_PEOPLE.finditer(prose):
        if HAPPENED.search(found["did"]) and not senses.is_denied(prose, found.start()):
            return prose[found.start() : found.start("did")].strip()
    points = COUNTED_POINTS.search(prose)
    return points[0].strip() if points and CHANGED.search(prose) else ""
