"""The rules of a segment in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from newsletter.engine.segment_rules import (
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

if TYPE_CHECKING:
    from django.utils.functional import Promise

#: (what it is about, slug or key) -> what people call it.
Names = Mapping[tuple[Subject, str], str]

#: By how often, and whether that is denied.
_OFTEN: Mapping[tuple[str, bool], Promise] = MappingProxyType(
    {
        ("each_story", False): gettext_lazy("reads each story"),
        ("each_story", True): gettext_lazy("does not read each story"),
        ("weekly", False): gettext_lazy("reads weekly"),
        ("weekly", True): gettext_lazy("does not read weekly"),
        ("monthly", False): gettext_lazy("reads monthly"),
        ("monthly", True): gettext_lazy("does not read monthly"),
    }
)
#: The same, said together with the newsletter.
_OFTEN_OF: Mapping[tuple[str, bool], Promise] = MappingProxyType(
    {
        ("each_story", False): gettext_lazy("reads %(name)s each story"),
        ("each_story", True): gettext_lazy("reads %(name)s not each story"),
        ("weekly", False): gettext_lazy("reads %(name)s weekly"),
        ("weekly", True): gettext_lazy("reads %(name)s not weekly"),
        ("monthly", False): gettext_lazy("reads %(name)s monthly"),
        ("monthly", True): gettext_lazy("reads %(name)s not monthly"),
    }
)
_ATTRIBUTE: Mapping[Test, Promise] = MappingProxyType(
    {
        Test.IS: gettext_lazy("whose %(label)s is %(value)s"),
        Test.IS_NOT: gettext_lazy("whose %(label)s is not %(value)s"),
        Test.CONTAINS: gettext_lazy("whose %(label)s contains %(value)s"),
        Test.STARTS_WITH: gettext_lazy("whose %(label)s starts with %(value)s"),
        Test.GREATER: gettext_lazy("whose %(label)s is greater than %(value)s"),
        Test.LESS: gettext_lazy("whose %(label)s is less than %(value)s"),
        Test.BEFORE: gettext_lazy("whose %(label)s is before %(value)s"),
        Test.AFTER: gettext_lazy("whose %(label)s is after %(value)s"),
        Test.IS_SET: gettext_lazy("whose %(label)s is known"),
        Test.IS_NOT_SET: gettext_lazy("whose %(label)s is not known"),
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
        return _("reads anything")
    return _say(rules, names)


def _say(rule: Rule, names: Names, *, inside: bool = False) -> str:
    match rule:
        case Statement():
            return _PHRASES[rule.subject](rule, names)
        case Not(rule=inner):
            return _("not (%(phrase)s)") % {"phrase": _say(inner, names)}
        case All(rules=rules):
            return _join(_phrases_of_all(rules, names), _("%(phrases)s, and %(last)s"), inside=inside)
        case AnyOf(rules=rules):
            phrases = [_say(inner, names, inside=True) for inner in rules]
            return _join(phrases, _("%(phrases)s, or %(last)s"), inside=inside)


def _phrases_of_all(rules: tuple[Rule, ...], names: Names) -> list[str]:
    """How often somebody reads a newsletter is said together with it."""
    newsletter = common_newsletter(rules)
    often = [rule for rule in rules if isinstance(rule, Statement) and rule.subject is Subject.FREQUENCY]
    together = newsletter is not None and newsletter.test is Test.CONFIRMED and len(often) == 1
    said = []
    for rule in rules:
        if together and rule is often[0]:
            continue
        if together and newsletter is not None and rule is newsletter:
            name = _name(Subject.NEWSLETTER, newsletter, names)
            said.append(str(_OFTEN_OF[_often(often[0])]) % {"name": name})
        else:
            said.append(_say(rule, names, inside=True))
    return said


def _join(phrases: list[str], sentence: str, *, inside: bool) -> str:
    if len(phrases) == 1:
        return phrases[0]
    text = sentence % {"phrases": ", ".join(phrases[:-1]), "last": phrases[-1]}
    return f"({text})" if inside else text


def _name(subject: Subject, rule: Statement, names: Names) -> str:
    return names.get((subject, str(rule.value)), str(rule.value))


def _newsletter(rule: Statement, names: Names) -> str:
    name = {"name": _name(Subject.NEWSLETTER, rule, names)}
    if rule.test is Test.PENDING:
        return _("asked for %(name)s and did not confirm yet") % name
    return (_("has left %(name)s") if rule.test is Test.ENDED else _("reads %(name)s")) % name


def _often(rule: Statement) -> tuple[str, bool]:
    return str(rule.value), rule.test is Test.IS_NOT


def _frequency(rule: Statement, names: Names) -> str:
    return str(_OFTEN[_often(rule)])


def _topic(rule: Statement, names: Names) -> str:
    return _("wants to read about %(name)s") % {"name": _name(Subject.TOPIC, rule, names)}


def _language(rule: Statement, names: Names) -> str:
    text = _("does not read in %(name)s") if rule.test is Test.IS_NOT else _("reads in %(name)s")
    return text % {"name": _name(Subject.LANGUAGE, rule, names)}


def _joined(rule: Statement, names: Names) -> str:
    match rule.test:
        case Test.WITHIN_DAYS:
            return _days(rule, ngettext("joined in the last day", "joined in the last %(count)s days", _count(rule)))
        case Test.NOT_WITHIN_DAYS:
            text = ngettext("joined more than a day ago", "joined more than %(count)s days ago", _count(rule))
            return _days(rule, text)
        case Test.BEFORE:
            return _("joined before %(day)s") % {"day": _day(rule)}
        case _other:
            return _("joined after %(day)s") % {"day": _day(rule)}


def _last_sent(rule: Statement, names: Names) -> str:
    if rule.test is Test.NEVER:
        return _("was never sent an issue")
    if rule.test is Test.WITHIN_DAYS:
        text = ngettext(
            "was sent an issue in the last day", "was sent an issue in the last %(count)s days", _count(rule)
        )
    else:
        text = ngettext(
            "was sent no issue in the last day", "was sent no issue in the last %(count)s days", _count(rule)
        )
    return _days(rule, text)


def _attribute(rule: Statement, names: Names) -> str:
    label = names.get((Subject.ATTRIBUTE, rule.of), rule.of)
    return str(_ATTRIBUTE[rule.test]) % {"label": label, "value": rule.value}


def _tag(rule: Statement, names: Names) -> str:
    text = _("lacks the tag %(name)s") if rule.test is Test.HAS_NOT else _("has the tag %(name)s")
    return text % {"name": _name(Subject.TAG, rule, names)}


def _count(rule: Statement) -> int:
    return rule.value if isinstance(rule.value, int) else 0


def _days(rule: Statement, text: str) -> str:
    return text % {"count": _count(rule)}


def _day(rule: Statement) -> str:
    return date_format(rule.value, "j F Y") if isinstance(rule.value, date) else ""


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
