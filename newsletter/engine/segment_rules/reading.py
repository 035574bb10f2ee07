"""From JSON to rules and back."""

from __future__ import annotations

import math
import re
from datetime import date
from enum import StrEnum
from typing import TypeVar

from core.marks import _
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
            "",
            _("There are %(count)d rules; %(most)d are the most. Leave some out, or make two segments of them."),
            count=count,
            most=MAX_RULES,
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
        raise SegmentRulesError(place, _("A rule is an object such as {'rule': 'tag', 'value': 'speakers'}."))
    groups = data.keys() & {"all", "any", "not"}
    if not groups:
        return _read_statement(data, place=place)
    if len(data) != 1:
        raise SegmentRulesError(place, _("A group is only one of “all”, “any” and “not”. Put a group into a group."))
    if depth > MAX_DEPTH:
        raise SegmentRulesError(
            place, _("Groups stand in each other more than %(most)d deep. Flatten them."), most=MAX_DEPTH
        )
    (name,) = groups
    inner = data[name]
    if name == "not":
        return Not(rule=_read(inner, place=_below(place, "not"), depth=depth + 1))
    if not isinstance(inner, list) or not inner:
        raise SegmentRulesError(_below(place, name), _("This group is empty. Add a rule to it, or take it out."))
    if len(inner) > MAX_RULES:
        raise SegmentRulesError(_below(place, name), _("%(most)d rules are the most. Leave some out."), most=MAX_RULES)
    rules = tuple(
        _read(one, place=_below(place, f"{name} {number}"), depth=depth + 1) for number, one in enumerate(inner, 1)
    )
    return All(rules=rules) if name == "all" else AnyOf(rules=rules)


def _below(place: str, step: str) -> str:
    return f"{place}, {step}" if place else step


def _read_statement(data: dict[str, object], *, place: str) -> Statement:
    if unknown := data.keys() - {"rule", "test", "value", "of"}:
        raise SegmentRulesError(
            place,
            _("“%(word)s” says nothing in a rule. Use rule, test, value and of."),
            word=min(map(str, unknown))[:40],
        )
    subject = _member(Subject, data.get("rule"), tuple(Subject), place=place, what="rule")
    test = _member(Test, data.get("test", TESTS[subject][0]), TESTS[subject], place=place, what="test")
    place = _below(place, subject.value)
    of = data.get("of", "")
    if not isinstance(of, str) or bool(of) != (subject is Subject.ATTRIBUTE) or (of and not _NAME.fullmatch(of)):
        raise SegmentRulesError(
            place,
            _("Name the attribute by its key.") if subject is Subject.ATTRIBUTE else _("Only attributes have an “of”."),
        )
    return Statement(subject=subject, test=test, of=of, value=_read_value(subject, test, data.get("value"), place))


def _member(kind: type[_Member], value: object, allowed: tuple[_Member, ...], *, place: str, what: str) -> _Member:
    try:
        found = kind(value)  # type: ignore[arg-type]  # whatever it is, only a member's value is taken
    except ValueError:
        found = None
    if found is None or found not in allowed:
        several = {"what": what, "allowed": ", ".join(allowed)}
        if isinstance(value, str):
            wording = _("“%(told)s” is no %(what)s here. Use one of: %(allowed)s.")
            raise SegmentRulesError(place, wording, told=value[:40], **several)
        raise SegmentRulesError(place, _("This is no %(what)s here. Use one of: %(allowed)s."), **several)
    return found


def _read_value(subject: Subject, test: Test, value: object, place: str) -> Value:
    if test in BARE:
        if value is not None:
            raise SegmentRulesError(place, _("“%(test)s” compares with nothing. Leave its value out."), test=test)
        return None
    if test in _DAYS:
        return _days(value, place)
    if subject is Subject.JOINED:
        return _day(value, place)
    if subject is Subject.ATTRIBUTE and isinstance(value, int | float) and not isinstance(value, bool):
        if not math.isfinite(value):
            raise SegmentRulesError(place, _("This is no number."))
        return value
    text = _text(value, place)
    if subject in _NAMED and not _NAME.fullmatch(text):
        wording = _("Name the %(subject)s by its short name, as it stands in its address.")
        raise SegmentRulesError(place, wording, subject=subject)
    if subject is Subject.FREQUENCY and text not in FREQUENCIES:
        raise SegmentRulesError(place, _("How often is one of: %(allowed)s."), allowed=", ".join(FREQUENCIES))
    return text


def _days(value: object, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_DAYS:
        raise SegmentRulesError(place, _("Give a number of days, from 1 to %(most)d."), most=MAX_DAYS)
    return value


def _day(value: object, place: str) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise SegmentRulesError(place, _("Give a day as in 2026-05-31.")) from None


def _text(value: object, place: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise SegmentRulesError(place, _("Say what it is compared with."))
    text = value.strip()
    if len(text) > MAX_TEXT or not text.isprintable():
        raise SegmentRulesError(place, _("Give up to %(most)d letters, on one line."), most=MAX_TEXT)
    return text
