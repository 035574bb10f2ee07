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
SHARE, GROUP, RESULT = PEOPLE.anywhere("share"), PEOPLE.anywhere("group"), PEOPLE.anywhere("results")
#: "When a patient has recovered" is said of all of them.
WHENEVER = re.compile(r"\b(?:when(?:ever)?|once|after|before|as soon as) \Z")
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
    for block in manuscript.blocks:
        if block.kind not in NARRATIVE:
            continue
        folded_block = " ".join(sentence.folded for sentence in block.sentences)
        is_treated = about_treatment or bool(TREATED.search(folded_block))
        for sentence in block.sentences:
            if is_treated and _is_outcome(sentence, person):
                yield block, sentence


def _is_outcome(sentence: Sentence, person: re.Pattern[str] | None) -> bool:
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
        return True
    return False


def _says_what_is_usual(sentence: Sentence) -> bool:
    """A number or a majority, a group, an outcome, and a citation."""
    if not any(sentence.rows):
        return False
    folded = sentence.folded
    return bool(SHARE.search(folded) and GROUP.search(folded) and RESULT.search(folded))


RULES: tuple[Callable[[Manuscript], Iterator[Finding]], ...] = (p1, p2)
