"""Telling a heading from a short paragraph, in texts that mark neither."""

from __future__ import annotations

import re

MIN_WORDS, MAX_WORDS = 2, 12
#: The field's own limit (`HeadingBlock`); a longer "heading" is prose.
MAX_CHARACTERS = 160

#: Words that Title Case leaves small: articles, conjunctions, prepositions.
MINOR_WORDS = frozenset(
    """
    a an the and but or nor for so yet if as at by in of off on out over per to up upon via vs v with from into onto
    than about above across after against along among around before behind below between beyond down during like near
    since through toward towards under until within without
    """.split()  # noqa: SIM905
)
BULLET = re.compile(r"[-*•‣▪◦·–—]\s")
OPENING = "\"'“‘«([{*_"
CLOSING = "\"'”’»)]}*_"
FINAL_PUNCTUATION = (".", "!", ",", ";", ":", "…")


def is_heading(line: str) -> bool:
    """Whether a line that stands alone is a heading: 2-12 words in Title Case, no final `. ! , ; : …`."""
    if len(line) > MAX_CHARACTERS or BULLET.match(line) or line.rstrip(CLOSING + " ").endswith(FINAL_PUNCTUATION):
        return False
    words = [word for token in line.split() if (word := token.strip(OPENING + CLOSING + ",;:.!?…–—-&/"))]
    if not MIN_WORDS <= len(words) <= MAX_WORDS or words[0] in MINOR_WORDS:
        return False
    return any(word[0].isalpha() for word in words) and all(is_capitalised(word) for word in words)


def is_capitalised(word: str) -> bool:
    """Whether a word may stand so in Title Case: capital, number, minor word, or a name such as `rTMS` or `iPhone`."""
    if word in MINOR_WORDS or word[0].isdigit():
        return True
    stem = re.split(r"[-–/]", word, maxsplit=1)[0]  # `Treatment-resistant` counts by its first part
    return word[0].isupper() or any(letter.isupper() for letter in stem)
