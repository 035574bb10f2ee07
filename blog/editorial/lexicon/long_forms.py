"""Whether the words around an abbreviation are what it is short for.

Beside it, in parentheses or behind a dash, any words that hold its letters in order count, the first letter at the
start of a word (Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in biomedical text",
2003). Further off, only a run of words with exactly its initials does.
"""

from __future__ import annotations

import re

from blog.editorial.lexicon.abbreviations import LONG_FORMS

#: Little words that have no letter in an abbreviation, or sometimes one.
LITTLE = frozenset(
    ["a", "an", "and", "for", "from", "in", "of", "on", "or", "the", "to", "with", "by", "at", "as", "de"]
)
WORDS = re.compile(r"[^\W_]+")
#: What stands between an abbreviation and the long form behind it: "(", "–", ", or", "stands for".
OPENS = re.compile(
    r"(?:['’]s|s)?[”\"’]?\s*(?:\(|\[|[–—:]|\s-\s|,\s(?:or|short\s+for|which\s+stands\s+for|that\s+is|i\.e\.,?"
    r"|an?\s+abbreviation\s+(?:of|for)|the)\s|,\s"
    r"|(?:is\s+short|stands|is\s+an\s+abbreviation|means|is)\s+(?:for\s+)?)[“\"‘]?"
)
#: Where the long form behind it ends.
CLOSES = re.compile(r"[)\];:.!?–—]|,\s|\s-\s")
#: What may stand right before it, when the long form came first.
BEFORE = re.compile(
    r"(?:[(\[“\"‘,–—/]|\bor|\bcalled|\bknown\s+as|\babbreviated(?:\s+(?:as|to))?|\bcalled\s+the)\s*[“\"‘]?\s*$"
)
#: The longest long form, in characters.
SPAN = 140


def is_explained(acronym: str, text: str, start: int, end: int, earlier: str) -> bool:
    """Whether a long form stands right beside an abbreviation in its sentence, or shortly before.

    Args:
        acronym: without a plural's s.
        start: where it begins in the text, `end` where it ends, a plural's s included.
        earlier: the words read before this sentence.
    """
    letters = re.sub(r"[^a-z0-9]", "", acronym.lower())
    before = text[max(0, start - SPAN) : start]
    after = text[end : end + SPAN]
    if _stands_behind(letters, after):
        return True
    if BEFORE.search(before) and _ends_with_long_form(letters, before):
        return True
    return _has_run(letters, f"{earlier} {before}") or _has_known(acronym, f"{earlier} {before}")


def _stands_behind(letters: str, after: str) -> bool:
    opened = OPENS.match(after)
    if opened is None:
        return False
    rest = after[opened.end() :]
    closed = CLOSES.search(rest)
    return _spells(letters, rest[: closed.start()] if closed else rest, whole=True)


def _ends_with_long_form(letters: str, before: str) -> bool:
    """Schwartz and Hearst: at most twice as many words as letters, or five more."""
    words = WORDS.findall(before)
    return _spells(letters, " ".join(words[-min(len(letters) + 5, 2 * len(letters)) :]), whole=False)


def _spells(letters: str, words: str, *, whole: bool) -> bool:
    """Whether the letters stand in the words in order, matched from the end, the first at the start of a word.

    Args:
        whole: they must begin with the first word, but for little ones.
    """
    folded = words.lower()
    at = len(folded)
    for index in range(len(letters) - 1, -1, -1):
        at -= 1
        while at >= 0 and (folded[at] != letters[index] or (index == 0 and at > 0 and folded[at - 1].isalnum())):
            at -= 1
        if at < 0:
            return False
    if len(folded) - at < 2 * len(letters):
        return False  # another abbreviation, not its words
    return not whole or all(word in LITTLE for word in WORDS.findall(folded[:at]))


def _has_run(letters: str, words: str) -> bool:
    """Whether some words in a row have exactly these initials; little words may be left out."""
    if len(letters) < 2:
        return False
    initials: list[str] = []
    for word in WORDS.findall(words.lower()):
        if word in LITTLE:
            continue
        initials.append(word[0])
    return letters in "".join(initials) or letters in "".join(word[0] for word in WORDS.findall(words.lower()))


def _has_known(acronym: str, words: str) -> bool:
    known = LONG_FORMS.get(acronym.upper())
    return known is not None and _plain(known) in _plain(words)


def _plain(words: str) -> str:
    """Spelling doesn't matter: hyphens, British and American, capitals."""
    return (
        re.sub(r"[\W_]+", "", words.lower())
        .replace("our", "or")
        .replace("isation", "ization")
        .replace("programme", "program")
    )
