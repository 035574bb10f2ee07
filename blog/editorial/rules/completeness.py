"""F1, F2, F6, E1, E2: what a story about a treatment must have."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from blog.editorial.catalogue import finding
from blog.editorial.findings import Finding
from blog.editorial.lexicon.treatments import names_alternatives, states_a_status
from blog.editorial.manuscript import WORD, Block, BlockKind, Manuscript

TREATMENT = "treatment"

#: The risks of a treatment in fewer words than this are not told but touched on.
LEAST_RISK_WORDS = 80
#: Balance: the risks' share of the words that the benefits take.
LEAST_RISK_SHARE = 0.25
#: A block on the alternatives as long as this tells of them, whatever they are called.
TELLING_WORDS = 30


def risks_told(manuscript: Manuscript) -> Iterator[Finding]:
    """F1: a treatment's risks, in a block of their own, at a length that the benefits deserve."""
    if manuscript.kind != TREATMENT:
        return
    blocks = list(manuscript.of_kind(BlockKind.RISKS))
    words = _words(blocks)
    praise = _words(manuscript.of_kind(BlockKind.BENEFITS))
    if not words:
        variant = "missing"
    elif words < LEAST_RISK_WORDS:
        variant = "short"
    elif words < LEAST_RISK_SHARE * praise:
        variant = "unbalanced"
    else:
        return
    yield finding(
        "F1",
        blocks[0] if blocks else None,
        variant=variant,
        words=words,
        least=LEAST_RISK_WORDS,
        benefits=praise,
        share=round(100 * words / praise) if praise else 0,
    )


def regulatory_status_given(manuscript: Manuscript) -> Iterator[Finding]:
    """F2: whether the treatment is approved for this use. A file has no field for it: there the words count."""
    if manuscript.kind != TREATMENT:
        return
    blocks = list(manuscript.of_kind(BlockKind.REGULATORY_STATUS))
    if not blocks:
        yield finding("F2", None)
    elif not any(block.status or any(map(states_a_status, block.paragraphs)) for block in blocks):
        yield finding("F2", blocks[0], variant="empty")


def alternatives_named(manuscript: Manuscript) -> Iterator[Finding]:
    """F6: what else a reader could choose. To speak of "the available options" names none of them."""
    if manuscript.kind != TREATMENT:
        return
    blocks = list(manuscript.of_kind(BlockKind.ALTERNATIVES))
    if any(block.word_count >= TELLING_WORDS for block in blocks):
        return
    titles = [text for block in manuscript.of_kind(BlockKind.TITLE) for text in block.paragraphs]
    about = frozenset(word.lower() for title in titles for word in WORD.findall(title))
    if any(
        names_alternatives(
            sentence.prose, about=about, offered=block.kind is BlockKind.ALTERNATIVES, section=block.section
        )
        for block, sentence in manuscript.sentences()
        if block.kind is not BlockKind.PATIENT_STORY
    ):
        return
    yield finding("F6", blocks[0] if blocks else None, variant="unnamed" if _words(blocks) else "default")


def who_answers_for_it(manuscript: Manuscript) -> Iterator[Finding]:
    """E1: author's credential, conflict of interest, date of the review; one finding lists what is missing."""
    if manuscript.kind != TREATMENT:
        return
    missing = [
        what
        for what, value in (
            ("the author’s credential", manuscript.author_credential.strip()),
            ("the conflict-of-interest statement", manuscript.conflict_statement.strip()),
            ("the date of the last review", manuscript.reviewed_on),
        )
        if not value
    ]
    if missing:
        yield finding("E1", None, missing=_listed(missing))


def review_overdue(manuscript: Manuscript) -> Iterator[Finding]:
    """E2: a review whose day has passed. It warns; that an overdue story isn't sent is the preflight's rule."""
    due = manuscript.review_due_on
    if due is not None and due < manuscript.today:
        # No count of days: the finding, and what was decided about it, stays the same until the date changes.
        yield finding("E2", None, due=f"{due:%B} {due.day}, {due.year}")


def _words(blocks: Iterator[Block] | list[Block]) -> int:
    return sum(block.word_count for block in blocks)


def _listed(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]


RULES: tuple[Callable[[Manuscript], Iterator[Finding]], ...] = (
    risks_told,
    regulatory_status_given,
    alternatives_named,
    who_answers_for_it,
    review_overdue,
)
