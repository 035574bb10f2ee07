"""C2 and C4: what is said to have been found, and the references behind it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from blog.editorial.catalogue import finding
from blog.editorial.findings import Finding
from blog.editorial.lexicon.senses import claims_nothing
from blog.editorial.lexicon.sources import generic_source, named_source
from blog.editorial.manuscript import MARKER, Block, BlockKind, CitedReference, Manuscript, Sentence, rows_of
from blog.editorial.rules.citing import cites, told, uncitable

#: An identifier that stands in the reference's own words, as in a plain text file.
IDENTIFIED = re.compile(r"\b10\.\d{4,9}/\S|\bPMID\b|\bPMC\d{4}|https?://|\bwww\.", re.IGNORECASE)
#: "The trial also found …": what was cited a sentence ago.
SAME_STUDY = re.compile(r"^\W*(?:the|this|that|these|those|both|its|their|it|they)\b", re.IGNORECASE)
MANY = 5


def findings_without_a_reference(manuscript: Manuscript) -> Iterator[Finding]:
    """C2: a named institution, journal or study with a finding and no reference; "research shows" as a warning.

    What a regulator decided (approved, warned) is no finding: the block on the regulatory status tells it. That nothing
    is known ("no study has shown") needs no reference either; that a named study found nothing does.
    """
    before: Sentence | None = None
    for block, sentence in told(manuscript):
        same_paragraph = before is not None and before in block.sentences and before.paragraph == sentence.paragraph
        previous, before = (before if same_paragraph else None), sentence
        if cites(block, sentence) or claims_nothing(sentence.prose):
            continue
        if name := named_source(sentence.prose):
            if not (uncitable(block) and name in _referred_to(manuscript)):
                yield finding("C2", block, sentence.text, name=name)
        elif claim := generic_source(sentence.prose):
            told_of = previous is not None and previous.rows and SAME_STUDY.match(sentence.prose)
            if not told_of:
                yield finding("C2", block, sentence.text, variant="generic", claim=claim)


def _referred_to(manuscript: Manuscript) -> set[str]:
    """The names that sentences with a reference give."""
    return {named_source(sentence.prose) for block, sentence in told(manuscript) if cites(block, sentence)}


def citations_that_lead_nowhere(manuscript: Manuscript) -> Iterator[Finding]:
    """C4: markers without a reference; 0 stands for one that was deleted."""
    count = len(manuscript.references)
    for block, sentence in manuscript.sentences(quotations=True):
        dangling: list[str] = []
        deleted = False
        for marker in MARKER.finditer(sentence.text):
            rows = rows_of(marker[1])
            deleted = deleted or 0 in rows
            dangling.extend([f"[{marker[1]}]"] if not rows else [str(row) for row in rows if row > count])
        if deleted:
            yield finding("C4", block, sentence.text, variant="deleted")
        if dangling:
            listed = ", ".join(dict.fromkeys(dangling[:MANY])) + (" …" if len(dangling) > MANY else "")
            yield finding("C4", block, sentence.text, rows=listed, count=_entries(count))


def references_without_an_identifier(manuscript: Manuscript) -> Iterator[Finding]:
    """C4: references that readers can't follow."""
    block: Block | None = next(manuscript.of_kind(BlockKind.REFERENCES), None)
    for row, reference in enumerate(manuscript.references, start=1):
        if not _is_identified(reference):
            yield finding("C4", block, reference.text.strip(), variant="unidentified", row=row)


def _is_identified(reference: CitedReference) -> bool:
    given = (reference.doi, reference.pmid, reference.url)
    return any(value.strip() for value in given) or IDENTIFIED.search(reference.text) is not None


def _entries(count: int) -> str:
    return {0: "no entries", 1: "one entry"}.get(count, f"{count} entries")


RULES: tuple[Callable[[Manuscript], Iterator[Finding]], ...] = (
    findings_without_a_reference,
    citations_that_lead_nowhere,
    references_without_an_identifier,
)
