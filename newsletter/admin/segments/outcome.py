"""Whom a draft describes at this moment, or what has to be mended first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from newsletter.admin.segments.drafts import ROOT, Condition, Group, places
from newsletter.audience.segment_names import look_up, problem_of, told, words
from newsletter.audience.segments import count
from newsletter.engine.segment_rules import Rule, SegmentRulesError, parse

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`readers` and `described` mean nothing while there is a problem."""

    rule: Rule | None = None
    readers: int = 0
    described: str = ""
    #: By the path of what has to be mended; `ROOT` for what is wrong with the whole.
    problems: Mapping[str, str] = field(default_factory=dict)


def outcome(draft: Group, *, now: datetime) -> Outcome:
    """Count the readers of a draft, by one query."""
    if not draft.inside:
        return Outcome(problems={ROOT: _("Add a condition: a segment of everybody narrows nothing.")})
    try:
        rule = parse(draft.data())
        readers = count(rule, now=now)
    except SegmentRulesError as error:
        return Outcome(problems=_problems(draft) or {ROOT: told(error)})
    return Outcome(rule=rule, readers=readers, described=words(rule))


def _problems(draft: Group) -> dict[str, str]:
    """What is wrong with single conditions and groups."""
    found = {}
    for path, one in places(draft):
        if isinstance(one, Condition):
            try:
                look_up(parse(one.data()))
            except SegmentRulesError as error:
                found[path] = problem_of(error)
        elif not one.inside:
            found[path] = _("This group is empty. Add a condition to it, or remove it.")
    return found
