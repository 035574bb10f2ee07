"""F3 to F5: promises, hype, and what a reader is told to feel."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from blog.editorial.catalogue import finding
from blog.editorial.findings import Finding
from blog.editorial.lexicon import holds, lexicon
from blog.editorial.manuscript import Manuscript, Sentence
from blog.editorial.scope import asked, denied, ends_as_question, is_said_not_to_exist, too_many, uncertain

PROMISES, HYPE = lexicon("promises"), lexicon("hype")

ABSOLUTE_STEMS, HYPE_STEMS, PROMISE_STEMS = PROMISES.stems("absolute"), HYPE.stems("hype"), PROMISES.stems("promises")
#: Whether the phrase is a noun: of nouns a denial may stand behind.
ABSOLUTE = ((True, PROMISES.anywhere("nouns")), (False, PROMISES.anywhere("claims")))
CURE, CURABLE = PROMISES.here("cure_words"), PROMISES.anywhere("curable")
NO_HARM, COUNTED, SOME = PROMISES.here("no_harms"), PROMISES.here("counted"), PROMISES.before("some_people")
PEOPLE = PROMISES.before("people_before")
PROMISE_SENSES = PROMISES.here("other_sense_here"), PROMISES.before("other_sense_before")
PROMISE_ELSEWHERE = PROMISES.anywhere("other_sense_anywhere")

PRAISE = HYPE.anywhere("hype")
PRAISE_SENSES = HYPE.here("other_sense_here"), HYPE.before("other_sense_before")
PRAISE_ELSEWHERE = HYPE.anywhere("other_sense_anywhere")

YOU_WILL = PROMISES.anywhere("promises")
LESS_FELT = re.compile(r"\b(?:no longer|never)\b")
FEEL, ABLE = re.compile(r"\bfeel\Z"), re.compile(r"\bbe able to\Z")
SENSATION, LESS = PROMISES.anywhere("sensations"), PROMISES.here("less_of_it")
PRACTICAL, HEDGE = PROMISES.here("practical"), PROMISES.anywhere("hedges")
CLAUSE_END = re.compile(r"[,;:.!?…–—]| (?:and|but|when|as|while|because|so) ")

#: How far an other sense is looked for in front of a phrase, in characters.
REACH = 90


def f3(manuscript: Manuscript) -> Iterator[Finding]:
    """Cure, miracle, guaranteed, risk-free, said as a claim."""
    for block, sentence in manuscript.sentences():
        if phrase := _absolute(sentence):
            yield finding("F3", block, sentence.text, phrase=phrase)


def f4(manuscript: Manuscript) -> Iterator[Finding]:
    """Hype: every sentence, and the story when it has the habit. Words are counted, not sentences."""
    count = 0
    for block, sentence in manuscript.sentences():
        praises = [sentence.text[found.start() : found.end()] for found in _praises(sentence)]
        if praises:
            count += len(praises)
            yield finding("F4", block, sentence.text, words=_listed(praises))
    if too_many(count, manuscript.word_count):
        yield finding("F4", None, variant="rate", count=count, words=manuscript.word_count)


def f5(manuscript: Manuscript) -> Iterator[Finding]:
    """Promises to the reader: every sentence, and the story when there are three."""
    count = 0
    for block, sentence in manuscript.sentences():
        if phrase := _promise(sentence):
            count += 1
            yield finding("F5", block, sentence.text, phrase=phrase)
    if count >= 3:
        yield finding("F5", None, variant="habit", count=count)


def _absolute(sentence: Sentence) -> str:
    """The first absolute claim of a sentence as it is written, or nothing."""
    folded = sentence.folded
    if not holds(folded, ABSOLUTE_STEMS):
        return ""
    claims = [(found, is_noun) for is_noun, pattern in ABSOLUTE for found in pattern.finditer(folded)]
    if not claims or asked(folded) or PROMISE_ELSEWHERE.search(folded):
        return ""
    is_curable = bool(CURABLE.search(folded))
    for found, is_noun in claims:
        if not (is_curable and CURE.match(found[0])) and _is_claimed(folded, found, is_noun=is_noun):
            return sentence.text[found.start() : found.end()]
    return ""


def _is_claimed(folded: str, found: re.Match[str], *, is_noun: bool) -> bool:
    start, end = found.span()
    if _other_sense(PROMISE_SENSES, folded, found) or uncertain(folded, start):
        return False
    if denied(folded, start, end if is_noun else None) or is_said_not_to_exist(folded, end):
        return False
    if NO_HARM.match(found[0]):
        before = folded[max(0, start - REACH) : start]
        of_some = SOME.search(before) or (found[0].startswith("with") and PEOPLE.search(before))
        return not (COUNTED.match(folded, end) or of_some)
    return True


def _praises(sentence: Sentence) -> list[re.Match[str]]:
    folded = sentence.folded
    if not holds(folded, HYPE_STEMS):
        return []
    found = [match for match in PRAISE.finditer(folded) if not _other_sense(PRAISE_SENSES, folded, match)]
    if not found or asked(folded) or PRAISE_ELSEWHERE.search(folded):
        return []
    return [match for match in found if not denied(folded, match.start())]


def _promise(sentence: Sentence) -> str:
    folded = sentence.folded
    if not holds(folded, PROMISE_STEMS):
        return ""
    promises = list(YOU_WILL.finditer(folded))
    if not promises or ends_as_question(folded) or HEDGE.search(folded):
        return ""
    for found in promises:
        if _is_promised(folded, found):
            return sentence.text[found.start() : found.end()]
    return ""


def _is_promised(folded: str, found: re.Match[str]) -> bool:
    start, end = found.span()
    if denied(folded, start):
        return False
    if ABLE.search(found[0]):
        return not PRACTICAL.match(folded, end + 1)
    if not FEEL.search(found[0]):
        return True
    rest = folded[end + 1 : end + 80]
    clause_end = CLAUSE_END.search(rest)
    felt = rest[: clause_end.start()] if clause_end else rest
    if felt.startswith("free to"):
        return False
    if LESS_FELT.search(found[0].lower()) or LESS.match(felt):
        return True
    return not SENSATION.search(felt)


def _other_sense(senses: tuple[re.Pattern[str], re.Pattern[str]], folded: str, found: re.Match[str]) -> bool:
    here, before = senses
    start = found.start()
    return bool(here.match(folded, start) or before.search(folded[max(0, start - REACH) : start]))


def _listed(words: list[str]) -> str:
    return ", ".join(f"“{word}”" for word in dict.fromkeys(words))


RULES: tuple[Callable[[Manuscript], Iterator[Finding]], ...] = (f3, f4, f5)
