"""S1 to S4: how a story speaks of suicide and self-harm."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from blog.editorial.catalogue import finding
from blog.editorial.findings import Finding
from blog.editorial.lexicon import holds, lexicon
from blog.editorial.manuscript import Block, BlockKind, Manuscript, Sentence, fold
from blog.editorial.scope import denied

SUICIDE = lexicon("suicide")

TOPIC, TOPIC_STEMS = SUICIDE.anywhere("topic"), SUICIDE.stems("topic")
OTHER_SENSE = SUICIDE.anywhere("other_sense")
#: Names of bands and films, and any quoted title of up to six words: "The Virgin Suicides".
TITLES = re.compile(
    "|".join(
        [*SUICIDE.phrases("titles"), r"[“\"‘'](?:[A-Z0-9][\w’']*[ -]?(?:(?:of|the|a|and|in|to|is|for) )*){1,6}[”\"’']"]
    )
)
#: A wish to die may be denied ("I don't want to die"); the word suicide is the topic all the same.
WISH = re.compile(r"(?:want|wish|long|pray|decid|prefer|desir|yearn|beg|hop)\w* (?:\w+ )?to (?:die|be dead)")

COMMIT, OUTCOME = SUICIDE.anywhere("commit"), SUICIDE.anywhere("outcome")
OUTCOME_BESIDE, COMMIT_STEMS = SUICIDE.anywhere("outcome_beside"), SUICIDE.stems("commit")
ABOUT_WORDS, REPORTED = SUICIDE.anywhere("about_words"), SUICIDE.anywhere("reported")

DETAIL, PREVENTION = SUICIDE.anywhere("note", "method", "place"), SUICIDE.anywhere("prevention")
#: A bridge, a tower or a cliff with a name.
NAMED_PLACE = re.compile(
    r"\b(?:from|off|at|on|near|under) (?:the )?(?:[A-Z][\w’'-]+ ){1,4}"
    r"(?:Bridge|Cliffs?|Tower|Building|Station|Falls|Point|Head|Viaduct|Hotel|Pier|Park|University|School|Prison)\b"
)

EPIDEMIC, CAUSE = SUICIDE.anywhere("epidemic"), SUICIDE.anywhere("cause")
S4_STEMS, NOT_A_CAUSE = SUICIDE.stems("s4"), SUICIDE.anywhere("not_a_cause")

#: What readers see before they have chosen to read.
HEADLINES = frozenset({BlockKind.TITLE, BlockKind.STANDFIRST})


#: Three rules ask of the same sentences.
@lru_cache(maxsize=4096)
def topic(text: str) -> str:
    """The words that make suicide or self-harm a subject of this text, or nothing. Quotations count, titles don't."""
    folded = fold(text)
    if not holds(folded, TOPIC_STEMS):
        return ""
    folded = fold(TITLES.sub(_blanked, text))
    folded = OTHER_SENSE.sub(_blanked, folded)
    for found in TOPIC.finditer(folded):
        if not (WISH.match(found[0]) and denied(folded, found.start())):
            return text[found.start() : found.end()]
    return ""


def s1(manuscript: Manuscript) -> Iterator[Finding]:
    """The topic without help beside it; one finding for the story, on the first sentence that names it."""
    if any(manuscript.of_kind(BlockKind.CRISIS_HELP)):
        return
    for block, sentence in manuscript.sentences(quotations=True):
        if topic(sentence.text):
            yield finding("S1", block, sentence.text)
            return


def s2(manuscript: Manuscript) -> Iterator[Finding]:
    """Suicide as a crime, as a success or as a failure."""
    for block, sentence, is_beside in _with_topic(manuscript):
        folded = OTHER_SENSE.sub(_blanked, sentence.folded)
        if not holds(folded, COMMIT_STEMS):
            continue
        if found := COMMIT.search(folded):
            if not _is_about_words(folded, found.start()):
                yield finding("S2", block, sentence.text, variant="commit", phrase=_printed(sentence, found))
            continue
        found = OUTCOME.search(folded) or (OUTCOME_BESIDE.search(folded) if is_beside else None)
        if found and not _is_about_words(folded, found.start()):
            yield finding("S2", block, sentence.text, variant="outcome", phrase=_printed(sentence, found))


def s3(manuscript: Manuscript) -> Iterator[Finding]:
    """How, where and what was written, in the sentence of the topic or beside it."""
    for block, sentence, is_beside in _with_topic(manuscript):
        if not is_beside:
            continue
        folded = PREVENTION.sub(_blanked, sentence.folded)
        found = DETAIL.search(folded) or (NAMED_PLACE.search(sentence.prose) if topic(sentence.text) else None)
        if found:
            yield finding("S3", block, sentence.text, phrase=_printed(sentence, found))


def s4(manuscript: Manuscript) -> Iterator[Finding]:
    """The topic in a headline, as an epidemic, or with a single cause."""
    for block, sentence in manuscript.sentences():
        if block.kind in HEADLINES and topic(sentence.text):
            yield finding("S4", block, sentence.text, variant="headline")
            continue
        if not holds(sentence.folded, S4_STEMS):
            continue
        folded = OTHER_SENSE.sub(_blanked, sentence.folded)
        if (found := EPIDEMIC.search(folded)) and not denied(folded, found.start(), found.end()):
            yield finding("S4", block, sentence.text, variant="epidemic", phrase=_printed(sentence, found))
        elif (found := CAUSE.search(folded)) and not (NOT_A_CAUSE.search(folded) or denied(folded, found.start())):
            yield finding("S4", block, sentence.text, variant="cause", phrase=_printed(sentence, found))


def _is_about_words(folded: str, end: int) -> bool:
    """Whether the text before a phrase speaks about wording; that somebody told what happened is no such talk."""
    return ABOUT_WORDS.search(REPORTED.sub(_blanked, folded[: end + 10])[:end]) is not None


def _with_topic(manuscript: Manuscript) -> Iterator[tuple[Block, Sentence, bool]]:
    """Every sentence, and whether it or one of its neighbors names the topic."""
    sentences = list(manuscript.sentences())
    names = [bool(topic(sentence.text)) for _, sentence in sentences]
    for index, (block, sentence) in enumerate(sentences):
        yield block, sentence, any(names[max(0, index - 1) : index + 2])


def _blanked(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _printed(sentence: Sentence, found: re.Match[str]) -> str:
    return " ".join(sentence.text[found.start() : found.end()].split())


RULES: tuple[Callable[[Manuscript], Iterator[Finding]], ...] = (s1, s2, s3, s4)
