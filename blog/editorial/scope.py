"""How a phrase is meant: claimed, denied, asked, or only hoped for. Reads folded text (`Sentence.folded`)."""

from __future__ import annotations

import re

#: How far before a phrase its negation is looked for, in characters: what stands further off belongs to other words.
REACH = 140

#: Here a new clause begins, and negation ends.
BOUNDARY = re.compile(
    r"[;:()]|…|\.\.\.|[–—]|\s-+\s"
    r"|\bbut\b(?! (?:also|not)\b)|\bhowever\b|(?<!not )\byet\b|\b(?:although|though|whereas|because|which)\b"
    r"|,? \b(?:and|so|then) (?=(?:it|this|they|we|you|he|she|i|there|is|are|was|were|will|can|has|have|now)\b)"
    r"|, (?=(?:it|this|these|they|we|you|he|she|i|there)\b)"
    r"|, (?=the \w+(?: \w+)? (?:is|are|was|were|will|can|has|have)\b)"
)
#: "Ketamine is not, as some say, a cure": the commas around an aside.
ASIDE = re.compile(r"(\bnot|n't|\bnever|\bno|\bhardly),( [^,;:.]{1,50}),")
#: Deny everything up to the next comma or clause.
DETERMINER = (
    r"no(?! (?:doubt|wonder|question|less|matter|sooner)\b)"
    r"|without(?! (?:a )?(?:doubt|fail|question|exception)\b)"
)
VERBAL = (
    r"not(?! (?:only|just|merely|simply|surprisingly|least)\b)|\w+n't(?! (?:only|just|merely|simply)\b)"
    r"|cannot(?! (?:only|just)\b)|never(?! (?:before|fails?|failed)\b)|nor|neither|none|nobody|no one|no-one|hardly"
    r"|nothing(?! (?:short of|less than|but|else)\b)|scarcely|rarely|seldom|far from|rather than|instead of"
    r"|anything but|(?:falls?|fell|stops?|stopped) short of|unlikely|impossible|lacks?|lacking"
    r"|refus\w+ to|fail(?:s|ed)? to"
)
#: Say that others say so, and that one had better not believe it.
DOUBT = (
    r"beware|wary|suspicious|sceptical|skeptical|sceptics?|skeptics?|doubt(?:s|ed|ful)?|distrust|mistrust|avoid(?:s|ed|ing)?"
    r"|so-called|supposed(?:ly)?|alleged(?:ly)?|purported(?:ly)?|would-be|self-styled|myths?|scams?|misleading(?:ly)?"
    r"|fals(?:e|ely)|unproven|quacks?|too good to be true|(?:market|advertis|promot|tout|bill|peddl|hyp)ed|sold"
    r"|claims? (?:of|to|that|about)|claim(?:ed|ing) (?:to|that)|pretend\w*"
    r"|(?:who|that|which|clinics?|websites?|advertisements?|adverts?|ads?|sellers?|companies|they|anyone|somebody|someone)"
    r" promis(?:e|es|ed|ing)"
)
NEGATION = re.compile(rf"\b(?:(?P<determiner>{DETERMINER})|(?:{VERBAL})|(?:{DOUBT}))(?!\w)")
#: What may stand between a comma and an item of a list that is denied as a whole.
ITEM = re.compile(
    r"\s*(?:or |nor |and |much less |let alone |never mind |far less )?(?:an? |any |some |the )?(?:[\w-]+ ){0,2}\Z"
)
OR = re.compile(r"\bn?or\b")
#: "A cure is not in sight", "miracles don't happen".
DENIED_AFTER = re.compile(
    r"[\w-]*(?: (?!(?:who|that|which|when|if|for|in|and|but|because|people|patients|those)\b)[\w'-]+){0,3}?"
    r" (?:(?:is|are|was|were|do|does|did|has|have|had|can|will|would|should|may|might)"
    r"(?:n't|(?: \w+)? not| never| no)\b|can't\b|cannot\b|won't\b"
    r"|remains? (?:elusive|out of reach|unlikely|a dream|far)"
    r"|(?:is|are) (?:an? )?(?:myth|rare|unlikely|impossible|nonsense|illusion))"
)
CLOSERS = " \"'”’»)]"
#: Questions that say yes: "Isn't this amazing?", "Did you know that it cures ...?"
LEADING = re.compile(
    r"\W*(?:(?:and|so|but|well),? )?"
    r"(?:(?:is|are|was|were|do|does|did|would|could|has|have|ca|wo)n't\b|did you know|do you know|who knew"
    r"|have you heard|who wouldn't|ready for|looking for|want(?: to)?\b|what if (?:you|there|we)"
    r"|what is it about|what makes|(?:how|why) (?:does|do|did|is|are|was) )"
)
UNCERTAIN = re.compile(r"\b(?:if|whether|unless|until|supposing|in case)\b[^,;:]*\Z")


def denied(folded: str, start: int, end: int | None = None) -> bool:
    """Whether the phrase at `start` stands under a negation or is reported as somebody's doubtful word.

    With `end`, a denial behind the phrase counts as well ("a cure is not in sight").
    """
    leading = LEADING.match(folded) if folded.rstrip(CLOSERS).endswith("?") else None
    clause = _clause_before(folded, start, leading.end() if leading else 0)
    after = folded[start : start + 60]
    if any(_reaches(negation, clause[negation.end() :], after) for negation in NEGATION.finditer(clause)):
        return True
    return end is not None and bool(DENIED_AFTER.match(folded, end, end + 60))


def asked(folded: str) -> bool:
    """Whether a sentence asks for real: a question that claims by asking doesn't."""
    return folded.rstrip(CLOSERS).endswith("?") and not LEADING.match(folded)


def uncertain(folded: str, start: int) -> bool:
    """Whether the phrase at `start` belongs to an if or a whether."""
    return bool(UNCERTAIN.search(folded[max(0, start - REACH) : start]))


def too_many(count: int, words: int, *, per_thousand: int = 3) -> bool:
    """More than so many in 1,000 words. A short text needs that many all the same: one word in 100 is no habit."""
    return count >= per_thousand and count * 1000 > per_thousand * words


def _clause_before(folded: str, start: int, at_least: int) -> str:
    before = ASIDE.sub(r"\1 \2 ", folded[max(at_least, start - REACH) : start])
    begins = 0
    for boundary in BOUNDARY.finditer(before):
        begins = boundary.end()
    return before[begins:]


def _reaches(negation: re.Match[str], between: str, after: str) -> bool:
    """Over a comma a negation reaches only the next item of a list: "not a cure, a miracle or a guarantee"."""
    if "," not in between:
        return True
    if not ITEM.match(between.rpartition(",")[2]):
        return False
    return negation["determiner"] is None or bool(OR.search(between) or OR.search(after))
