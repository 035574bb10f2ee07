"""R3: abbreviations that nobody has explained."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from blog.editorial.catalogue import finding
from blog.editorial.findings import Finding
from blog.editorial.lexicon.abbreviations import (
    CREDENTIALS,
    LONG_FORMS,
    PLAIN_CREDENTIALS,
    STATES,
    STRESSED,
    UNITS,
    WELL_KNOWN,
)
from blog.editorial.lexicon.long_forms import is_explained
from blog.editorial.manuscript import Block, BlockKind, Manuscript, Sentence
from blog.editorial.rules.citing import UNTOLD

#: `SSRIs`, `mTOR`, `mPFC`, `CBT-I`, `PhD`, `STAR*D`: at least two capitals.
ACRONYM = re.compile(
    r"(?<![\w@#&.])(?:[a-z]{1,2}[A-Z]{2,6}|[A-Z][a-z]?[A-Z]{1,5}|[A-Z]{2,6}(?=s\b"
    r"|\b))(?:-[A-Z]{1,2}\b)?(?:['’]?s)?(?![\w@*&])(?!\.\w)"
)
#: What holds capitals that are no abbreviations: addresses, and runs of shouted words.
ADDRESS = re.compile(r"\S+://\S+|\bwww\.\S+|\S+@\S+|\bdoi:\s?\S+", re.IGNORECASE)
SHOUTED = re.compile(r"\b[A-Z]{2,}(?:[\s,’'-]+(?:[A-Z]{2,}|I|A)\b){2,}")
ROMAN = re.compile(r"[IVX]+")
#: Before it, `IV` is a four.
COUNTED = re.compile(
    r"\b(?:[Pp]art|[Cc]hapter|[Vv]olume|[Ss]tage|[Pp]hase|[Tt]ype|[Gg]rade|[Cc]lass|[Ll]evel|[Tt]itle|[Aa]rticle"
    r"|[Ss]ection|[Aa]ct|[Aa]xis"
    r"|[Ff]actor|[Ww]ar|DSM|[Bb]ipolar|[Tt]able|[Ff]igure|[Ss]chedule|Henry|George|Louis|Edward|Pius|King|Charles"
    r"|William|James)[\s-]$"
)
AFTER_NAME = re.compile(r"[A-Z][\w’'.-]+,?\s(?:[A-Z][\w.-]*,\s)*$")
AFTER_PLACE = re.compile(r"[A-Z][\w’'.-]+,\s$")
INITIALS_OF_A_NAME = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Prof)\.?\s$")
#: "the COBRA trial": the name of a study is as good as a long form.
STUDY_NAME = re.compile(r"\s(?:trial|study|project|cohort)s?\b", re.IGNORECASE)
#: In these an unexplained abbreviation waits for the text to explain it.
HEADINGS = frozenset({BlockKind.TITLE, BlockKind.HEADING})
SKIPPED = UNTOLD | {BlockKind.CRISIS_HELP}
#: How many words before an abbreviation may hold its long form.
MEMORY = 60


@dataclass(slots=True)
class Reading:
    """What a reader has met so far."""

    #: Lower-case words of the whole story: a word that also stands in small letters was only stressed.
    words: frozenset[str]
    settled: set[str] = field(default_factory=set)
    #: Met in a heading, not explained yet: where.
    waiting: dict[str, tuple[Block, Sentence, str]] = field(default_factory=dict)
    before: deque[str] = field(default_factory=lambda: deque(maxlen=MEMORY))


def unexplained_acronyms(manuscript: Manuscript) -> Iterator[Finding]:
    """R3: once for each abbreviation, where a reader first meets it; one in a heading may be explained in the text."""
    reading = Reading(words=frozenset(_small_words(manuscript)))
    for block, sentence in manuscript.sentences():
        if block.kind in SKIPPED:
            continue
        for found in _acronyms(sentence, reading):
            acronym = _bare(found[0])
            key = acronym.upper().partition("-")[0]
            if key in reading.settled:
                continue
            if is_explained(acronym, sentence.text, found.start(), found.end(), " ".join(reading.before)):
                reading.settled.add(key)
                reading.waiting.pop(key, None)
            elif not sentence.prose[found.start() : found.end()].strip():
                continue  # quoted
            elif block.kind in HEADINGS:
                reading.waiting.setdefault(key, (block, sentence, acronym))
            else:
                reading.settled.add(key)
                place = reading.waiting.pop(key, (block, sentence, acronym))
                yield _finding(*place)
        reading.before.extend(sentence.text.split())
    for place in reading.waiting.values():
        yield _finding(*place)


def _finding(block: Block, sentence: Sentence, acronym: str) -> Finding:
    expansion = LONG_FORMS.get(acronym.upper())
    if expansion is None:
        return finding("R3", block, sentence.text, acronym=acronym)
    return finding("R3", block, sentence.text, variant="known", acronym=acronym, expansion=expansion)


def _acronyms(sentence: Sentence, reading: Reading) -> Iterator[re.Match[str]]:
    """The abbreviations of a sentence that a reader may not know."""
    text = sentence.text
    if not any(character.isupper() for character in text[1:]):
        return
    blanked = ADDRESS.sub(lambda found: " " * len(found[0]), text)
    blanked = SHOUTED.sub(_unless_known, blanked)
    for found in ACRONYM.finditer(blanked):
        before, after = text[max(0, found.start() - 40) : found.start()], text[found.end() : found.end() + 20]
        bare = _bare(found[0])
        if not (_is_familiar(bare, before) or _is_a_word(bare, before, reading) or _is_a_name(bare, before, after)):
            yield found


def _is_familiar(bare: str, before: str) -> bool:
    upper = bare.upper()
    base = upper.partition("-")[0]
    if base in WELL_KNOWN or base in UNITS or base in PLAIN_CREDENTIALS:
        return True
    if (upper in CREDENTIALS and AFTER_NAME.search(before)) or (upper in STATES and AFTER_PLACE.search(before)):
        return True
    return ROMAN.fullmatch(bare) is not None and (bare != "IV" or COUNTED.search(before) is not None)


def _is_a_word(bare: str, before: str, reading: Reading) -> bool:
    """Capitals for stress: `KNOW`, `NOT`. `WHO` is one unless an article stands before it."""
    if not bare.isupper():
        return False
    if bare in LONG_FORMS:
        return bare in STRESSED and re.search(r"\b[Tt]he\s$|\($", before) is None and bare in {"WHO", "SAD", "ACT"}
    return bare in STRESSED or (len(bare) > 2 and bare.lower() in reading.words)


def _is_a_name(bare: str, before: str, after: str) -> bool:
    """A person's initials, a name such as `McDonald`, or that of a trial."""
    if INITIALS_OF_A_NAME.search(before):
        return True
    return len(bare) >= 5 and bare.isupper() and bare not in LONG_FORMS and STUDY_NAME.match(after) is not None


def _unless_known(found: re.Match[str]) -> str:
    words = re.findall(r"[A-Z]{2,}", found[0])
    return found[0] if any(word in LONG_FORMS and word not in STRESSED for word in words) else " " * len(found[0])


def _bare(acronym: str) -> str:
    """Without a plural's or a genitive's s."""
    return re.sub(r"(?<=[A-Z])['’]?s$", "", acronym)


def _small_words(manuscript: Manuscript) -> Iterator[str]:
    for block in manuscript.blocks:
        for paragraph in block.paragraphs:
            yield from re.findall(r"\b[a-z]{3,6}\b", paragraph)


RULES: tuple[Callable[[Manuscript], Iterator[Finding]], ...] = (unexplained_acronyms,)
