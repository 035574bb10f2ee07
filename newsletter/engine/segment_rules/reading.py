"""From JSON to rules and back."""

from __future__ import annotations

import math
import re
from datetime import date
from enum import StrEnum
from typing import TypeVar

from newsletter.engine.segment_rules.records import (
    BARE,
    EVERYBODY,
    FREQUENCIES,
    MAX_DAYS,
    MAX_DEPTH,
    MAX_RULES,
    MAX_TEXT,
    TESTS,
    All,
    AnyOf,
    Not,
    Rule,
    SegmentRulesError,
    Statement,
    Subject,
    Test,
    Value,
    statements,
)

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_DAYS = frozenset({Test.WITHIN_DAYS, Test.NOT_WITHIN_DAYS})
_NAMED = frozenset({Subject.NEWSLETTER, Subject.TOPIC, Subject.TAG})

_Member = TypeVar("_Member", bound=StrEnum)


def parse(data: object) -> Rule:
    """Read rules as they are kept. `{}` is everybody; an empty group inside is a mistake.

    Raises:
        SegmentRulesError: not rules, too deep (4 levels of groups) or too many (50 statements).
    """
    if data == {}:
        return EVERYBODY
    rule = _read(data, place="", depth=1)
    count = sum(1 for _ in statements(rule))
    if count > MAX_RULES:
        raise SegmentRulesError(
            "", f"There are {count} rules; {MAX_RULES} are the most. Leave some out, or make two segments of them."
        )
    return rule


def dump(rule: Rule) -> dict[str, object]:
    """The rule as it is kept; `parse` reads it back."""
    if rule == EVERYBODY:
        return {}
    match rule:
        case All(rules=rules):
            return {"all": [dump(inner) for inner in rules]}
        case AnyOf(rules=rules):
            return {"any": [dump(inner) for inner in rules]}
        case Not(rule=inner):
            return {"not": dump(inner)}
        case Statement():
            return _dump_statement(rule)


def _dump_statement(rule: Statement) -> dict[str, object]:
    data: dict[str, object] = {"rule": rule.subject.value, "test": rule.test.value}
    if rule.of:
        data["of"] = rule.of
    if rule.value is not None:
        data["value"] = rule.value.isoformat() if isinstance(rule.value, date) else rule.value
    return data


def _read(data: object, *, place: str, depth: int) -> Rule:
    if not isinstance(data, dict):
        raise SegmentRulesError(place, "A rule is an object such as {'rule': 'tag', 'value': 'speakers'}.")
    groups = data.keys() & {"all", "any", "not"}
    if not groups:
        return _read_statement(data, place=place)
    if len(data) != 1:
        raise SegmentRulesError(place, "A group is only one of “all”, “any” and “not”. Put a group into a group.")
    if depth > MAX_DEPTH:
        raise SegmentRulesError(place, f"Groups stand in each other more than {MAX_DEPTH} deep. Flatten them.")
    (name,) = groups
    inner = data[name]
    if name == "not":
        return Not(rule=_read(inner, place=_below(place, "not"), depth=depth + 1))
    if not isinstance(inner, list) or not inner:
        raise SegmentRulesError(_below(place, name), "This group is empty. Add a rule to it, or take it out.")
    if len(inner) > MAX_RULES:
        raise SegmentRulesError(_below(place, name), f"{MAX_RULES} rules are the most. Leave some out.")
    rules = tuple(
        _read(one, place=_below(place, f"{name} {number}"), depth=depth + 1) for number, one in enumerate(inner, 1)
    )
    return All(rules=rules) if name == "all" else AnyOf(rules=rules)


def _below(place: str, step: str) -> str:
    return f"{place}, {step}" if place else step


def _read_statement(data: dict[str, object], *, place: str) -> Statement:
    if unknown := data.keys() - {"rule", "test", "value", "of"}:
        raise SegmentRulesError(
            place, f"“{min(map(str, unknown))[:40]}” says nothing in a rule. Use rule, test, value and of."
        )
    subject = _member(Subject, data.get("rule"), tuple(Subject), place=place, what="rule")
    test = _member(Test, data.get("test", TESTS[subject][0]), TESTS[subject], place=place, what="test")
    place = _below(place, subject.value)
    of = data.get("of", "")
    if not isinstance(of, str) or bool(of) != (subject is Subject.ATTRIBUTE) or (of and not _NAME.fullmatch(of)):
        raise SegmentRulesError(
            place, "Name the attribute by its key." if subject is Subject.ATTRIBUTE else "Only attributes have an “of”."
        )
    return Statement(subject=subject, test=test, of=of, value=_read_value(subject, test, data.get("value"), place))


def _member(kind: type[_Member], value: object, allowed: tuple[_Member, ...], *, place: str, what: str) -> _Member:
    try:
        found = kind(value)  # type: ignore[arg-type]  # whatever it is, only a member's value is taken
    except ValueError:
        found = None
    if found is None or found not in allowed:
        told = f"“{value[:40]}”" if isinstance(value, str) else "This"
        raise SegmentRulesError(place, f"{told} is no {what} here. Use one of: {', '.join(allowed)}.")
    return found


def _read_value(subject: Subject, test: Test, value: object, place: str) -> Value:
    if test in BARE:
        if value is not None:
            raise SegmentRulesError(place, f"“{test}” compares with nothing. Leave its value out.")
        return None
    if test in _DAYS:
        return _days(value, place)
    if subject is Subject.JOINED:
        return _day(value, place)
    if subject is Subject.ATTRIBUTE and isinstance(value, int | float) and not isinstance(value, bool):
        if not math.isfinite(value):
            raise SegmentRulesError(place, "This is no number.")
        return value
    text = _text(value, place)
    if subject in _NAMED and not _NAME.fullmatch(text):
        raise SegmentRulesError(place, f"Name the {subject} by its short name, as it stands in its address.")
    if subject is Subject.FREQUENCY and text not in FREQUENCIES:
        raise SegmentRulesError(place, f"How often is one of: {', '.join(FREQUENCIES)}.")
    return text


def _days(value: object, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_DAYS:
        raise SegmentRulesError(place, f"Give a number of days, from 1 to {MAX_DAYS}.")
    return value


def _day(value: object, place: str) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise SegmentRulesError(place, "Give a day as in 2026-05-31.") from None


def _text(value: object, place: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise SegmentRulesError(place, "Say what it is compared with.")
    text = value.strip()
    if len(text) > MAX_TEXT or not text.isprintable():
        raise SegmentRulesError(place, f"Give up to {MAX_TEXT} letters, on one line.")
    return text
