"""What a server says it can do: its answer to EHLO (RFC 5321 section 4.1.1.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_SIZE = re.compile(r"\d{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extensions:
    """`size` is the largest message in bytes; 0: it takes any, None: it does not say (RFC 1870)."""

    pipelining: bool = False
    chunking: bool = False
    eight_bit: bool = False
    smtputf8: bool = False
    starttls: bool = False
    size: int | None = None
    auth: frozenset[str] = frozenset()

    @classmethod
    def of(cls, lines: Iterable[str]) -> Extensions:
        """From the lines after the first one. A lie is found out later; what can't be read counts as not said."""
        given: dict[str, list[str]] = {}
        for line in lines:
            keyword, *rest = line.upper().replace("=", " ").split() or [""]  # `AUTH=PLAIN` is how old servers say it
            given.setdefault(keyword, []).extend(rest)
        return cls(
            pipelining="PIPELINING" in given,
            chunking="CHUNKING" in given,
            eight_bit="8BITMIME" in given,
            smtputf8="SMTPUTF8" in given,
            starttls="STARTTLS" in given,
            size=_size(given["SIZE"]) if "SIZE" in given else None,
            auth=frozenset(given.get("AUTH", ())),
        )


def _size(values: list[str]) -> int:
    return int(values[0]) if values and _SIZE.fullmatch(values[0]) else 0
