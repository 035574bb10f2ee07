"""Where a story is hard: its sections, and its hardest sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

from blog.readability.grades import Grade, counts_of, grade_of
from core.marks import _

#: Blocks that are no running text of this story: words of others, lists of things, what stands on many pages.
NOT_PROSE = frozenset(
    {
        *("title", "heading", "quote", "pull_quote", "crisis_help", "table", "embed", "signature", "references"),
        *("subscribe_form", "related_stories", "image", "stat"),
    }
)
#: Blocks that are a section of their own wherever they stand, and what it is called; who shows that translates it.
OWN_SECTIONS = {
    "standfirst": _("Standfirst"),
    "key_points": _("Key points"),
    "regulatory_status": _("Regulatory status"),
    "benefits": _("Benefits"),
    "risks": _("Risks"),
    "alternatives": _("Alternatives"),
    "who_should_not": _("Who should not"),
    "patient_story": _("Patient story"),
    "faq": _("Questions and answers"),
}
OPENING = _("Opening")
#: Below this a single long word moves the grade of a section by more than half a year.
MIN_SECTION_WORDS = 100
#: A sentence this short is not hard, whatever the formula makes of its one long word.
MIN_SENTENCE_WORDS = 8


class ReadableSentence(Protocol):
    @property
    def text(self) -> str: ...


class ReadableBlock(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def block_id(self) -> str: ...
    @property
    def section(self) -> str: ...
    @property
    def sentences(self) -> Sequence[ReadableSentence]: ...


class Readable(Protocol):
    """A story in blocks, such as the editorial check's manuscript."""

    @property
    def blocks(self) -> Sequence[ReadableBlock]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionGrade:
    title: str
    #: Name and id of its first block: where an editor should look.
    block: str
    block_id: str
    #: The names of all its blocks.
    blocks: tuple[str, ...]
    grade: Grade

    @property
    def is_long_enough(self) -> bool:
        """Whether its grade means something."""
        return self.grade.words >= MIN_SECTION_WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class HardSentence:
    text: str
    words: int
    #: Flesch-Kincaid of this sentence alone: good for comparing, not for judging.
    flesch_kincaid: float
    block: str
    block_id: str


def prose_of(story: Readable) -> Iterator[ReadableBlock]:
    """The blocks whose reading is graded."""
    return (block for block in story.blocks if block.kind not in NOT_PROSE)


def whole(story: Readable) -> Grade:
    return _grade_blocks(prose_of(story))


def by_section(story: Readable) -> list[SectionGrade]:
    """Every section with words in it, in order, the short ones too."""
    graded: list[SectionGrade] = []
    for title, group in groupby(prose_of(story), key=_section):
        blocks = list(group)
        found = _grade_blocks(blocks)
        if found.words:
            graded.append(
                SectionGrade(
                    title=title,
                    block=blocks[0].name,
                    block_id=blocks[0].block_id,
                    blocks=tuple(block.name for block in blocks),
                    grade=found,
                )
            )
    return graded


def hardest(story: Readable, n: int | None = 3) -> list[HardSentence]:
    """The sentences that ask most of a reader, the hardest first; None for all."""
    found = [
        HardSentence(
            text=sentence.text,
            words=counts_of(sentence.text).words,
            flesch_kincaid=grade_of([sentence.text]).flesch_kincaid,
            block=block.name,
            block_id=block.block_id,
        )
        for block in prose_of(story)
        for sentence in block.sentences
    ]
    long_enough = [sentence for sentence in found if sentence.words >= MIN_SENTENCE_WORDS]
    return sorted(long_enough, key=lambda sentence: -sentence.flesch_kincaid)[:n]


def _section(block: ReadableBlock) -> str:
    return OWN_SECTIONS.get(block.kind) or block.section or OPENING


def _grade_blocks(blocks: Iterable[ReadableBlock]) -> Grade:
    return grade_of(sentence.text for block in blocks for sentence in block.sentences)
