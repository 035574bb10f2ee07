"""What a segment's rules are made of, and what may be asked of a reader. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

MAX_DEPTH: Final = 4
MAX_RULES: Final = 50
MAX_TEXT: Final = 200
#: Nobody thinks in longer spans, and an instant further back may not exist.
MAX_DAYS: Final = 36_500

FREQUENCIES: Final = ("each_story", "weekly", "monthly")


class SegmentRulesError(ValueError):
    """These rules can't be read. The text names the rule by its place, and says what to do.

    `wording` has places for `values` where there are some, and is the key of its translation.
    """

    def __init__(self, place: str, wording: str, **values: str | int) -> None:
        problem = wording % values if values else wording
        super().__init__(f"{place}: {problem}" if place else problem)
        self.place = place
        self.wording = wording
        self.values = values


class Subject(StrEnum):
    """What a statement is about."""

    NEWSLETTER = "newsletter"
    FREQUENCY = "frequency"
    TOPIC = "topic"
    LANGUAGE = "language"
    JOINED = "joined"
    LAST_SENT = "last_sent"
    ATTRIBUTE = "attribute"
    TAG = "tag"


class Test(StrEnum):
    """How it is compared."""

    __test__ = False  # pytest takes classes of this name for its own

    CONFIRMED = "confirmed"
    PENDING = "pending"
    ENDED = "ended"
    IS = "is"
    IS_NOT = "is_not"
    WANTS = "wants"
    BEFORE = "before"
    AFTER = "after"
    WITHIN_DAYS = "within_days"
    NOT_WITHIN_DAYS = "not_within_days"
    NEVER = "never"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    GREATER = "greater"
    LESS = "less"
    IS_SET = "is_set"
    IS_NOT_SET = "is_not_set"
    HAS = "has"
    HAS_NOT = "has_not"


#: The first one is meant when a rule does not say how it compares.
TESTS: Final[Mapping[Subject, tuple[Test, ...]]] = MappingProxyType(
    {
        Subject.NEWSLETTER: (Test.CONFIRMED, Test.PENDING, Test.ENDED),
        Subject.FREQUENCY: (Test.IS, Test.IS_NOT),
        Subject.TOPIC: (Test.WANTS,),
        Subject.LANGUAGE: (Test.IS, Test.IS_NOT),
        Subject.JOINED: (Test.WITHIN_DAYS, Test.NOT_WITHIN_DAYS, Test.BEFORE, Test.AFTER),
        Subject.LAST_SENT: (Test.WITHIN_DAYS, Test.NOT_WITHIN_DAYS, Test.NEVER),
        Subject.ATTRIBUTE: (
            *(Test.IS, Test.IS_NOT, Test.CONTAINS, Test.STARTS_WITH, Test.GREATER, Test.LESS),
            *(Test.BEFORE, Test.AFTER, Test.IS_SET, Test.IS_NOT_SET),
        ),
        Subject.TAG: (Test.HAS, Test.HAS_NOT),
    }
)
#: What an attribute of each kind (`newsletter.models.AttributeKind`) can be asked.
KIND_TESTS: Final[Mapping[str, tuple[Test, ...]]] = MappingProxyType(
    {
        "text": (Test.IS, Test.IS_NOT, Test.CONTAINS, Test.STARTS_WITH, Test.IS_SET, Test.IS_NOT_SET),
        "number": (Test.IS, Test.IS_NOT, Test.GREATER, Test.LESS, Test.IS_SET, Test.IS_NOT_SET),
        "date": (Test.IS, Test.IS_NOT, Test.BEFORE, Test.AFTER, Test.IS_SET, Test.IS_NOT_SET),
        "boolean": (Test.IS, Test.IS_NOT, Test.IS_SET, Test.IS_NOT_SET),
    }
)
#: Compare with nothing.
BARE: Final = frozenset({Test.NEVER, Test.IS_SET, Test.IS_NOT_SET})
#: Statements about one subscription; the others are about the reader.
OF_SUBSCRIPTION: Final = frozenset(
    {Subject.NEWSLETTER, Subject.FREQUENCY, Subject.TOPIC, Subject.LANGUAGE, Subject.JOINED, Subject.LAST_SENT}
)

Value = str | int | float | date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One thing that is true of a reader, or not.

    `value`: a slug for newsletters, topics and tags; days as int; a date; for attributes text, number or date as
    written; None where there is nothing to compare with. `of`: the key of an attribute, else empty.
    """

    subject: Subject
    test: Test
    value: Value = None
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    """Every one of them is true."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """At least one of them is true."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """It is not true."""

    rule: Rule


Rule = Statement | All | AnyOf | Not

#: True of every reader: what `{}` means.
EVERYBODY: Final = All(rules=())


def statements(rule: Rule) -> Iterator[Statement]:
    """Every statement in it, in order."""
    match rule:
        case All(rules=rules) | AnyOf(rules=rules):
            for inner in rules:
                yield from statements(inner)
        case Not(rule=inner):
            yield from statements(inner)
        case Statement():
            yield rule


def common_newsletter(rules: tuple[Rule, ...]) -> Statement | None:
    """The one newsletter that the statements of an `all` speak of; None where none or several are named."""
    named = [rule for rule in rules if isinstance(rule, Statement) and rule.subject is Subject.NEWSLETTER]
    return named[0] if len(named) == 1 else None
