"""Values of attributes and words for yes and no, as files write them. Pure."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date

YES = frozenset({"true", "yes", "y", "1", "on", "t"})
NO = frozenset({"false", "no", "n", "0", "off", "f"})
MAX_TEXT = 200

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ].*)?", re.ASCII)


class ValueFormError(ValueError):
    """The text is no value of this kind."""


def attribute_text(kind: str, text: str) -> str:
    """What `AttributeValue.text` holds for a cell; empty for an empty one.

    Raises:
        ValueFormError: not of that kind.
    """
    text = unicodedata.normalize("NFC", text.strip())
    if not text:
        return ""
    return {"text": _text, "number": _number, "date": _date, "boolean": _boolean}[kind](text)


def _text(text: str) -> str:
    if len(text) > MAX_TEXT or any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise ValueFormError(text)
    return text


def _number(text: str) -> str:
    if len(text) > 40 or not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise ValueFormError(text)
    return text


def _date(text: str) -> str:
    found = _DAY.fullmatch(text)
    try:
        return date.fromisoformat(found[1]).isoformat() if found else _refuse(text)
    except ValueError:
        raise ValueFormError(text) from None


def _boolean(text: str) -> str:
    word = text.casefold()
    if word in YES:
        return "true"
    return "false" if word in NO else _refuse(text)


def _refuse(text: str) -> str:
    raise ValueFormError(text)
