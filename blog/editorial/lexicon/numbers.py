"""Numbers as people write them: in digits, in words, as ranges."""

from __future__ import annotations

import re

UNITS = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
    *("fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
POWERS = {"dozen": 12, "hundred": 100, "thousand": 1_000, "million": 1_000_000}
VALUES = (
    {word: number for number, word in enumerate(UNITS, start=1)}
    | {word: 10 * number for number, word in enumerate(TENS, start=2)}
    | {"a": 1}
)

_SMALL = (
    rf"(?:(?:{'|'.join(TENS)})(?:[- ](?:{'|'.join(UNITS[:9])})\b)?|{'|'.join(sorted(UNITS, key=len, reverse=True))})"
)
_WORDS = rf"(?:{_SMALL}(?:[- ](?:{'|'.join(POWERS)})\b)*|a[ ](?:{'|'.join(POWERS)}))"
#: Any word that a number may begin with.
WORDS_OF_NUMBER = "|".join([*TENS, *sorted(UNITS, key=len, reverse=True), *POWERS])
#: One number: `8`, `1,000`, `2.5`, `twenty-five`, `a hundred`.
NUMBER = rf"(?:\d+(?:,\d{{3}})*(?:\.\d+)?|\b{_WORDS}\b)"
#: A number, or two with what joins them: `7 to 8`, `60–80`, `one or two`.
SPAN = rf"(?:{NUMBER}(?:\s?(?:[-–—]|to|or|and)\s?(?:{NUMBER}))?)"


def value(number: str) -> float:
    """What a number is worth; of words, a close guess is enough to tell the smaller from the larger."""
    digits = re.match(r"\d[\d,.]*", number)
    if digits:
        return float(digits[0].replace(",", "").rstrip("."))
    worth = 0.0
    for word in re.split(r"[-\s]+", number.lower()):
        if word in POWERS:
            worth = max(worth, 1) * POWERS[word]
        else:
            worth += VALUES.get(word, 0)
    return worth
