"""L1 and T1: words that label people, and typography that shouts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from blog.editorial.catalogue import finding
from blog.editorial.findings import Finding
from blog.editorial.lexicon import Term, holds, lexicon, terms
from blog.editorial.manuscript import Block, BlockKind, Manuscript, Sentence
from blog.editorial.scope import is_mentioned, too_many

CAPITALS = lexicon("capitals")
SHOUTED, ACRONYMS = CAPITALS.words("shouted"), CAPITALS.words("acronyms")
COMMON, ENDINGS = CAPITALS.words("common"), tuple(CAPITALS.words("endings"))
IN_CONTEXT, NAME_OF_A_STUDY = re.compile("|".join(CAPITALS.phrases("in_context"))), CAPITALS.here("studies")

#: Two letters or more, all large; not a part of `THREE-D`, `STAR*D` or `COVID-19`.
LARGE = re.compile(r"(?<![\w*/-])[A-Z][A-Z’']*[A-Z](?![\w*/]|-\w)")
SMALL = re.compile(r"\b[a-z]{3,}\b")
MARKS = re.compile(r"[?!]\s?[?!][?!\s]*|‽")
DEFINED = re.compile(r"\(([A-Z]{2,})s?\)|\b([A-Z]{2,}) \(")
ELLIPSIS = re.compile(r"…+|\.(?: ?\.){2,}")
#: Whose words are not the author's, or not running text.
NOT_PROSE = frozenset({BlockKind.SIGNATURE, BlockKind.EMBED, BlockKind.RELATED_STORIES})
REACH = 60


def l1(manuscript: Manuscript) -> Iterator[Finding]:
    """Words that label people; once in a sentence, with the better wording."""
    for block, sentence in manuscript.sentences():
        for term in terms():
            if phrase := _labelled(term, sentence):
                yield finding("L1", block, sentence.text, phrase=phrase, why=term.why, better=term.better)
                break


def t1(manuscript: Manuscript) -> Iterator[Finding]:
    """Capitals for emphasis, doubled marks, and a habit of ellipses."""
    small = _small_words(manuscript)
    defined = _defined(manuscript)
    ellipses = 0
    for block, sentence in manuscript.sentences():
        if block.kind in NOT_PROSE:
            continue
        ellipses += len(ELLIPSIS.findall(sentence.prose))
        yield from _shouts(block, sentence, small, defined)
    if too_many(ellipses, manuscript.word_count):
        yield finding("T1", None, variant="ellipses", count=ellipses, words=manuscript.word_count)


def _labelled(term: Term, sentence: Sentence) -> str:
    folded = sentence.folded
    if not holds(folded, term.stems):
        return ""
    for found in term.phrases.finditer(folded):
        start = found.start()
        if is_mentioned(folded, start):
            continue
        if term.not_here and term.not_here.match(folded, start):
            continue
        if term.not_before and term.not_before.search(folded[max(0, start - REACH) : start]):
            continue
        return sentence.text[start : found.end()]
    return ""


def _shouts(block: Block, sentence: Sentence, small: frozenset[str], defined: frozenset[str]) -> Iterator[Finding]:
    prose = sentence.prose
    shouted = [found[0] for found in LARGE.finditer(prose) if _is_shouted(found, prose, small, defined)]
    if shouted:
        listed = ", ".join(f"“{word}”" for word in dict.fromkeys(shouted))
        yield finding("T1", block, sentence.text, variant="capitals", words=listed)
    elif found := MARKS.search(sentence.prose):
        yield finding("T1", block, sentence.text, variant="marks", marks=found[0].replace(" ", ""))


def _is_shouted(found: re.Match[str], prose: str, small: frozenset[str], defined: frozenset[str]) -> bool:
    word = found[0]
    if word in defined:
        return False
    if IN_CONTEXT.match(prose, found.start()):
        return not NAME_OF_A_STUDY.match(prose, found.end() + 1)
    if word in ACRONYMS:
        return False
    lowered = word.lower().replace("’", "'")
    if lowered in COMMON:
        return not NAME_OF_A_STUDY.match(prose, found.end() + 1)
    if len(word) >= 3 and lowered in SHOUTED:
        return True
    return len(word) >= 5 and (lowered in small or lowered.endswith(ENDINGS))


def _small_words(manuscript: Manuscript) -> frozenset[str]:
    """Words that the story also writes small: large they are emphasis, not acronyms."""
    return frozenset(word for _, sentence in manuscript.sentences() for word in SMALL.findall(sentence.prose))


def _defined(manuscript: Manuscript) -> frozenset[str]:
    """Acronyms that the story expands: `(ACT)`, `ACT (`."""
    return frozenset(
        found[1] or found[2] for _, sentence in manuscript.sentences() for found in DEFINED.finditer(sentence.prose)
    )


RULES: tuple[Callable[[Manuscript], Iterator[Finding]], ...] = (l1, t1)
