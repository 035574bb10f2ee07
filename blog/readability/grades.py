"""Two grades: the years of American schooling that a text asks for.

Flesch-Kincaid: Kincaid, Fishburne, Rogers and Chissom, Research Branch Report 8-75, Chief of Naval Technical Training,
1975. SMOG: McLaughlin, "SMOG grading: a new readability formula", Journal of Reading 12 (1969), 639-646; for texts of
another length than thirty sentences the number of long words is taken per thirty sentences.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from blog.readability.sentences import split_sentences
from blog.readability.words import syllables, words_of

#: A long word, in SMOG's sense, has this many syllables.
LONG_WORD = 3
SMOG_SENTENCES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """How hard a text is. Both grades of a text without words are 0."""

    flesch_kincaid: float
    smog: float
    words: int
    sentences: int


def grade(text: str) -> Grade:
    """Of a plain text; every line of its own ends a sentence, stop or not."""
    return grade_of(sentence for line in text.split("\n\n") for sentence in split_sentences(line))


@dataclass(frozen=True, slots=True)
class Counts:
    """What the formulas need of one sentence."""

    words: int
    syllables: int
    #: Words of three syllables and more.
    long_words: int


@lru_cache(maxsize=4096)
def counts_of(sentence: str) -> Counts:
    spoken = [syllables(word) for word in words_of(sentence)]
    return Counts(len(spoken), sum(spoken), sum(number >= LONG_WORD for number in spoken))


def grade_of(sentences: Iterable[str]) -> Grade:
    """Of sentences already cut. Those without a word don't count."""
    counts = [found for found in map(counts_of, sentences) if found.words]
    words, sentence_count = sum(found.words for found in counts), len(counts)
    if not words:
        return Grade(flesch_kincaid=0.0, smog=0.0, words=0, sentences=0)
    spoken, long_words = sum(found.syllables for found in counts), sum(found.long_words for found in counts)
    return Grade(
        flesch_kincaid=round(0.39 * words / sentence_count + 11.8 * spoken / words - 15.59, 1),
        smog=round(1.0430 * (long_words * SMOG_SENTENCES / sentence_count) ** 0.5 + 3.1291, 1),
        words=words,
        sentences=sentence_count,
    )
