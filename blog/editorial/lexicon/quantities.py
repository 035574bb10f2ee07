"""Figures that claim something: percentages, shares, "x in y" and multiples, told from doses, dates and prices."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from blog.editorial.lexicon import senses
from blog.editorial.lexicon.multiples import multiples
from blog.editorial.lexicon.numbers import NUMBER, SPAN, WORDS_OF_NUMBER, value
from blog.editorial.lexicon.results import OUTCOME, PEOPLE, PERSON, RISKS, STUDIES, is_about_effects, is_about_health

# Most sentences hold no figure. These find the few that may, in a fraction of the time that the full patterns take.
A_PERCENTAGE = re.compile(r"[%％]|per[ -]?cent|pct", re.IGNORECASE)
A_SHARE = re.compile(r"half|third|quarter|fifth|tenth", re.IGNORECASE)
#: What is shared out: "in ten", "of the 12", "per 1,000".
A_WHOLE = re.compile(
    rf"\b(?:in|of|per|every|among|[a-z]+-in)[ -]"
    rf"(?:(?:every|each|about|any|an?|the|these|those|all|our|her|his|their|my|your|some"
    rf"|total|of) )*(?:\d|(?:{WORDS_OF_NUMBER})\b)",
    re.IGNORECASE,
)
A_MULTIPLE = re.compile(
    r"times|twice|thrice|\d ?[x×]\s|fold\b|doubl|tripl|trebl|quadrupl|halv|a factor of|half as", re.IGNORECASE
)

#: Of so many, shares are told; of seven or twelve, things are counted.
ROUND = frozenset({10, 100, 1_000, 10_000, 100_000})
_PEOPLE_OR_STUDIES = rf"(?:{PEOPLE}|{STUDIES})"
PERCENT = re.compile(
    rf"(?:{SPAN})[\s-]?(?:%|％|per[ -]?cent\b|percentage points?\b|pct\b)|\bhundred percent\b", re.IGNORECASE
)
SHARE_OF_PEOPLE = re.compile(
    rf"""\b(?:(?:(?:a|one|the[ ]other)[ -])?half(?:[ ]of)?(?=[ ](?:of|the|all|our|these|those|its)\b|[ ]{PEOPLE}\b)
      |(?:a|an|one|two|three|four|nine)[ -](?:thirds?|quarters?|fifths?|tenths?)(?=[ ]of\b))
    (?:[ ]of)?[ ](?:(?!(?:hours?|days?|nights?|years?|weeks?|months?|doses?|time|books?|way|battle|rooms?|costs?
    |price|tablets?|money
      |an?|my|your|her|his|their)\b)[\w-]+[ ]){{0,4}}?
    (?:{_PEOPLE_OR_STUDIES}\b|(?:group|sample|cohort)\b
    |those[ ](?:who|with|on|given|in|taking|treated|receiving|randomi[sz]ed|assigned
    |affected)\b)""",
    re.VERBOSE | re.IGNORECASE,
)
SHARE_WITH_OUTCOME = re.compile(
    r"""\b(?:half|(?:a|one|two|three|four)[ -](?:thirds?|quarters?|fifths?|tenths?))[ ]
    (?:of[ ](?:them|us|those|these)[ ])?
    (?:(?:will|can|may|did|do|does|had|have|has|then|later|also|were|was|are|is|not|no[ ]longer|never|fully|completely
      |got|get|gets|find|found|achieved?|feel|feels|felt|see|saw|notice|noticed|stay|stayed|remain|remained|came|became|become|go|went|on|to|into|full|some|no|complete|little)
      [ ]){0,5}
    (?:respond|improv|remi(?:t|ss)|relaps|recover|better|well\b|worse|symptom|free[ ]of|depressed|die|drop(?:ped)?[ ]out
      |relief|stopp?ed|quit|benefit|nause|sick|vomit|dizz|reported|experience|side[ ]effects)""",
    re.VERBOSE | re.IGNORECASE,
)
SHARE_OF_EFFECT = re.compile(
    rf"""\b(?:half|(?:a|one|two|three)[ -](?:thirds?|quarters?|fifths?|tenths?))(?:[ ]of)?[ ](?:the|their|his|her
    |your|its|our|all)
      [ ](?:\w+[ ]){{0,2}}{RISKS}
    |\b(?:cut|cuts|cutting|reduc\w+|lower\w*|fell|falls?|dropp?\w*|eas\w+|shr[aiu]nk\w*|decreas\w+|declin\w+
    |increas\w+|ris\w+|rose
      |improv\w+)[ ](?:[\w'’-]+[ ]){{0,6}}?(?:by|in)[ ](?:(?:about|almost|nearly|roughly|over|more[ ]than|at[ ]least
      |up[ ]to|around)[ ])?
      (?:half|(?:a|one|two|three)[ -](?:third|quarter|fifth)s?)\b
    |\bhalf[ ]as[ ](?:likely|often|many|common|effective|frequent|prone|high|great)\b""",
    re.VERBOSE | re.IGNORECASE,
)
RATIO = re.compile(
    rf"""(?P<some>{SPAN})(?:[ ]times)?(?:[ -]in[ -](?:every[ ]|each[ ]|about[ ]|any[ ]|a[ ](?=\d))?
    |(?P<out>[ ]out)?[ ]of[ ](?P<which>(?:(?:every|the|these|those|all
      |about|some|our|her|his|their|my|your|a[ ]total[ ]of)[ ])*))(?P<all>{NUMBER})(?:\s?(?:[-–]|to
      |or)\s?{NUMBER})?(?![\d%])""",
    re.VERBOSE | re.IGNORECASE,
)
#: "two patients in ten", "8 people out of 10".
RATIO_OF_PEOPLE = re.compile(
    rf"(?P<some>{SPAN}) (?:\w+ )?(?:{PEOPLE}|{PERSON}|{STUDIES}) (?:in|out of|of|per) (?:every "
    rf"|each )?(?P<all>{NUMBER})",
    re.IGNORECASE,
)
#: "12/15 patients", "every fifth patient".
RATIO_IN_SHORT = re.compile(
    rf"(?<![\d/])(?P<some>\d+)/(?P<all>\d+) (?:of (?:the )?)?(?:\w+ )?(?:{PEOPLE}|{STUDIES})\b", re.IGNORECASE
)
EVERY_SO_MANY = re.compile(
    rf"\b(?:every|each) (?:other|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth) (?:\w+ )?{PERSON}\b",
    re.IGNORECASE,
)
#: "of 17 people, 12 …", "for every 100 people treated, 8 …".
RATIO_AHEAD = re.compile(
    rf"""\b(?:of|for[ ]every|in[ ]every|out[ ]of(?:[ ]every)?|among|in)[ ](?:the[ ]
    |every[ ])?(?P<all>{NUMBER})[ ](?:[\w-]+[ ]){{0,3}}?
    {_PEOPLE_OR_STUDIES}\b(?:[ ][\w'’-]+){{0,7}},[ ](?:(?:only|about|just|at[ ]least|some|around
    |as[ ]many[ ]as)[ ])?(?P<some>{NUMBER})\b
    (?!\s*{senses.UNITS}|,\d)""",
    re.VERBOSE | re.IGNORECASE,
)
#: "12 per 1,000", "three per 100,000 people a year".
RATE = re.compile(
    rf"(?P<some>{SPAN})(?: [\w-]+){{0,3}}? (?:per|for every|in every) "
    rf"(?P<all>\d{{1,3}}(?:,\d{{3}})+|\d{{3,}}|(?:a |one "
    rf"|ten )?(?:hundred|thousand|million)\b)",
    re.IGNORECASE,
)
EVEN_ODDS = re.compile(
    r"\b(?:50[-/–: ]50|fifty[- ]fifty)(?= (?:chance|odds|risk|likelihood|probability|shot))", re.IGNORECASE
)


def claimed_figures(prose: str) -> Iterator[str]:
    """The figures that a sentence claims, in the author's own words; a figure that only stands there isn't one."""
    looks = [look for may_hold, look in LOOKS if may_hold.search(prose)]
    if looks and not senses.claims_nothing(prose):
        for look in looks:
            yield from look(prose)


@lru_cache(maxsize=1024)
def first_claimed_figure(prose: str) -> str:
    """Remembered for a while: two rules ask, and in the editor most sentences are the same as a second ago."""
    return next(claimed_figures(prose), "")


def percentages(prose: str) -> Iterator[str]:
    for found in PERCENT.finditer(prose):
        before, after = senses.around(prose, found)
        if senses.DENIED.search(before) or (senses.WHOLE.match(found[0]) and senses.NEVER_WHOLE.search(before)):
            continue
        other = senses.AFTER_PERCENT.match(after) or senses.BEFORE_PERCENT.search(before)
        if other and not senses.OF_PEOPLE.match(after):
            continue
        if not senses.is_denied(prose, found.start()):
            yield found[0].strip()


def shares(prose: str) -> Iterator[str]:
    for pattern in (SHARE_OF_PEOPLE, SHARE_WITH_OUTCOME, SHARE_OF_EFFECT):
        for found in pattern.finditer(prose):
            before, after = senses.around(prose, found)
            if senses.ASSIGNED.match(after) or senses.DENIED.search(before) or senses.is_denied(prose, found.start()):
                continue
            if pattern is SHARE_OF_EFFECT and (
                senses.DOSING.search(found[0]) or not senses.about(is_about_effects, prose, found)
            ):
                continue
            yield found[0].strip()


def ratios(prose: str) -> Iterator[str]:
    for found in RATIO.finditer(prose):
        if _is_a_ratio(prose, found):
            yield found[0].strip()
    for pattern in (RATIO_OF_PEOPLE, RATIO_AHEAD, RATE):
        for found in pattern.finditer(prose):
            before, after = senses.around(prose, found)
            if (
                senses.FOLLOWED_BY_UNIT.match(after)
                or re.search(r"[$€£]$", before)
                or senses.is_denied(prose, found.start())
            ):
                continue
            if value(found["some"]) <= value(found["all"]) and (
                pattern is not RATE or senses.about(is_about_health, prose, found)
            ):
                yield found[0].strip()


def shortened(prose: str) -> Iterator[str]:
    for found in RATIO_IN_SHORT.finditer(prose):
        if value(found["some"]) <= value(found["all"]) and not senses.is_denied(prose, found.start()):
            yield found[0]


def ordinals(prose: str) -> Iterator[str]:
    return (found[0] for found in EVERY_SO_MANY.finditer(prose) if not senses.is_denied(prose, found.start()))


def even_odds(prose: str) -> Iterator[str]:
    return (found[0] for found in EVEN_ODDS.finditer(prose))


def _is_a_ratio(prose: str, found: re.Match[str]) -> bool:
    """Whether "x in y" or "x of y" is a share: of people always, of nothing named only where no scale is spoken of."""
    before, after = senses.around(prose, found)
    if not 0 < value(found["some"]) < value(found["all"]) or senses.is_denied(prose, found.start()):
        return False
    if _is_an_amount(before, after):
        return False
    is_rated = senses.RATED.search(before) is not None
    if is_rated or senses.FOLLOWED_BY_PEOPLE.match(after):
        return is_rated or not _is_somebody(found, before, after)
    if _is_something_else(found, before, after):
        return False
    if found["which"] is None or value(found["all"]) in ROUND:
        return found["which"] is None or not senses.SCALED.search(before)
    told = senses.about(is_about_health, prose, found) if found["out"] else OUTCOME.match(after.lstrip()) is not None
    return told and not senses.SCALED.search(before)


def _is_somebody(found: re.Match[str], before: str, after: str) -> bool:
    """Of a family: "one of seven children", "two of her three sons"."""
    family = senses.FAMILY.match(after) and senses.CHILDREN.search(found["which"] or "")
    return bool(family) or (found["some"].lower() == "one" and senses.BY_NAME.search(before) is not None)


def _is_an_amount(before: str, after: str) -> bool:
    """A price, a time, a date, a numbered thing; or not that many."""
    unit = senses.FOLLOWED_BY_UNIT.match(after) or senses.MONTH.match(after)
    return bool(
        unit or re.search(r"[$€£:.]$|\d$", before) or senses.NUMBERED.search(before) or senses.DENIED.search(before)
    )


def _is_something_else(found: re.Match[str], before: str, after: str) -> bool:
    """A year, a count of things, a "one" that points at something."""
    if found["some"].lower() == "one" and (senses.BY_NAME.search(before) or senses.POINTS_AT_ONE.search(before)):
        return True
    things = senses.FOLLOWED_BY_THING.match(after) and not OUTCOME.search(after)
    return bool(things) or _is_a_year(found["all"])


def _is_a_year(number: str) -> bool:
    return number.isdecimal() and len(number) == 4 and 1900 <= int(number) <= 2099


LOOKS: tuple[tuple[re.Pattern[str], Callable[[str], Iterator[str]]], ...] = (
    (A_PERCENTAGE, percentages),
    (re.compile(r"\d/\d"), shortened),
    (re.compile(r"\b(?:every|each) ", re.IGNORECASE), ordinals),
    (A_SHARE, shares),
    (A_WHOLE, ratios),
    (A_MULTIPLE, multiples),
    (re.compile(r"50|[Ff]ifty"), even_odds),
)
