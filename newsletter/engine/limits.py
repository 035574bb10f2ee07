"""Limits for single mail providers, as an editor writes them: a line each, domains and the most mails an hour. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from core.marks import _
from newsletter.engine.addresses import AddressError, normalise

#: What the column of an hour's messages takes on every database.
MOST_PER_HOUR = 2_147_483_647

MOST_LINES = 100
_LONGEST_SHOWN = 60
#: Thousands may be set apart, as people write them.
_NUMBER = re.compile(r"[0-9]{1,3}(?:[.,'’_][0-9]{3})+|[0-9]+")
_NOT_DIGITS = re.compile(r"[^0-9]")


class Wording(StrEnum):
    """What is wrong, as a sentence with places for `Problem.values`; also the key of its translation."""

    MANY = _("There are %(lines)d lines; %(most)d are the most. Keep the largest providers.")
    FORM = _(
        "Line %(line)d (“%(text)s”): write a domain, a space and the most mails an hour, such as “gmail.com 20000”."
    )
    NUMBER = _(
        "Line %(line)d (“%(text)s”): the number is 0 or too large. Write the most mails an hour; to send nothing to a"
        " provider, narrow the audience of the issue instead."
    )
    DOMAIN = _(
        "Line %(line)d: “%(text)s” is not a domain. Write what stands after the @ of an address, such as gmail.com."
    )
    TWICE = _("Line %(line)d: %(text)s has a limit already. Leave it in one line only.")


class Problem(NamedTuple):
    wording: Wording
    values: Mapping[str, int | str]

    def __str__(self) -> str:
        return self.wording.value % self.values


class LimitsError(ValueError):
    """Something is no limit. Each of the `problems` names its line and says what to write."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(" ".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainLimit:
    """At most so many messages an hour to all of these domains together. They are in the normal form of addresses."""

    domains: tuple[str, ...]
    per_hour: int


def parse(text: str) -> list[DomainLimit]:
    """Read limits: `gmail.com 20000` or, for domains that share one, `outlook.com hotmail.com 10000`.

    Empty lines and lines that begin with # are passed over.

    Raises:
        LimitsError: a line is no limit, or a domain occurs twice.
    """
    limits, problems = read(text)
    if problems:
        raise LimitsError(problems)
    return limits


def read(text: str) -> tuple[list[DomainLimit], list[Problem]]:
    """The limits of the lines that can be read, and a problem for each that can't."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1)]
    lines = [(number, line) for number, line in lines if line and not line.startswith("#")]
    if len(lines) > MOST_LINES:
        return [], [Problem(Wording.MANY, {"lines": len(lines), "most": MOST_LINES})]
    limits: list[DomainLimit] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for number, line in lines:
        read_line = _read_line(number, line, seen)
        if isinstance(read_line, Problem):
            problems.append(read_line)
        else:
            limits.append(read_line)
            seen.update(read_line.domains)
    return limits, problems


def _read_line(number: int, line: str, seen: set[str]) -> DomainLimit | Problem:
    *names, amount = line.replace(":", " ").replace("=", " ").split() or [""]
    if not names or not _NUMBER.fullmatch(amount):
        return _problem(Wording.FORM, number, line)
    per_hour = int(_NOT_DIGITS.sub("", amount)[:20])
    if not 1 <= per_hour <= MOST_PER_HOUR:
        return _problem(Wording.NUMBER, number, line)
    domains: list[str] = []
    for name in names:
        domain = _domain(name)
        if domain is None:
            return _problem(Wording.DOMAIN, number, name)
        if domain in seen or domain in domains:
            return _problem(Wording.TWICE, number, domain)
        domains.append(domain)
    return DomainLimit(domains=tuple(domains), per_hour=per_hour)


def _domain(name: str) -> str | None:
    try:
        return normalise(f"anybody@{name.strip(',;').removeprefix('@')}").partition("@")[2]
    except AddressError:
        return None


def _problem(wording: Wording, line: int, text: str) -> Problem:
    shown = text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"
    return Problem(wording, {"line": line, "text": shown})
