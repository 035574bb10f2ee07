"""Texts that a pattern matches, made up at random: hundreds in the time in which hypothesis makes up one."""

from __future__ import annotations

import importlib
import random
import re
import string
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

LETTERS = string.ascii_lowercase + string.digits + " '-%,."
#: How often at most what may be said again is.
MORE = 3
#: Where `re` takes its patterns apart; the old name for it warns.
parser: Any = importlib.import_module("re._parser")
CATEGORIES = {"WORD": r"\w", "NOT_WORD": r"\W", "DIGIT": r"\d", "NOT_DIGIT": r"\D", "SPACE": r"\s", "NOT_SPACE": r"\S"}


def texts(pattern: str, count: int, *, seed: int) -> Iterator[str]:
    """Up to `count` of them, for what came out at odds with a boundary or a look ahead is left out."""
    chance, taken_apart, whole = random.Random(seed), parser.parse(pattern), re.compile(pattern)
    for _ in range(count):
        text = _say(taken_apart, chance)
        if whole.fullmatch(text):
            yield text


def _say(steps: Iterable[tuple[Any, Any]], chance: random.Random) -> str:
    return "".join(_say_one(str(name), argument, chance) for name, argument in steps)


def _say_one(name: str, argument: Any, chance: random.Random) -> str:
    match name:
        case "BRANCH":
            return _say(chance.choice(argument[1]), chance)
        case "SUBPATTERN":
            return _say(argument[-1], chance)
        case "MAX_REPEAT" | "MIN_REPEAT":
            least, most, again = argument
            return "".join(_say(again, chance) for _ in range(chance.randint(least, min(int(most), least + MORE))))
        case "AT" | "ASSERT" | "ASSERT_NOT":
            return ""
    return _letter(name, argument, chance)


def _letter(name: str, argument: Any, chance: random.Random) -> str:
    match name:
        case "LITERAL":
            return chr(argument)
        case "IN":
            return chance.choice(_letters(tuple(argument)))
        case "NOT_LITERAL":
            return chance.choice(LETTERS.replace(chr(argument), ""))
        case "ANY":
            return chance.choice(LETTERS)
    raise NotImplementedError(f"A pattern holds {name}: say in {__name__} how to make it up")


@cache
def _letters(items: tuple[tuple[Any, Any], ...]) -> str:
    """Those of a class such as [^.;] or [a-z-]."""
    wanted = not any(str(name) == "NEGATE" for name, _ in items)
    return "".join(letter for letter in LETTERS if any(_is(letter, *item) for item in items) == wanted)


def _is(letter: str, name: Any, argument: Any) -> bool:
    match str(name):
        case "LITERAL":
            return letter == chr(argument)
        case "RANGE":
            return bool(argument[0] <= ord(letter) <= argument[1])
        case "CATEGORY":
            return re.match(CATEGORIES[str(argument).removeprefix("CATEGORY_")], letter) is not None
    return False
