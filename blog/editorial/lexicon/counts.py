"""Counts told as results: people to whom something happened, points on a scale, minutes and pounds won or lost."""

from __future__ import annotations

import re

from blog.editorial.lexicon import senses
from blog.editorial.lexicon.numbers import NUMBER, WORDS_OF_NUMBER
from blog.editorial.lexicon.results import PEOPLE

A_COUNT = re.compile(rf"\d|\b(?:{WORDS_OF_NUMBER})\b", re.IGNORECASE)
#: So many people to whom something happened: "12 patients improved", "9 of our patients".
COUNTED_PEOPLE = re.compile(
    rf"{NUMBER}\s+(?:of\s+(?:my|our|the|his|her|their|these|those)\s+)?"
    rf"(?:(?!(?:or|and|of|in|times)\b)[\w-]+\s+){{0,2}}?"
    rf"{PEOPLE}\s+(?P<did>(?:[\w'’-]+\s+){{0,4}}?[\w’'-]+)",
    re.IGNORECASE,
)
#: So many people to whom somebody did good: "we have helped 300 patients".
PEOPLE_HELPED = re.compile(
    rf"\b(?P<did>treated|helped|cured|healed|saved)\s+(?:(?:more|over|than|about|nearly|some|at|least"
    rf"|almost)\s+){{0,2}}"
    rf"{NUMBER}\s+(?:[\w-]+\s+){{0,2}}?{PEOPLE}\b",
    re.IGNORECASE,
)
#: So many points on a scale.
COUNTED_POINTS = re.compile(
    rf"\b(?:by|of|an?\s+(?:extra\s+)?)?\s*{NUMBER}[ -]points?\b(?!\s+(?:plan|list|scale|depression scale|\w+ scale"
    rf"|star|font|turn))",
    re.IGNORECASE,
)
#: "scores fell from 28 to 12", "sleep improved by 40 minutes".
COUNTED_CHANGE = re.compile(
    rf"\b(?:fell|falls?|dropp?(?:ed|s)?|rose|rises?|improve[sd]?|went|sank|increase[sd]?|decrease[sd]?"
    r"|declined?|climbed"
    rf"|reduce[sd]?|lowers?|lowered|gained|lost)\b(?:\s+[\w'’-]+){{0,6}}?\s+(?:by|from|an?\s+average\s+of)\s+"
    rf"(?:(?:about|almost|nearly|around|at\s+least|more\s+than|an?\s+average\s+of|up\s+to|over)\s+)?"
    rf"(?!(?:19|20)\d\d\b){NUMBER}(?!\s?(?:%|percent|per|mg|mcg|ml)\b)",
    re.IGNORECASE,
)
#: "two hours longer", "19 minutes sooner".
COUNTED_MORE = re.compile(
    rf"{NUMBER}[ -](?:more\s+)?(?:minutes|hours|days|nights|weeks|months|years|pounds|kilos|kg)\s+"
    rf"(?:longer|shorter|sooner|earlier|less|more|faster|fewer|better)\b",
    re.IGNORECASE,
)
#: What was measured; else it's the weather or the rent.
MEASURED = re.compile(
    r"\b(?:scor(?:e|es|ed)|scale|blood pressure|pulse|weight|pounds|sle(?:ep|pt)|asleep|awake|pain|anxiety|depression"
    r"|mood|symptoms?|liv(?:e|es|ed)|surviv\w+|seizures?|attacks|episodes|relaps\w+|recover\w+|hospital"
    r"|stay(?:s|ed)? well"
    r"|headaches|migraines?|patients|participants)\b",
    re.IGNORECASE,
)
CHANGED = re.compile(
    r"\b(?:fell|fall|falls|drop\w*|ros?e|rises?|improv\w+|lower|higher|better|worse|reduc\w+|gain\w*|declin\w+"
    r"|decreas\w+|increas\w+|less|more|longer|shorter|sooner|earlier|faster|fewer|went|lost|sank|climbed)\b",
    re.IGNORECASE,
)
HAPPENED = re.compile(
    r"\b(?:respond|improv|remi(?:t|ss)|relaps|recover|better|worse|well\b|die[sd]?\b|stopped|dropped|quit|cured|healed"
    r"|helped|saved|benefit|success|relief|free of|symptom|nause|felt|treated)",
    re.IGNORECASE,
)
#: To be treated is no result yet; to be treated with success is.
ONLY_TREATED = re.compile(r"\btreated\b", re.IGNORECASE)
SUCCEEDED = re.compile(r"\b(?:success\w*|improv\w+|recover\w*|relief|results|better|remission|cured)\b", re.IGNORECASE)


def counted_result(prose: str) -> str:
    """A count that is told as a result; empty when there is none."""
    told = HAPPENED.search(prose) or CHANGED.search(prose)
    if not told or not A_COUNT.search(prose) or senses.claims_nothing(prose):
        return ""
    return _people(prose) or _measure(prose)


def _people(prose: str) -> str:
    for pattern in (COUNTED_PEOPLE, PEOPLE_HELPED):
        for found in pattern.finditer(prose):
            did = HAPPENED.search(found["did"])
            only_treated = did is not None and ONLY_TREATED.match(did[0]) and not SUCCEEDED.search(prose, found.end())
            if did and not only_treated and not senses.is_denied(prose, found.start()):
                return found[0].strip()
    return ""


def _measure(prose: str) -> str:
    points = COUNTED_POINTS.search(prose)
    if points and CHANGED.search(prose):
        return points[0].strip()
    if not MEASURED.search(prose) or senses.DOSING.search(prose) or senses.MONEY.search(prose):
        return ""
    found = COUNTED_CHANGE.search(prose) or COUNTED_MORE.search(prose)
    return found[0].strip() if found and not senses.is_denied(prose, found.start()) else ""
