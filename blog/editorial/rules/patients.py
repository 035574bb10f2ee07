"""P1 and P2: people whose stories are told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from blog.editorial.catalogue import finding
from blog.editorial.findings import Finding
from blog.editorial.lexicon import holds
from blog.editorial.manuscript import Block, BlockKind, Manuscript, Sentence, fold
from blog.editorial.people import GIVEN, NARRATIVE, PEOPLE, named_people, names_in
from blog.editorial.scope import denied, ends_as_question, uncertain

BASIS = PEOPLE.anywhere("basis")
OUTCOME, OUTCOME_STEMS, TREATED = PEOPLE.anywhere("outcome"), PEOPLE.stems("outcome"), PEOPLE.anywhere("treated")
ALONE, NO_TREATMENT = PEOPLE.anywhere("outcome_alone"), PEOPLE.anywhere("no_treatment")
SHARE, GROUP, RESULT = PEOPLE.anywhere("share"), PEOPLE.anywhere("group"), PEOPLE.anywhere("results")
#: "When a patient has recovered" is said of all of them.
WHENEVER = re.compile(r"\b(?:when(?:ever)?|once|after|before|as soon as) \Z")
GROUP_THERE = re.compile(
    r"\b(?:people|patients|adults|participants|those who|women|men|children|students|veterans|volunteers|rats|mice"
    r"|animals|group|half|most|some|many|everyone|anyone|placebo|trial|study)\b"
)
#: What a treatment does to somebody, and a dog may do as well.
DONE_TO = re.compile(
    r"(?:sav|chang|transform|restor|turn|cur|heal|help|free)(?:e|es|ed) |(?:got|gave|given|gives) |worked for|new "
)
FIRST_PERSON = re.compile(
    r"i\b|my (?!(?:\w+ )?(?:patient|client|son|daughter|husband|wife|mother|father|brother|sister|friend)\b)"
)


def p1(manuscript: Manuscript) -> Iterator[Finding]:
    """A named patient without a basis of consent; once for each name."""
    people = named_people(manuscript)
    if not people:
        return
    everybody, covered = _covered(manuscript, {person.name for person in people})
    if everybody:
        return
    for person in people:
        block = person.block
        if person.name in covered or (block.kind is BlockKind.PATIENT_STORY and block.consent):
            continue
        variant = "block" if block.kind is BlockKind.PATIENT_STORY else "default"
        yield finding("P1", block, person.sentence.text, variant=variant, name=person.name)


def p2(manuscript: Manuscript) -> Iterator[Finding]:
    """Somebody got better, and nothing says what usually happens; one finding for the story."""
    if any(_says_what_is_usual(sentence) for _, sentence in manuscript.sentences()):
        return
    told = [block for block in manuscript.of_kind(BlockKind.PATIENT_STORY) if block.typical_result.strip()]
    for block, sentence in _outcomes(manuscript):
        is_told = bool(block.typical_result.strip()) if block.kind is BlockKind.PATIENT_STORY else bool(told)
        if not is_told:
            yield finding("P2", block, sentence.text)
            return


def _covered(manuscript: Manuscript, people: set[str]) -> tuple[bool, set[str]]:
    """Whether a statement covers everybody, and the names that are covered one by one."""
    covered: set[str] = set()
    for block in manuscript.of_kind(BlockKind.PATIENT_STORY):
        if block.consent:
            covered |= {name for sentence in block.sentences for name in names_in(sentence.text)}
    for _, sentence in manuscript.sentences():
        found = BASIS.search(sentence.folded)
        if not found or denied(sentence.folded, found.start()):
            continue
        names = names_in(sentence.prose) & (people | GIVEN)
        if not names:
            return True, covered
        covered |= names
    return False, covered


def _outcomes(manuscript: Manuscript) -> Iterator[tuple[Block, Sentence]]:
    """Sentences in which one person is better after treatment."""
    names = [re.escape(fold(person.name)) for person in named_people(manuscript)]
    person = re.compile(rf"\b(?:{'|'.join(names)})\b(?= (?!and\b)|'s|,)") if names else None
    about_treatment = manuscript.kind in ("treatment", "patient_story")
    blocks = [block for block in manuscript.blocks if block.kind in NARRATIVE]
    for index, block in enumerate(blocks):
        is_treated = about_treatment or block.kind is BlockKind.PATIENT_STORY or _speaks_of_treatment(blocks, index)
        before = ""
        for sentence in block.sentences if is_treated else ():
            if _is_outcome(sentence, person, before):
                yield block, sentence
            before = sentence.folded


def _speaks_of_treatment(blocks: list[Block], index: int) -> bool:
    """Whether a block, or the sentence before or behind it, does."""
    near = [
        *(blocks[index - 1].sentences[-1:] if index else ()),
        *blocks[index].sentences,
        *(blocks[index + 1].sentences[:1] if index + 1 < len(blocks) else ()),
    ]
    return any(TREATED.search(sentence.folded) for sentence in near)


def _is_outcome(sentence: Sentence, person: re.Pattern[str] | None, before: str) -> bool:
    if not holds(sentence.folded, OUTCOME_STEMS) or ends_as_question(sentence.folded):
        return False
    folded = person.sub("somebodynamed", sentence.folded) if person else sentence.folded
    for found in OUTCOME.finditer(folded):
        if denied(folded, found.start()) or uncertain(folded, found.start()):
            continue
        if found[0].startswith("a ") and WHENEVER.search(folded, 0, found.start()):
            continue
        if FIRST_PERSON.match(found[0]) and not TREATED.search(folded):
            continue
        if DONE_TO.match(found[0]) and _is_no_treatment(folded, before):
            continue
        return True
    return _is_gone(sentence)


def _is_gone(sentence: Sentence) -> bool:
    """Whether what somebody had is gone, and no group is spoken of."""
    folded = sentence.folded
    found = ALONE.search(folded)
    if not found or any(sentence.rows) or GROUP_THERE.search(folded):
        return False
    return not (denied(folded, found.start()) or uncertain(folded, found.start()))


def _is_no_treatment(folded: str, before: str) -> bool:
    """Whether a dog, a song or a garden did it; "it" is what the sentence before spoke of."""
    if TREATED.search(folded):
        return False
    if NO_TREATMENT.search(folded):
        return True
    return (
        folded.startswith(("it ", "that ", "she ", "he "))
        and bool(NO_TREATMENT.search(before))
        and not TREATED.search(before)
    )


def _says_what_is_usual(sentence: Sentence) -> bool:
    """A number or a majority, a group, an outcome, and a citation."""
    if not any(sentence.rows):
        return False
    folded = sentence.folded
    return bool(SHARE.search(folded) and GROUP.search(folded) and RESULT.search(folded))


RULES: tuple[Callable[[Manuscript], Iterator[Finding]], ...] = (p1, p2)
