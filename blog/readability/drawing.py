"""The readability of a story as a picture: what `blog/admin/readability.html` draws beside the editor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from blog.readability.grades import Grade
from blog.readability.sections import MIN_SECTION_WORDS, HardSentence, Readable, by_section, hardest, whole

#: The grades at which lines stand; the rules R1 warns at.
GOOD_UP_TO, HARD_ABOVE = 8.0, 10.0
#: Of the drawing, in its own units: a grade is ten of them, and the widest bar is a grade of 16.
UNITS, WIDEST = 10, 160


class Ease(StrEnum):
    EASY = "easy"
    #: Above grade 8.
    HARD = "hard"
    #: Above grade 10.
    VERY_HARD = "very-hard"
    #: Too few words for a grade that means something.
    SHORT = "short"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A row of the picture."""

    title: str
    #: The block to jump to; empty for the whole story.
    block_id: str
    ease: Ease
    #: As people read it, such as `8.4`.
    grade: str
    words: int
    #: In the units of the drawing.
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    story: Bar
    smog: str
    bars: tuple[Bar, ...]
    hardest: tuple[HardSentence, ...]
    good_at: int = int(GOOD_UP_TO * UNITS)
    hard_at: int = int(HARD_ABOVE * UNITS)
    widest: int = WIDEST


def picture(story: Readable) -> Picture | None:
    """None for a story without words."""
    grade = whole(story)
    if not grade.words:
        return None
    return Picture(
        story=_bar("", "", grade, least=0),
        smog=f"{grade.smog:.1f}",
        bars=tuple(
            _bar(section.title, section.block_id, section.grade, least=MIN_SECTION_WORDS)
            for section in by_section(story)
        ),
        hardest=tuple(hardest(story)),
    )


def ease_of(grade: Grade, *, least: int = MIN_SECTION_WORDS) -> Ease:
    """How a text of at least `least` words reads."""
    if grade.words < least:
        return Ease.SHORT
    if grade.flesch_kincaid > HARD_ABOVE:
        return Ease.VERY_HARD
    return Ease.HARD if grade.flesch_kincaid > GOOD_UP_TO else Ease.EASY


def _bar(title: str, block_id: str, grade: Grade, *, least: int) -> Bar:
    return Bar(
        title=title,
        block_id=block_id,
        ease=ease_of(grade, least=least),
        # Very short sentences of very short words come out below zero; nobody has gone to school for less than that.
        grade=f"{max(0.0, grade.flesch_kincaid):.1f}",
        words=grade.words,
        width=max(1, min(WIDEST, round(grade.flesch_kincaid * UNITS))),
    )
