"""Showing where a search's words stand: the best passage of a text, and marks around the words.

The same on every database: PostgreSQL's search knows word stems, SQLite's does not, and neither tells about titles.
Stems are Snowball's (https://snowballstem.org), as PostgreSQL's are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

import snowballstemmer
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WORD = re.compile(r"\w+(?:[’']\w+)*")
#: About three lines on a phone.
PASSAGE_WORDS = 36
#: How many words stand before the first hit of a passage.
LEAD_IN = 8


@cache
def _stemmer() -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer("english")


def stem(word: str) -> str:
    """What a word is compared by: no case, no accents, no ending."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", word) if not unicodedata.combining(letter))
    found: str = _stemmer().stemWord(plain.casefold().replace("’", "'"))
    return found


def stems(query: str) -> frozenset[str]:
    return frozenset(stem(word) for word in WORD.findall(query))


def marked(text: str, wanted: frozenset[str]) -> SafeString:
    """The text, escaped, with `<mark>` around every word that is wanted."""
    parts: list[tuple[str, SafeString]] = []
    end = 0
    for word in WORD.finditer(text):
        if stem(word[0]) in wanted:
            parts.append((text[end : word.start()], format_html("<mark>{}</mark>", word[0])))
            end = word.end()
    return format_html("{}{}", format_html_join("", "{}{}", parts), text[end:])


def passage(paragraphs: Iterable[str], wanted: frozenset[str]) -> str:
    """The stretch of words with the most different hits, the earliest of equals; empty when there is none.

    It never runs over the end of a paragraph. An ellipsis shows where it was cut.
    """
    best, best_count = "", 0
    for paragraph in paragraphs:
        words = list(WORD.finditer(paragraph))
        hits = [(index, found) for index, word in enumerate(words) if (found := stem(word[0])) in wanted]
        for index, _ in hits:
            count = len({found for place, found in hits if index <= place < index + PASSAGE_WORDS - LEAD_IN})
            if count > best_count:
                best, best_count = _cut(paragraph, words, index), count
    return best


def _cut(paragraph: str, words: list[re.Match[str]], hit: int) -> str:
    first = max(0, min(hit - LEAD_IN, len(words) - PASSAGE_WORDS))
    last = min(first + PASSAGE_WORDS, len(words)) - 1
    start = words[first].start() if first else 0
    end = words[last].end() if last + 1 < len(words) else len(paragraph)
    return f"{'… ' if first else ''}{paragraph[start:end].strip()}{' …' if last + 1 < len(words) else ''}"
