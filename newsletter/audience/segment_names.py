"""What the rules of a segment name: newsletters, topics, tags and attributes, found by their short names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blog.models import Topic
from newsletter.audience.segment_words import Names, describe
from newsletter.engine.segment_rules import (
    KIND_TESTS,
    Rule,
    SegmentRulesError,
    Statement,
    Subject,
    statements,
)
from newsletter.models import AttributeKind, Newsletter, SubscriberAttribute, SubscriberTag

if TYPE_CHECKING:
    from django.utils.functional import Promise

#: As a person may type them.
_YES, _NO = ("true", "yes", "1", "on"), ("false", "no", "0", "off")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """By slug; attributes by key."""

    newsletters: Mapping[str, Newsletter]
    topics: Mapping[str, Topic]
    tags: Mapping[str, SubscriberTag]
    attributes: Mapping[str, SubscriberAttribute]

    def labels(self) -> Names:
        """What people call them."""
        return {
            **{(Subject.NEWSLETTER, slug): found.name for slug, found in self.newsletters.items()},
            **{(Subject.TOPIC, slug): found.name for slug, found in self.topics.items()},
            **{(Subject.TAG, slug): found.name for slug, found in self.tags.items()},
            **{(Subject.ATTRIBUTE, key): found.label for key, found in self.attributes.items()},
        }


def look_up(rule: Rule) -> Named:
    """Everything that the rule names.

    Raises:
        SegmentRulesError: something of it does not exist any more, or an attribute can't be asked that.
    """
    every = tuple(statements(rule))
    named = find(every)
    for statement in every:
        _check(statement, named)
    return named


def find(every: Iterable[Statement]) -> Named:
    """What of it there is. At most one query for each kind of thing that is named."""
    wanted: dict[Subject, set[str]] = {}
    for one in every:
        wanted.setdefault(one.subject, set()).add(one.of or str(one.value))

    def found(subject: Subject, load: Callable[[set[str]], Iterable[Any]], by: str) -> dict[str, Any]:
        names = wanted.get(subject)
        return {getattr(row, by): row for row in load(names)} if names else {}

    return Named(
        newsletters=found(Subject.NEWSLETTER, lambda names: Newsletter.objects.filter(slug__in=names), "slug"),
        topics=found(Subject.TOPIC, lambda names: Topic.objects.filter(slug__in=names), "slug"),
        tags=found(Subject.TAG, lambda names: SubscriberTag.objects.filter(slug__in=names), "slug"),
        attributes=found(Subject.ATTRIBUTE, lambda names: SubscriberAttribute.objects.filter(key__in=names), "key"),
    )


def words(rule: Rule) -> str:
    """The rule in plain words, with the names that people know; what does not exist any more keeps its short name."""
    return describe(rule, names=find(statements(rule)).labels())


def problem_of(error: SegmentRulesError) -> str:
    """What is wrong and what to do, in the language of who reads it."""
    text = _(error.wording)
    return text % error.values if error.values else text


def told(error: SegmentRulesError) -> str:
    """The same, beginning with the place of the rule."""
    return f"{error.place}: {problem_of(error)}" if error.place else problem_of(error)


def compared_with(statement: Statement, kind: str) -> str | float | None:
    """The value of a statement about an attribute, as values of its kind are kept.

    Raises:
        SegmentRulesError: nothing of this kind.
    """
    value = statement.value
    if value is None or kind == AttributeKind.TEXT:
        return None if value is None else str(value)
    text = str(value).strip()
    try:
        if kind == AttributeKind.NUMBER:
            return float(text)
        if kind == AttributeKind.DATE:
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    else:
        if text.lower() in (*_YES, *_NO):
            return "true" if text.lower() in _YES else "false"
    raise SegmentRulesError(_place(statement), str(_NOT_OF_KIND[kind]) % {"value": text[:40]})


_NOT_OF_KIND: Mapping[str, Promise] = MappingProxyType(
    {
        AttributeKind.NUMBER: gettext_lazy("“%(value)s” is no number. Write it as in 12.5."),
        AttributeKind.DATE: gettext_lazy("“%(value)s” is no day. Write it as in 2026-05-31."),
        AttributeKind.BOOLEAN: gettext_lazy("“%(value)s” is neither yes nor no."),
    }
)


def _check(statement: Statement, named: Named) -> None:
    missing = {
        Subject.NEWSLETTER: (named.newsletters, _("The newsletter “%(name)s” does not exist any more.")),
        Subject.TOPIC: (named.topics, _("The topic “%(name)s” does not exist any more.")),
        Subject.TAG: (named.tags, _("The tag “%(name)s” does not exist any more.")),
        Subject.ATTRIBUTE: (named.attributes, _("The attribute “%(name)s” does not exist any more.")),
    }
    name = statement.of or str(statement.value)
    if statement.subject in missing:
        there, text = missing[statement.subject]
        if name not in there:
            remedy = _("Take this rule out, or choose another.")
            raise SegmentRulesError(_place(statement), f"{text % {'name': name}} {remedy}")
    if statement.subject is Subject.ATTRIBUTE:
        kind = named.attributes[name].kind
        if statement.test not in KIND_TESTS[kind]:
            raise SegmentRulesError(
                _place(statement),
                _("“%(label)s” can't be asked this. Choose another comparison.")
                % {"label": named.attributes[name].label},
            )
        compared_with(statement, kind)


def _place(statement: Statement) -> str:
    return f"{statement.subject} {statement.of}".strip()
