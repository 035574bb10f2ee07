"""Rules in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType

from newsletter.engine.segment_rules.records import (
    EVERYBODY,
    All,
    AnyOf,
    Not,
    Rule,
    Statement,
    Subject,
    Test,
    common_newsletter,
)

#: (what it is about, slug or key) -> what people call it.
Names = Mapping[tuple[Subject, str], str]

_OFTEN = MappingProxyType({"each_story": "each story", "weekly": "weekly", "monthly": "monthly"})
_ATTRIBUTE = MappingProxyType(
    {
        Test.IS: "is",
        Test.IS_NOT: "is not",
        Test.CONTAINS: "contains",
        Test.STARTS_WITH: "starts with",
        Test.GREATER: "is greater than",
        Test.LESS: "is less than",
        Test.BEFORE: "is before",
        Test.AFTER: "is after",
        Test.IS_SET: "is known",
        Test.IS_NOT_SET: "is not known",
    }
)


def describe(rules: Rule, *, names: Names = MappingProxyType({})) -> str:
    """The rules as the end of a sentence that begins with “Everybody who”.

    >>> from newsletter.engine.segment_rules import parse
    >>> describe(parse({"all": [{"rule": "newsletter", "value": "rounds"},
    ...     {"rule": "frequency", "value": "weekly"}, {"rule": "joined", "value": 30}]}))
    'reads rounds weekly, and joined in the last 30 days'
    """
    if rules == EVERYBODY:
        return "reads anything"
    return _say(rules, names)


def _say(rule: Rule, names: Names, *, inside: bool = False) -> str:
    match rule:
        case Statement():
            return _PHRASES[rule.subject](rule, names)
        case Not(rule=inner):
            return f"not ({_say(inner, names)})"
        case All(rules=rules):
            return _join(_phrases_of_all(rules, names), "and", inside=inside)
        case AnyOf(rules=rules):
            return _join([_say(inner, names, inside=True) for inner in rules], "or", inside=inside)


def _phrases_of_all(rules: tuple[Rule, ...], names: Names) -> list[str]:
    """How often somebody reads a newsletter is said together with it."""
    newsletter = common_newsletter(rules)
    often = [rule for rule in rules if isinstance(rule, Statement) and rule.subject is Subject.FREQUENCY]
    together = newsletter is not None and newsletter.test is Test.CONFIRMED and len(often) == 1
    said = []
    for rule in rules:
        if together and rule is often[0]:
            continue
        phrase = _say(rule, names, inside=True)
        said.append(f"{phrase} {_often(often[0])}" if together and rule is newsletter else phrase)
    return said


def _join(phrases: list[str], word: str, *, inside: bool) -> str:
    if len(phrases) == 1:
        return phrases[0]
    text = f"{', '.join(phrases[:-1])}, {word} {phrases[-1]}"
    return f"({text})" if inside else text


def _name(subject: Subject, rule: Statement, names: Names) -> str:
    return names.get((subject, str(rule.value)), str(rule.value))


def _newsletter(rule: Statement, names: Names) -> str:
    name = _name(Subject.NEWSLETTER, rule, names)
    return {Test.PENDING: f"asked for {name} and did not confirm yet", Test.ENDED: f"has left {name}"}.get(
        rule.test, f"reads {name}"
    )


def _often(rule: Statement) -> str:
    return f"{'not ' if rule.test is Test.IS_NOT else ''}{_OFTEN[str(rule.value)]}"


def _frequency(rule: Statement, names: Names) -> str:
    return f"{'does not read' if rule.test is Test.IS_NOT else 'reads'} {_OFTEN[str(rule.value)]}"


def _topic(rule: Statement, names: Names) -> str:
    return f"wants to read about {_name(Subject.TOPIC, rule, names)}"


def _language(rule: Statement, names: Names) -> str:
    return f"{'does not read' if rule.test is Test.IS_NOT else 'reads'} in {_name(Subject.LANGUAGE, rule, names)}"


def _joined(rule: Statement, names: Names) -> str:
    return {
        Test.WITHIN_DAYS: f"joined in the last {_days(rule)}",
        Test.NOT_WITHIN_DAYS: f"joined more than {_days(rule)} ago",
        Test.BEFORE: f"joined before {_day(rule)}",
        Test.AFTER: f"joined after {_day(rule)}",
    }[rule.test]


def _last_sent(rule: Statement, names: Names) -> str:
    return {
        Test.WITHIN_DAYS: f"was sent an issue in the last {_days(rule)}",
        Test.NOT_WITHIN_DAYS: f"was sent no issue in the last {_days(rule)}",
        Test.NEVER: "was never sent an issue",
    }[rule.test]


def _attribute(rule: Statement, names: Names) -> str:
    label = names.get((Subject.ATTRIBUTE, rule.of), rule.of)
    value = "" if rule.value is None else f" {rule.value}"
    return f"whose {label} {_ATTRIBUTE[rule.test]}{value}"


def _tag(rule: Statement, names: Names) -> str:
    return f"{'lacks' if rule.test is Test.HAS_NOT else 'has'} the tag {_name(Subject.TAG, rule, names)}"


def _days(rule: Statement) -> str:
    return "day" if rule.value == 1 else f"{rule.value} days"


def _day(rule: Statement) -> str:
    return f"{rule.value.day} {rule.value:%B %Y}" if isinstance(rule.value, date) else ""


_PHRASES: Mapping[Subject, Callable[[Statement, Names], str]] = MappingProxyType(
    {
        Subject.NEWSLETTER: _newsletter,
        Subject.FREQUENCY: _frequency,
        Subject.TOPIC: _topic,
        Subject.LANGUAGE: _language,
        Subject.JOINED: _joined,
        Subject.LAST_SENT: _last_sent,
        Subject.ATTRIBUTE: _attribute,
        Subject.TAG: _tag,
    }
)
