"""How many syllables an English word has: counted by its spelling, with a list of exceptions (`syllables.toml`).

The rules are the project's own. They count groups of vowels, leave out the ones that are mute (`time`, `helped`,
`lifetime`) and add those that stand in one group but are spoken apart (`anxiety`, `create`, `individual`).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType


@cache
def tables() -> Mapping[str, Mapping[str, str]]:
    return MappingProxyType(tomllib.loads(Path(__file__).with_name("syllables.toml").read_text(encoding="utf-8")))


def counted(table: str) -> Mapping[str, int]:
    """A table of syllables.toml, by word."""
    return MappingProxyType({word: int(count) for count, words in tables()[table].items() for word in words.split()})


@cache
def exceptions() -> Mapping[str, int]:
    """Words whose spelling misleads, and their syllables."""
    return counted("words")


#: Endings that begin with a consonant: an e before them stays mute (`statement`, `lifetime`, `hopefulness`).
ENDINGS = counted("endings")
#: Beginnings with a mute e, before another consonant (`sometimes`, `widespread`).
BEGINNINGS = tuple(tables()["beginnings"]["all"].split())

#: Two vowels or more that are spoken apart; each match is one more syllable.
HIATUS = re.compile(
    r"(?<![ctsl])ia(?!ge)|(?<=[cts])ia(?![ln]|$)|(?<=[ct])ia(?=lit)|(?<!l)lia(?!r|ns?$)"  # psychiatry, associate
    r"|ie(?=t)|(?<![ct])ie(?=n[ct])|(?<=[^aeiouy])ie(?=rs?$|st$)"  # quiet, client, easier; not patient, friend
    r"|io(?![nru])|(?<!n)io(?=r)|(?<![ctsgxn])(?<!ll)io(?=n)|(?<![ctgx])io(?=u)"  # biology, champion; not action
    r"|iu|ii|(?<=u)ou|(?<!g)eou|eo(?!u|(?<=geo)n)|ao|uu"  # lithium, ambiguous, spontaneous, video, chaos
    r"|(?<=[aeiouy][^aeiouyqg])ea$|(?<=[aeiouy][^aeiouy]{2})ea$|(?<=rrh)ea$|ee(?=ing)|(?<=ee)a(?=ble)"  # idea, apnea
    r"|crea(?=t(?!ur))|(?<=r)ea(?=ct|lit|liz|lis)"  # create, reality
    r"|[aeou](?=ing)|(?<=[^aeiouqgs])ua|(?<=[aeiou]s)ua|ue(?=l|t$|n[ct])|(?<!q)uo"  # going, actual, fluent, fluoride
    r"|(?<=s)ui(?=c)|(?<=[tn])ui(?=t|n)|(?<=l)ui(?=d)|(?<=r)ui(?=n)|(?<=[gn])ui(?=t[yoi])"  # suicide, intuition, fluid
    r"|oe(?=[mt])|oa(?=[gl][ui]|$)|oi(?=cs?$|cal)|ai(?=cs?$)|eu(?=[ms]$)"  # poet, coalition, heroic, mosaic, museum
    r"|(?<=[^aeiouy])y(?=ing|[ao])|^[^aeiou]+y(?=er)"  # studying, cyanide, dryer
    r"|^(?:re(?=in[fstv]|it|un|us|up|es|ev)|co(?=ex|inc|op[et]|ord|ef|enz)|de(?=ac)|pre(?=e[xms]))"  # reuptake, coexist
)
VOWELS = re.compile(r"[aeiouy]+")
#: Not a vowel: at the beginning before one, and between two.
CONSONANT_Y = re.compile(r"^y(?=[aeiou])|(?<=[aeiou])y(?=[aeiou])")
#: A sounded ending after a hiss: `doses`, `watches`, `changes`.
HISSES = ("se", "ze", "xe", "ce", "ge", "che", "she")
NOT_LETTERS = re.compile(r"[^a-z']+")


@lru_cache(maxsize=20_000)
def spelled_syllables(word: str) -> int:
    """Of one word without hyphens, in any case; at least 1."""
    plain = unicodedata.normalize("NFKD", word.lower().replace("’", "'"))
    return max(1, _count(NOT_LETTERS.sub("", plain).strip("'")))


def _count(word: str) -> int:
    known = exceptions().get(word)
    if known is not None:
        return known
    if "'" in word:
        return _contracted(word)
    return _inflected(word) or _compound(word) or _by_vowels(word)


def _contracted(word: str) -> int:
    stem, _, ending = word.partition("'")
    if ending == "t":  # isn't, couldn't; not don't, can't
        return _count(stem.removesuffix("n")) + stem.endswith(("dn", "sn", "ven"))
    if ending == "s":
        return _count(stem) + stem.endswith(("s", "x", "z", "ch", "sh", "ce", "ge", "se", "ze"))
    return _count(stem) + (ending in {"ll", "ve", "re", "d"} and not VOWELS.search(stem[-1:]))


def _inflected(word: str) -> int:
    """Of a plural, a third person, a past tense; 0 for any other word."""
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        stem = word[:-1]
        return _count(stem) + (stem.endswith(HISSES) and not stem.endswith("ache"))
    if len(word) > 3 and word.endswith("ed") and not word.endswith(("ted", "ded", "eed")):
        return _count(word[:-1])
    return 0


def _compound(word: str) -> int:
    """Of a word whose mute e stands in its middle; 0 when there is none."""
    for size in (6, 5, 4, 3, 2):
        ending = word[-size:]
        stem = word[:-size]
        if ending in ENDINGS and len(stem) > 1 and VOWELS.search(stem):
            return _count(f"{stem[:-1]}y" if stem[-1] == "i" else stem) + ENDINGS[ending]
    for beginning in BEGINNINGS:
        rest = word.removeprefix(beginning)
        if rest != word and len(rest) > 2 and rest[0] not in "aeiouy" and VOWELS.search(rest):
            return _count(beginning) + _count(rest)
    return 0


def _by_vowels(word: str) -> int:
    word = CONSONANT_Y.sub("j", word.replace("qu", "q"))
    word = re.sub(r"gu(?=[aei])", "g", word)
    count = len(VOWELS.findall(word)) + len(HIATUS.findall(word))
    if word.endswith(("sm", "thm")):
        count += 1
    if re.search(r"[^aeiou]e$", word) and not re.search(r"[^aeiouywrl]le$", word):
        count -= 1
    return count
