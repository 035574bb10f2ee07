"""What makes a figure something other than a claim: a dose, a price, a date, a question, a denial."""

from __future__ import annotations

import re
from collections.abc import Callable

from blog.editorial.lexicon.results import PEOPLE, PERSON, STUDIES

#: How far around a figure its sense is looked for, in characters.
REACH = 60
#: How far around a figure its subject is looked for, in characters: more than a good sentence has.
NEAR = 300

#: Units, after a number, that make it a time or an amount.
UNITS = (
    r"(?:seconds?|minutes?|min|hours?|days?|nights?|mornings?|weeks?|weekends?|months?|years?|decades?|o['’]clock"
    r"|[ap]\.?m\b"
    r"|points?|marks?|mg|mcg|g|kg|ml|l|cm|mm|km|miles?|metres?|meters?|feet|inches"
    r"|pounds|ounces|dollars|euros|percent|per)\b"
)
#: Things of which a share says nothing about people, unless the sentence is about an outcome.
THINGS = (
    r"(?:sessions?|infusions?|visits?|rows?|parts?|steps?|stages?|pages?|rooms?|chairs?|boxes|tablets?|pills?|doses?"
    r"|instal?ments?|languages?|cities|countries|states|buildings?|places?|offices?|meetings?|calls?|letters?"
    r"|questions?"
    r"|chapters?|books?|cars?|seats?|stars|glasses|cups|pieces|bags|bottles|doors|windows|tries)\b"
)
#: The whole sentence claims nothing: it asks, supposes, or sends the reader to ask.
ASKS = re.compile(r"\?[”\"’)\]\s]*$")
ASKS_AND_TELLS = re.compile(
    r"^\W*(?:did you know|have you heard|who knew|is(?:n['’]t| it not)\b.*\bthat|would you believe|do you realise"
    r"|do you realize)",
    re.IGNORECASE,
)
SUPPOSES = re.compile(
    r"^\W*(?:suppose|imagine|let['’]s (?:say|suppose|imagine)|say (?:that )?(?:there|you)|picture"
    r"|(?:so )?(?:ask|find out|check)\b.*?\b(?:whether|if|how many|what|which))\b",
    re.IGNORECASE,
)
DEFINES = re.compile(
    r"\bdefined as\b|\b(?:response|remission|responders?|improvement|success|relapse)\s+(?:\w+\s+){0,2}(?:means?"
    r"|is (?:called|counted)"
    r"|counts? as)\b",
    re.IGNORECASE,
)
#: Nobody says so: what comes after is denied or unknown.
DENIES = re.compile(
    r"""\b(?:(?:do|does|did|can|could|would|will|is|are|has|have)(?:n['’]t|[ ]not)|cannot|can['’]t|won['’]t|never
    |no[ ]one|nobody|none[ ]of[ ]us|not|isn['’]t
      |no[ ](?:good[ ]|single[ ])?(?:study|trial|doctor|clinic|data|research|clinician))\W+(?:\w+\W+){0,3}?
    (?:claim|promise|say|guarantee|prov|know|believe|true|mean|show|tell|suggest|assume|expect|imply|find|found
    |think|certain|sure)\w*
    |\b(?:no|little)[ ](?:\w+[ ])?(?:evidence|proof|guarantee|data)\b|\b(?:myth|untrue|false|nonsense)\b""",
    re.VERBOSE | re.IGNORECASE,
)
TURNS = re.compile(r"[;:—]|\b(?:but|yet|however|although|though|because|while)\b|, (?:and|so)\b", re.IGNORECASE)

AFTER_PERCENT = re.compile(
    rf"""[\s-]*(?:
      (?:(?:pure|organic|isopropyl|normal|sodium|hydrogen|benzoyl|dark|rubbing|acetic|salicylic|glycolic|strength)\s+)*
      (?:cotton|wool|linen|silk|polyester|saline|dextrose|glucose|chloride|alcohol|ethanol|solution|cream|ointment
      |gel|lotion|spray
        |lidocaine|hydrocortisone|minoxidil|peroxide|acid|oxygen|humidity|chocolate|cocoa|juice|milk|beer|wine|proof
        |bleach|urea
        |permethrin|concentration|strength|battery|charged|brightness|opacity|volume)\b
    |off\b(?!\s+(?:the|their|treatment|medic)) | (?:\w+\s+){{0,2}}(?:discount|deposit|tax|VAT|fee|tip|coinsurance
    |co-?pay(?:ment)?|mortgage
      |commission|markup|raise|cheaper|interest(?:\s+rate)?|rebate|surcharge|premium)\b
    |of\s+(?:(?:the|your|its|their|our|all|total|each|my|his|her|a|that)\s+)*(?:costs?|price|bill|fees?|budget
    |salary|income|rent|premium
      |revenue|charges?|profits?|proceeds|donations?|money|sum|dose|dosage|tablet|pill|calories|plate|portion|words
      |text|page)\b
    |of\s+(?:your|our|their)\s+(?:\w+\s+)?(?:time|day|days|week|life|energy|attention|effort|heart|workload|practice
      |hours)\b
    |of\s+(?:my|his|her)\s+(?!(?:\w+\s+){{0,2}}{PEOPLE}\b)\w+
    |(?:confidence|credible|CI\b|significance|level\b|power\b)
    |(?:sure|certain|committed|behind|convinced|positive|honest|yours?|yourself|myself|himself|herself|natural
    |organic|recycled|online
      |confidential|private|voluntary|human|present|ready|dedicated|focused|on\s+board|there\s+for|accurate)\b
    )""",
    re.VERBOSE | re.IGNORECASE,
)
BEFORE_PERCENT = re.compile(
    r"""(?:
      \b(?:discount|deposit|tax(?:es)?|tip|interest\s+rates?|mortgage|price[sd]?|costs?|fees?|copay|coinsurance
      |reimburse\w*|pays?|paid|covers
        |covered|refund\w*|owns?|owned|rent|salary|inflation|insurer)\b[^.;,]{0,25}
    | \bwe\s+(?:have\s+)?gr[eo]wn?[^.;]{0,20} | \b(?:battery|lights?|lamps?|heating|volume|brightness|humidity
      |saturation|screen|phone
      |exam|grade|quiz|oxygen|opacity|zoom
    |turnout)\b[^.;]{0,30}
    | \b(?:dose|dosage|drip|tablets?|infusion\s+rate)\b[^.;]{0,30}\bby\s+(?:\w+\s+){0,2}
    | \b(?:saline|dextrose|concentrations?|dilutions?|strengths?|beers?|wines?|ciders?|liquors?|spirits|bleach
      |peroxide|solution)\s+
      (?:(?:of|is|at|has|have|with|contains?|about|around|only|some|up[ ]to|an?)\s+){0,4}
    | \b(?:bills?|fares?|premiums?|tickets?|tuition|wages?)\b[^.;,]{0,25}
    | \b(?:creams?|gels?|lotions?|ointments?)\s+(?:with|of|contains?|that[ ]contains?)\s+(?:about\s+)?
    | \bspen[dt]s?\b[^.;]{0,25} | \bspending\b[^.;]{0,25} | \b(?:top|bottom|richest|poorest)\s+ | \b(?:give|gave
    |giving|given)\s+(?:it\s+|his\s+|her\s+|my\s+)?
    | \bchance\s+of\s+(?:rain|snow|showers)[^.;]{0,20} | \bsaves?\s+(?:up\s+to\s+)?
    )$""",
    re.VERBOSE | re.IGNORECASE,
)
#: A share of people, whatever is said of money before it.
OF_PEOPLE = re.compile(rf"\s+of\s+(?:[\w-]+\s+){{0,3}}?{PEOPLE}\b", re.IGNORECASE)
#: "Nothing is 100%": a saying, and a modest one.
NEVER_WHOLE = re.compile(r"(?:\b(?:no|not|never|nothing|nobody|none|cannot)\b|n['’]t\b)[^.;,]{0,40}$", re.IGNORECASE)
WHOLE = re.compile(r"^(?:100|110|(?:one |a )?hundred)\W*(?:%|per)", re.IGNORECASE)
DENIED = re.compile(r"(?:\b(?:not|never|nor)|n['’]t)\s+$", re.IGNORECASE)
NOT_CHANGED = re.compile(r"(?:\b(?:not|never|no|neither|without)|n['’]t)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)
#: Tells people apart for a trial; the result comes later.
ASSIGNED = re.compile(
    r"^(?:\W+\w+){0,4}?\W+(?:(?:were|was) (?:given|assigned|randomi[sz]ed|allocated)|received (?:a |the )?(?:placebo"
    r"|dummy|sham|real|active|drug))\b",
    re.IGNORECASE,
)
NUMBERED = re.compile(
    r"\b(?:room|rooms|page|chapter|part|step|week|day|session|infusion|phase|stage|figure|table|question|slide|number"
    r"|no\.|version"
    r"|module|lesson|episode|volume|dose|visit|item|issue|unit|ward|floor)\s+$",
    re.IGNORECASE,
)
BY_NAME = re.compile(r"\b(?:is|was|am|are|were|be|been|become|became|as)\s+(?:just\s+|only\s+)?$", re.IGNORECASE)
POINTS_AT_ONE = re.compile(
    r"\b(?:no|any|every|some|this|that|the|each|another|which|last|first|next|new|old|good)\s+$", re.IGNORECASE
)
#: "The success rate is 9 out of 10": a rate is a claim, whatever "is" it stands behind.
RATED = re.compile(
    r"\b(?:success|response|remission|relapse|cure|recovery|survival|failure|dropout)\s+rates?"
    r"\s+(?:is|was|are|were|of|at)\s+(?:\w+\s+)?$",
    re.IGNORECASE,
)
SCALED = re.compile(
    r"\b(?:rat(?:e|es|ed|ing|ings)|scor(?:e|es|ed|ing)|scale|stars?|marks?)\b|\b(?:pain|mood|anxiety|sleep|energy"
    r"|stress|happiness)"
    r"(?:\s+(?:level|score))?\s+(?:is|was|at|of|were|fell|went|dropped|improved|from)\b|\b(?:a|an|my|his"
    r"|her)\s+(?:solid\s+)?$",
    re.IGNORECASE,
)
CHILDREN = re.compile(r"\b(?:my|your|his|her|their)\s", re.IGNORECASE)
FAMILY = re.compile(
    r"\W*(?:\w+\W+)?(?:children|kids|sons|daughters|brothers|sisters|siblings|friends|parents|boys|girls)\b",
    re.IGNORECASE,
)
FOLLOWED_BY_PEOPLE = re.compile(
    rf"\s+(?:(?!(?:and|or|who|that|in|at|on)\b)[\w-]+\s+){{0,3}}?(?:{PEOPLE}|{PERSON}|{STUDIES})\b|\s+(?:who|chance"
    rf"|risk|odds)\b|[- ]chance\b",
    re.IGNORECASE,
)
FOLLOWED_BY_UNIT = re.compile(
    rf"\s*(?:-\s*)?{UNITS}|\s+(?:more |extra |long |full |different |whole )?{UNITS}", re.IGNORECASE
)
FOLLOWED_BY_THING = re.compile(rf"\s+(?:\w+\s+)?{THINGS}", re.IGNORECASE)
MONTH = re.compile(
    r"\s+(?:of\s+)?(?:January|February|March|April|May|June|July|August|September|October|November|December)\b"
)
MONEY = re.compile(
    r"[$€£]|\b(?:price[sd]?|costs?|dollars?|euros?|expensive|cheap(?:er)?|money|pays?|paid|salary|rent|fees?)\b",
    re.IGNORECASE,
)
DOSING = re.compile(r"\b(?:dose|dosage|amount|strength|quantity)\b", re.IGNORECASE)


def claims_nothing(prose: str) -> bool:
    if ASKS.search(prose) and not ASKS_AND_TELLS.search(prose):
        return True
    return SUPPOSES.search(prose) is not None or DEFINES.search(prose) is not None


def is_denied(prose: str, start: int) -> bool:
    """Whether something before the figure denies it or says that nobody knows; a "but" in between turns it round."""
    denials = [found.end() for found in DENIES.finditer(prose, max(0, start - NEAR), start)]
    return bool(denials) and TURNS.search(prose, denials[-1], start) is None


def around(prose: str, found: re.Match[str]) -> tuple[str, str]:
    return prose[max(0, found.start() - REACH) : found.start()], prose[found.end() : found.end() + REACH]


def near(prose: str, found: re.Match[str]) -> str:
    """What is said around a figure: the whole of a sentence that a reader can take in."""
    return prose[max(0, found.start() - NEAR) : found.end() + NEAR]


def about(topic: Callable[[str], bool], prose: str, found: re.Match[str]) -> bool:
    return topic(near(prose, found))
