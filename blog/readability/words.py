"""What counts as a word, and how it sounds when it is read aloud.

Flesch (1948) and McLaughlin (1969) both count syllables as a reader speaks them: `80%` is "eighty percent", `FDA` three
letters, `Dr.` a doctor. Hyphenated words are one word; what a dash or a slash joins are two.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from blog.readability.sentences import MARKERS
from blog.readability.spelling import counted, spelled_syllables, tables

#: Addresses are not read out; each counts as the one word that it would be in print, "link".
ADDRESS = re.compile(r"(?:https?://|www\.|doi:)\S+|\S+@\S+\.\S+", re.IGNORECASE)
LINK = " link "
#: Dashes, slashes and an ellipsis part words as spaces do.
CHUNK = re.compile(r"(?:[^\s–—/….-]|\.(?!\.)|-(?!-))+")
EDGES = "\"'“”‘’«»‹›()[]{}<>,;:!?*_|~^†‡•◦▪‣=+#&"
NUMBER = re.compile(r"[$£€]?\d+(?:,\d{3})*(?:\.\d+)?%?(?:st|nd|rd|th|s)?\Z", re.IGNORECASE)
#: `COVID`, `SSRIs`, `U.S.`, `NHS's`; not `I`.
CAPITALS = re.compile(r"[A-Z]{2,8}(?:['’]?s)?\Z|(?:[A-Z]\.)+[A-Z]?\Z")
#: Capitals that can be spoken: no more than two consonants between vowels.
SPEAKABLE = re.compile(r"(?:[^AEIOUY]{0,2}[AEIOUY]{1,2}){1,4}[^AEIOUY]{0,2}\Z")
#: `mTOR`, `B12`, `10mg`, `5-HT2A` in their parts.
PARTS = re.compile(r"\d+(?:[.,]\d+)*|[A-Z]{2,}(?![a-z])|[A-Z]?[a-z'’]+|[^\W\d_]+")

ONES = (2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 3, 1, 2, 2, 2, 2, 3, 2, 2)
TENS = (0, 1, 2, 2, 2, 2, 2, 3, 2, 2)


def words_of(text: str) -> list[str]:
    """The words of a text in order, without punctuation at their edges, citations and addresses."""
    if "[" in text:
        text = MARKERS.sub(" ", text)
    if "." in text or ":" in text:
        text = ADDRESS.sub(LINK, text)
    stripped = (part.strip(EDGES) for part in CHUNK.findall(text))
    return [part for part in stripped if part and (part[0].isalnum() or any(map(str.isalnum, part)))]


def count_words(text: str) -> int:
    return len(words_of(text))


@lru_cache(maxsize=20_000)
def syllables(word: str) -> int:
    """Of one word as it is read aloud: numbers, capitals and abbreviations too; at least 1."""
    bare = word.strip(EDGES + "-")
    known = abbreviations().get(bare.rstrip(".").lower())
    if known and (bare.endswith(".") or not bare.isupper()):
        return known
    bare = bare.rstrip(".")
    if NUMBER.match(bare):
        return _number(bare)
    if "-" in bare:
        return sum(syllables(part) for part in bare.split("-") if part) or 1
    if CAPITALS.match(bare):
        return _capitals(bare)
    parts = PARTS.findall(bare)
    if len(parts) > 1:
        return sum(syllables(part) for part in parts)
    return spelled_syllables(bare)


@cache
def abbreviations() -> dict[str, int]:
    return dict(counted("abbreviations"))


def _capitals(word: str) -> int:
    letters = re.sub(r"['’]?s\Z|\.", "", word)
    spoken, spelt = tables()["acronyms"]["spoken"].split(), tables()["acronyms"]["spelt"].split()
    name = letters.lower()
    speakable = name in spoken or (len(letters) > 3 and bool(SPEAKABLE.match(letters)) and name not in spelt)
    # W is the one letter of three syllables.
    return spelled_syllables(letters) if speakable else len(letters) + 2 * letters.count("W")


def _number(word: str) -> int:
    digits = re.sub(r"[^\d.]", "", word).rstrip(".")
    whole, _, decimals = digits.partition(".")
    signs = 2 * len(re.findall(r"[$£€%]", word))
    point = 1 + sum(ONES[int(digit)] for digit in decimals) if decimals else 0
    is_year = len(whole) == 4 and "," not in word and not decimals and 1100 <= int(whole) < 2100
    if is_year and whole[1:3] != "00":
        return _whole(int(whole[:2])) + _whole(int(whole[2:])) + (1 if whole[2:] == "00" else 0)
    # Longer than a billion: nobody says it; a few syllables stand for it.
    return signs + point + (_whole(int(whole)) if len(whole) < 10 else 10)


def _whole(number: int) -> int:
    """Syllables of a whole number below a thousand million."""
    if number < 20:
        return ONES[number]
    if number < 100:
        return TENS[number // 10] + (ONES[number % 10] if number % 10 else 0)
    for size in (1_000_000, 1000, 100):
        if number >= size:
            return _whole(number // size) + 2 + (_whole(number % size) if number % size else 0)
    raise AssertionError(number)
