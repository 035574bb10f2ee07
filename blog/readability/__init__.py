"""How hard a text is to read: sentences, words, syllables and the two grades that are made of them.

Pure, and it knows nothing of the editorial check, which is built on it.
"""

from __future__ import annotations

from blog.readability.drawing import Bar, Ease, Picture, picture
from blog.readability.grades import Grade, counts_of, grade, grade_of
from blog.readability.sections import HardSentence, SectionGrade, by_section, hardest, whole
from blog.readability.sentences import split_sentences
from blog.readability.words import count_words, syllables, words_of

__all__ = [
    "Bar",
    "Ease",
    "Grade",
    "HardSentence",
    "Picture",
    "SectionGrade",
    "by_section",
    "count_words",
    "counts_of",
    "grade",
    "grade_of",
    "hardest",
    "picture",
    "split_sentences",
    "syllables",
    "whole",
    "words_of",
]
