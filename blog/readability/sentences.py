"""Where sentences end.

A stop ends a sentence when what stands before it is no abbreviation and what follows looks like a beginning. Every
word of the paragraph is in exactly one sentence, in order. One pass over the words: linear for any input.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

#: Citations after the stop belong to the sentence that they support.
MARKERS = re.compile(r"(?:\s*\[\d{1,3}(?:\s{0,3}[,–-]\s{0,3}\d{1,3})*\])+")
#: Always a new sentence, stop or not: an empty line, and a line that opens with a bullet or a number of a list.
BREAK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*–•◦▪‣]|\(?(?:\d{1,2}|[A-Za-z])[.)])\s)")
#: A word; a citation glued to it is one of its own.
TOKEN = re.compile(r"[^\s\[]+|\[[^\s\[]*")

STOPS = ".!?…"
CLOSERS = "”\"’'»›)]}*_†‡⁰¹²³⁴⁵⁶⁷⁸⁹"
OPENERS = "“\"‘'«‹([{*_¿¡"
#: What a word that can end a sentence ends with.
LAST = frozenset(STOPS + CLOSERS)
BULLETS = frozenset("•◦▪‣")
DASHES = frozenset(("-", "–", "—", "--"))

#: `1.`, `(a)`, `iv.` in front of an item.
ENUMERATOR = re.compile(r"\(?(?:\d{1,2}|[A-Za-z]|[ivx]{1,4}|[IVX]{1,4})[.)]\Z")
#: `U.S.`, `a.m.`, `Ph.D.`, `J.K.`: letters with stops between them.
DOTTED = re.compile(r"(?:[A-Za-z]{1,2}\.)+[A-Za-z]{1,2}\Z")
NOT_A_LETTER = re.compile(r"\W")
#: What joins an abbreviation to the word before it.
PARTS = re.compile(r"[/–—]")
SINGLE_LETTER = re.compile(r"[A-Z]\Z")

#: The words that the stops stand behind, and those that begin sentences.
WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        name: frozenset(words.split())
        for name, words in tomllib.loads(
            Path(__file__).with_name("abbreviations.toml").read_text(encoding="utf-8")
        ).items()
    }
)
TITLES, INNER, BEFORE_NUMBERS = WORDS["titles"], WORDS["inner"], WORDS["before_numbers"]
BEFORE_ORDINARY_WORDS, BEFORE_NAMES = WORDS["before_ordinary_words"], WORDS["before_names"]
ABBREVIATIONS = TITLES | INNER | BEFORE_NUMBERS | BEFORE_ORDINARY_WORDS | BEFORE_NAMES


@dataclass(frozen=True, slots=True)
class Next:
    """The word after a stop, as far as it tells whether a sentence begins."""

    word: str
    is_lower: bool = False
    is_upper: bool = False
    is_digit: bool = False


def split_sentences(paragraph: str) -> list[str]:
    """The sentences of one paragraph in order; a citation marker after the full stop belongs to what it follows."""
    return [sentence for piece in BREAK.split(paragraph) for sentence in _split_piece(piece)]


def _split_piece(text: str) -> list[str]:
    sentences: list[str] = []
    tokens = list(TOKEN.finditer(text))
    start = consumed = 0
    opens = True
    for index, token in enumerate(tokens):
        if token.start() < consumed:
            continue
        word = token[0]
        if word in BULLETS and not opens:
            sentences.append(text[start : token.start()])
            start, opens = token.start(), True
            continue
        if word[-1] not in LAST or (opens and ENUMERATOR.match(word)):
            # An item's number or bullet leaves the place open for a word.
            opens = opens and word in BULLETS
            continue
        opens = False
        markers = MARKERS.match(text, token.end())
        consumed = markers.end() if markers else token.end()
        before = tokens[index - 1][0] if index else ""
        if text[consumed : consumed + 1].isspace() and _ends(word, before, _next(tokens, index + 1, consumed)):
            sentences.append(text[start:consumed])
            start = consumed
    sentences.append(text[start:])
    return [sentence for sentence in map(str.strip, sentences) if sentence]


def _next(tokens: list[re.Match[str]], index: int, consumed: int) -> Next | None:
    """The word after the citations; after a dash, the one that tells whether the sentence goes on."""
    while index < len(tokens) and tokens[index].start() < consumed:
        index += 1
    if index < len(tokens) - 1 and tokens[index][0] in DASHES:
        index += 1
    if index == len(tokens):
        return None
    word = tokens[index][0].lstrip(OPENERS)
    first = word[:1]
    return Next(
        word=word,
        # mTOR, iPhone and pH open a sentence as they are.
        is_lower=first.islower() and not any(map(str.isupper, word[1:4])),
        is_upper=first.isupper(),
        is_digit=first.isdigit() or first == "#",
    )


def _ends(token: str, before: str, following: Next | None) -> bool:
    """Whether a token that ends in a stop, closing marks or both ends its sentence."""
    open_end = token.rstrip(CLOSERS)
    word = open_end.rstrip(STOPS)
    stop = open_end[len(word) :]
    if not stop or following is None:
        return False
    bare = word.lstrip(OPENERS + "-–—/")
    # `(?)` is a remark, and the dots of `. . .` are one stop together.
    if (not bare and token[0] in OPENERS) or not following.word.strip(STOPS + CLOSERS):
        return False
    if stop != "." or not bare or len(open_end) < len(token):
        return not following.is_lower and not (_is_abbreviation(bare) and token[-1] in ")]")
    return _ends_after_full_stop(bare, before, following)


def _ends_after_full_stop(word: str, before: str, following: Next) -> bool:
    """Whether a single full stop ends its sentence: always, but for the abbreviations."""
    name = _name(word)
    first = NOT_A_LETTER.split(following.word.lower(), maxsplit=1)[0]
    if name in BEFORE_NUMBERS:
        return not following.is_digit
    if not (name in ABBREVIATIONS or SINGLE_LETTER.match(word) or DOTTED.match(word)):
        return True
    return following.is_upper and _opens_after(name, before.strip(OPENERS + CLOSERS).lower(), first)


def _opens_after(name: str, before: str, first: str) -> bool:
    """Whether the capitalised word `first` begins a sentence after an abbreviation."""
    if name in TITLES:
        return first in WORDS["starters_after_title"]
    if name in BEFORE_ORDINARY_WORDS:
        return not (name in {"a.m", "p.m"} and first in WORDS["of_time"])
    if len(name) == 1 and before in WORDS["counted_by_letter"]:
        return True
    return name not in INNER and first in WORDS["starters"]


def _is_abbreviation(word: str) -> bool:
    return _name(word) in ABBREVIATIONS or bool(DOTTED.match(word))


def _name(word: str) -> str:
    """What the tables call it; nothing for acronyms and plain words, since MS and rep are no titles."""
    # Of `mg/kg.` and `anxiety–depression vs.` the last part.
    last = PARTS.split(word)[-1]
    name = last.lower()
    if (last.isupper() and len(last) > 1 and "." not in last and name not in {"dr", "vs"}) or (
        name in TITLES and last.islower() and name not in WORDS["spoken_titles"]
    ):
        return ""
    return name
