"""Rules as an editor puts them together: groups and conditions that may be unfinished, from a form and into rules."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from newsletter.admin.segments.choices import ATTRIBUTE, subject_of
from newsletter.engine.segment_rules import MAX_DEPTH, MAX_RULES, All, AnyOf, Not, Rule, Statement, Subject, Test

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.http import QueryDict

_PATH = re.compile(r"\d{1,3}(-\d{1,3}){0,8}", re.ASCII)
#: The group that holds everything else.
ROOT = "0"
#: Conditions and groups that are read from one form: more than rules may have, to be told so in words.
_MOST = 2 * MAX_RULES


class Match(StrEnum):
    """How many of a group's conditions are true."""

    ALL = "all"
    ANY = "any"
    NONE = "none"
    NOT_ALL = "not_all"


@dataclass(slots=True, kw_only=True)
class Condition:
    """`about` is a subject, or `attribute:` with a key. All of it is as typed."""

    about: str = Subject.NEWSLETTER.value
    test: str = ""
    value: str = ""
    #: What it was about and what was asked for when the form was made; what was typed then fits nothing else.
    was: str = ""

    def data(self) -> dict[str, object]:
        """The statement as `parse` reads it."""
        subject = subject_of(self.about)
        data: dict[str, object] = {"rule": subject.value, "test": self.test}
        if subject is Subject.ATTRIBUTE:
            data["of"] = self.about.removeprefix(ATTRIBUTE)
        if self.test in (Test.WITHIN_DAYS, Test.NOT_WITHIN_DAYS):
            data["value"] = int(self.value) if re.fullmatch(r"[0-9]{1,9}", self.value) else self.value
        elif self.value:
            data["value"] = self.value
        return data


@dataclass(slots=True, kw_only=True)
class Group:
    match: Match = Match.ALL
    inside: list[Condition | Group] = field(default_factory=list)

    def data(self) -> dict[str, object]:
        """The rules as `parse` reads them."""
        inside = [one.data() for one in self.inside]
        match self.match:
            case Match.ALL:
                return {"all": inside}
            case Match.ANY:
                return {"any": inside}
            case _ if len(inside) == 1:
                return {"not": inside[0]}
            case Match.NONE:
                return {"not": {"any": inside}}
            case Match.NOT_ALL:
                return {"not": {"all": inside}}


def as_draft(rule: Rule) -> Group:
    """Rules as they are kept, for the form."""
    match rule:
        case All(rules=rules):
            return Group(inside=[_inner(one) for one in rules])
        case AnyOf(rules=rules):
            return Group(match=Match.ANY, inside=[_inner(one) for one in rules])
        case Not(rule=AnyOf(rules=rules)):
            return Group(match=Match.NONE, inside=[_inner(one) for one in rules])
        case Not(rule=All(rules=rules)):
            return Group(match=Match.NOT_ALL, inside=[_inner(one) for one in rules])
        case Not(rule=inner):
            return Group(match=Match.NONE, inside=[_inner(inner)])
        case Statement():
            return Group(inside=[_inner(rule)])


def _inner(rule: Rule) -> Condition | Group:
    if not isinstance(rule, Statement):
        return as_draft(rule)
    about = f"{ATTRIBUTE}{rule.of}" if rule.subject is Subject.ATTRIBUTE else rule.subject.value
    value = "" if rule.value is None else str(rule.value)
    return Condition(about=about, test=rule.test.value, value=value)


def read(posted: QueryDict) -> Group:
    """The draft that a form holds. What makes no sense in it is left out: no browser sends that."""
    paths = [path for path in posted.getlist("rule")[:_MOST] if _PATH.fullmatch(path)]
    root = Group()
    groups = {ROOT: root}
    for path in paths:
        above = groups.get(path.rpartition("-")[0])
        one = _read_one(posted, path)
        if path == ROOT:
            root.match = _match(posted.get(f"{ROOT}-match", ""))
        elif above is not None and one is not None and path not in groups:
            above.inside.append(one)
            if isinstance(one, Group):
                groups[path] = one
    return root


def _read_one(posted: QueryDict, path: str) -> Condition | Group | None:
    if f"{path}-match" in posted:
        return Group(match=_match(posted.get(f"{path}-match", "")))
    given = {name: posted.get(f"{path}-{name}", "").strip() for name in ("about", "test", "value", "was")}
    known = given["about"].startswith(ATTRIBUTE) or given["about"] in set(Subject) - {Subject.ATTRIBUTE}
    return Condition(**given) if known else None


def _match(text: str) -> Match:
    return Match(text) if text in set(Match) else Match.ALL


def places(group: Group, path: str = ROOT) -> Iterator[tuple[str, Condition | Group]]:
    """Everything in the group by its path, itself first: `0-2` is the third thing in the outermost group."""
    yield path, group
    for number, one in enumerate(group.inside):
        below = f"{path}-{number}"
        if isinstance(one, Group):
            yield from places(one, below)
        else:
            yield below, one


def may_hold_groups(path: str) -> bool:
    """Whether another group fits in, should each of them say “none”, which counts twice."""
    return path.count("-") < MAX_DEPTH // 2


def change(root: Group, command: str) -> str:
    """Do what a button says (`add:0-1`, `group:0`, `remove:0-2`); returns the path of what to look at next.

    A command for a place that is not there changes nothing.
    """
    verb, _, path = command.partition(":")
    there: Mapping[str, Condition | Group] = dict(places(root))
    target = there.get(path)
    if verb == "remove":
        above, _, number = path.rpartition("-")
        if isinstance(group := there.get(above), Group) and target is not None:
            del group.inside[int(number)]
        return above or ROOT
    if not isinstance(target, Group) or verb not in ("add", "group"):
        return ""
    target.inside.append(Condition() if verb == "add" else Group(match=Match.ANY, inside=[Condition()]))
    return f"{path}-{len(target.inside) - 1}"
