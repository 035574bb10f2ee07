"""How a phrase is meant: claimed, denied, asked, or only hoped for. Reads folded text (`Sentence.folded`)."""

from __future__ import annotations

import re

from blog.editorial.lexicon import lexicon

#: How far before a phrase its negation is looked for, in characters: what stands further off belongs to other words.
REACH = 140

SCOPE = lexicon("scope")
BOUNDARY = re.compile("|".join(SCOPE.phrases("boundaries")))
NEGATION = re.compile(
    rf"\b(?:(?P<determiner>{'|'.join(SCOPE.phrases('determiners'))})"
    rf"|{'|'.join([*SCOPE.phrases('negations'), *SCOPE.phrases('doubts')])})(?!\w)"
)
#: "Ketamine is not, as some say, a cure": the commas around an aside.
ASIDE = re.compile(r"(\bnot|n't|\bnever|\bno|\bhardly),( [^,;:.]{1,50}),")
#: What may stand between a comma and an item of a list that is denied as a whole.
ARTICLE = r"(?:an? |any |some |the )?"
ITEM = re.compile(
    rf"\s*(?:or |nor |and |much less |let alone |never mind |far less )?{ARTICLE}(?:[\w-]+ ){{0,2}}"
    rf"(?:(?:or|nor|and) {ARTICLE}(?:[\w-]+ ){{0,2}})?\Z"
)
OR = re.compile(r"\bn?or\b")
DENIED_AFTER = re.compile(
    r"[\w-]*(?: (?:for|of) \w+)?"
    r"(?: (?!(?:who|that|which|when|if|for|in|and|but|because|people|patients|those|you|we|they|he|she|it|i)\b)"
    rf"[\w'-]+){{0,3}}? (?:{'|'.join(SCOPE.phrases('denied_after'))})\b"
)
#: "Medicines that work for everyone don't exist."
NOT_THERE = re.compile(
    r"[^,;:.]{0,40}? (?:(?:do|does|did)(?:n't| not) exist|(?:is|are) (?:a )?(?:myths?|nonsense|fiction))\b"
)
#: "Myth: ketamine is a cure."
MYTH = re.compile(r"\W*(?:myth|fiction|false|wrong|rumou?r)s?\b(?: (?:no\. ?)?#?\d+)?\s*[:.–—-]")
MENTIONED = re.compile(r"\b(?:words?|terms?|labels?|nouns?|phrases?|expressions?) (?:like |such as )?(?:an? )?\Z")
CLOSERS = " \"'”’»)]"
LEADING = re.compile(rf"\W*(?:(?:and|so|but|well),? )?(?:{'|'.join(SCOPE.phrases('leading'))})(?!\w)")
UNCERTAIN = re.compile(rf"\b(?:{'|'.join(SCOPE.phrases('uncertain'))})\b[^,;:]*\Z")


def denied(folded: str, start: int, end: int | None = None) -> bool:
    """Whether the phrase at `start` stands under a negation or is reported as somebody's doubtful word.

    With `end`, a denial behind the phrase counts as well ("a cure is not in sight").
    """
    if MYTH.match(folded) or is_mentioned(folded, start):
        return True
    leading = LEADING.match(folded) if ends_as_question(folded) else None
    clause = _clause_before(folded, start, leading.end() if leading else 0)
    after = folded[start : start + 60]
    if any(_reaches(negation, clause[negation.end() :], after) for negation in NEGATION.finditer(clause)):
        return True
    return end is not None and bool(DENIED_AFTER.match(folded, end, end + 60))


def is_said_not_to_exist(folded: str, end: int) -> bool:
    """Whether what ends at `end` is said not to exist ("medicines that work for everyone don't exist")."""
    return bool(NOT_THERE.match(folded, end))


def is_mentioned(folded: str, start: int) -> bool:
    """Whether the text speaks about the word at `start`: "the word addict"."""
    return bool(MENTIONED.search(folded, max(0, start - 40), start))


def ends_as_question(folded: str) -> bool:
    return folded[-40:].rstrip(CLOSERS).endswith("?")


def asked(folded: str) -> bool:
    """Whether a sentence asks for real: a question that claims by asking doesn't."""
    return ends_as_question(folded) and not LEADING.match(folded)


def uncertain(folded: str, start: int) -> bool:
    """Whether the phrase at `start` belongs to an if or a whether."""
    return bool(UNCERTAIN.search(folded[max(0, start - REACH) : start]))


def too_many(count: int, words: int, *, per_thousand: int = 3) -> bool:
    """More than so many in 1,000 words. A short text needs that many all the same: one word in 100 is no habit."""
    return count >= per_thousand and count * 1000 > per_thousand * words


def _clause_before(folded: str, start: int, at_least: int) -> str:
    first = max(at_least, start - REACH)
    # A few letters more than the clause: what begins a clause may stand at the phrase itself.
    around = ASIDE.sub(r"\1 \2 ", folded[first : start + 10])
    length = max(0, start - first)
    begins = 0
    for boundary in BOUNDARY.finditer(around):
        if boundary.end() <= length:
            begins = boundary.end()
    return around[begins:length]


def _reaches(negation: re.Match[str], between: str, after: str) -> bool:
    """Over a comma a negation reaches only the next item of a list: "not a cure, a miracle or a guarantee"."""
    if "," not in between:
        return True
    if not ITEM.match(between.rpartition(",")[2]):
        return False
    return negation["determiner"] is None or bool(OR.search(between) or OR.search(after))
