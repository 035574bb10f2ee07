"""A draft as the page shows it: each condition with its fields, and what is wrong beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from newsletter.admin.segments.choices import Asked, Vocabulary, gone
from newsletter.admin.segments.drafts import ROOT, Condition, Group, Match, may_hold_groups
from newsletter.engine.segment_rules import MAX_DAYS, MAX_TEXT

if TYPE_CHECKING:
    from django.utils.functional import Promise
    from django.utils.safestring import SafeString

    from newsletter.admin.segments.choices import Choices

MATCHES: Choices = [
    (Match.ALL.value, _("all of these are true")),
    (Match.ANY.value, _("at least one of these is true")),
    (Match.NONE.value, _("none of these is true")),
    (Match.NOT_ALL.value, _("not all of these are true")),
]
#: The kind of input and what else stands in it.
_INPUTS: Mapping[Asked, tuple[str, Mapping[str, object]]] = MappingProxyType(
    {
        Asked.DAYS: ("number", {"min": 1, "max": MAX_DAYS, "inputmode": "numeric"}),
        Asked.NUMBER: ("text", {"inputmode": "decimal", "size": 10}),
        Asked.DAY: ("date", {}),
    }
)
#: A new condition asks for this many days.
_DAYS = "30"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the page. `inside` is empty for a condition; `path` names its fields."""

    path: str
    #: The fields in order, with what a screen reader calls each.
    fields: tuple[SafeString, ...]
    problem: str = ""
    after: str | Promise = ""
    was: str = ""
    is_group: bool = False
    inside: tuple[Row, ...] = ()
    may_hold_groups: bool = False

    @property
    def is_root(self) -> bool:
        return self.path == ROOT


def row_of(
    one: Condition | Group,
    vocabulary: Vocabulary,
    *,
    problems: Mapping[str, str] = MappingProxyType({}),
    path: str = ROOT,
) -> Row:
    """`problems` by path."""
    if isinstance(one, Condition):
        return _condition(one, vocabulary, problems.get(path, ""), path)
    label = _("Readers of whom") if path == ROOT else _("Of this group")
    return Row(
        path=path,
        fields=(_select(f"{path}-match", one.match.value, MATCHES, label),),
        problem=problems.get(path, ""),
        is_group=True,
        inside=tuple(
            row_of(inner, vocabulary, problems=problems, path=f"{path}-{number}")
            for number, inner in enumerate(one.inside)
        ),
        may_hold_groups=may_hold_groups(path),
    )


def settle(one: Condition | Group, vocabulary: Vocabulary) -> None:
    """Choose what is not chosen yet, and give up what was meant for something else that stood there before."""
    if isinstance(one, Group):
        for inner in one.inside:
            settle(inner, vocabulary)
        return
    tests = dict(vocabulary.tests(one.about))
    if one.test not in tests:
        one.test = next(iter(tests))
    asked = vocabulary.asks(one.about, one.test)
    is_new = one.was != "" and one.was != _kind(one.about, asked)
    if asked is Asked.NOTHING or is_new:
        one.value = ""
    if not one.value:
        first = next(iter(dict(vocabulary.values(one.about))), "") if asked is Asked.CHOICE else ""
        one.value = _DAYS if asked is Asked.DAYS and (is_new or not one.was) else first
    one.was = _kind(one.about, asked)


def _kind(about: str, asked: Asked) -> str:
    return f"{about} {asked}" if asked is Asked.CHOICE else asked.value


def _condition(one: Condition, vocabulary: Vocabulary, problem: str, path: str) -> Row:
    asked = vocabulary.asks(one.about, one.test)
    return Row(
        path=path,
        fields=(
            _select(f"{path}-about", one.about, vocabulary.subjects(one.about), _("What it is about")),
            _select(f"{path}-test", one.test, vocabulary.tests(one.about), _("How it compares")),
            *_value(one, vocabulary, asked, path, invalid=bool(problem)),
        ),
        problem=problem,
        after=_("days") if asked is Asked.DAYS else "",
        was=one.was,
    )


def _select(name: str, value: str, choices: object, label: str | Promise, *, invalid: bool = False) -> SafeString:
    widget = forms.Select(choices=choices)  # type: ignore[arg-type]  # groups of choices are choices, too
    return widget.render(name, value, _attributes(name, label, invalid=invalid))


def _attributes(name: str, label: str | Promise, *, invalid: bool) -> dict[str, object]:
    problem = f"rule-{name.rpartition('-')[0]}-problem"
    attributes: dict[str, object] = {"id": f"rule-{name}", "aria-label": str(label), "aria-describedby": problem}
    if invalid:
        attributes["aria-invalid"] = "true"
    return attributes


def _value(one: Condition, vocabulary: Vocabulary, asked: Asked, path: str, *, invalid: bool) -> tuple[SafeString, ...]:
    name, label = f"{path}-value", _("With what")
    if asked is Asked.NOTHING:
        return ()
    if asked is Asked.CHOICE:
        choices = vocabulary.values(one.about)
        if one.value and one.value not in dict(choices):
            choices.append((one.value, gone(one.value)))
        return (_select(name, one.value, choices, label, invalid=invalid),)
    kind, more = _INPUTS.get(asked, ("text", {"maxlength": MAX_TEXT}))
    widget = forms.TextInput(attrs={"autocomplete": "off"})
    widget.input_type = kind
    return (widget.render(name, one.value, {**_attributes(name, label, invalid=invalid), **more}),)
