"""R1 and R2: how hard it is to read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from blog.editorial.catalogue import finding
from blog.editorial.findings import Finding
from blog.editorial.manuscript import Block, BlockKind, Manuscript
from blog.readability import Grade, HardSentence, by_section, counts_of, hardest, whole

#: Flesch-Kincaid: NIH and AMA ask for the eighth grade at most; above the tenth most readers are lost.
GRADE, HARD_GRADE = 8.0, 10.0
SMOG = 10.0
SENTENCE_WORDS, LONG_SENTENCE_WORDS = 25, 40
PARAGRAPH_WORDS = 80
#: A grade of less is chance.
MIN_STORY_WORDS = 50
#: SMOG takes a square root of very few long words when there are fewer sentences.
MIN_SMOG_SENTENCES = 5
#: First the story, then its sections, then its sentences: the order in which they are worth mending.
STORY_WEIGHT, SECTION_WEIGHT, SENTENCE_WEIGHT = 300, 200, 100

#: No prose of this story: cells, names, and lines that stand under many stories.
NOT_WRITTEN_HERE = frozenset(
    {
        *(BlockKind.TABLE, BlockKind.SIGNATURE, BlockKind.CRISIS_HELP, BlockKind.EMBED),
        *(BlockKind.SUBSCRIBE_FORM, BlockKind.RELATED_STORIES),
    }
)


def r1(manuscript: Manuscript) -> Iterator[Finding]:
    """A story, or a section of at least a hundred words, that asks for more than eight years of school."""
    hard_sentences = hardest(manuscript, None)
    story = whole(manuscript)
    if story.words >= MIN_STORY_WORDS:
        yield from _too_hard(None, "The story", story, _opening(hard_sentences), STORY_WEIGHT)
    sections = by_section(manuscript)
    if len(sections) < 2:
        return
    blocks = {block.name: block for block in manuscript.blocks}
    for section in sections:
        if section.is_long_enough:
            first = _opening(sentence for sentence in hard_sentences if sentence.block in section.blocks)
            title = f"The section “{section.title}”"
            yield from _too_hard(blocks[section.block], title, section.grade, first, SECTION_WEIGHT)


def _too_hard(block: Block | None, title: str, grade: Grade, first: str, weight: int) -> Iterator[Finding]:
    if grade.flesch_kincaid > HARD_GRADE:
        variant = "hard"
    elif grade.flesch_kincaid > GRADE:
        variant, weight = "default", 0
    elif grade.smog > SMOG and grade.sentences >= MIN_SMOG_SENTENCES:
        variant, weight = "smog", 0
    else:
        return
    years, smog = f"{grade.flesch_kincaid:.1f}", f"{grade.smog:.1f}"
    yield finding("R1", block, variant=variant, weight=weight, title=title, grade=years, smog=smog, hardest=first)


def _opening(sentences: Iterable[HardSentence]) -> str:
    """How the hardest of these sentences begins: where mending should begin as well."""
    return next((" ".join([*sentence.text.split()[:6], "…"]) for sentence in sentences), "")


def r2(manuscript: Manuscript) -> Iterator[Finding]:
    """Sentences above 25 words of the author's own, paragraphs above 80."""
    for block, group in groupby(manuscript.sentences(), key=lambda found: found[0]):
        if block.kind in NOT_WRITTEN_HERE:
            continue
        for sentence in (sentence for _block, sentence in group):
            words = counts_of(sentence.prose).words
            if words > SENTENCE_WORDS:
                is_long = words > LONG_SENTENCE_WORDS
                variant, weight = ("long", min(SENTENCE_WEIGHT + words, SECTION_WEIGHT)) if is_long else ("default", 0)
                yield finding("R2", block, sentence.text, variant=variant, weight=weight, words=words)
        yield from _long_paragraphs(block)


def _long_paragraphs(block: Block) -> Iterator[Finding]:
    for _index, group in groupby(block.sentences, key=lambda sentence: sentence.paragraph):
        sentences = [sentence.text for sentence in group]
        words = sum(counts_of(sentence).words for sentence in sentences)
        if words > PARAGRAPH_WORDS:
            yield finding("R2", block, sentences[0], variant="paragraph", words=words)


RULES: tuple[Callable[[Manuscript], Iterator[Finding]], ...] = (r1, r2)
