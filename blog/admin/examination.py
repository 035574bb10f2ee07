"""What an editor is shown of a story's check: findings in groups, with what may be done about each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from blog.editorial.catalogue import catalogue
from blog.editorial.decide import is_overridable, may_acknowledge, may_override
from blog.editorial.findings import Finding, Level
from blog.editorial.gate import SETTLED_BY, examine

if TYPE_CHECKING:
    from blog.editorial.manuscript import Manuscript
    from blog.models import EditorialDecision, StoryPage

GROUPS = {
    Level.BLOCKER: (gettext_lazy("In the way of publishing"), "warning"),
    Level.ACKNOWLEDGE: (gettext_lazy("To be acknowledged"), "info-circle"),
    Level.WARNING: (gettext_lazy("Worth a look"), "view"),
}
#: Where the editor keeps what isn't a block of the body.
FIELDS = {
    "title": "id_title",
    "standfirst": "id_standfirst",
    "title tag": "id_seo_title",
    "meta description": "id_search_description",
}
#: A panel with more of them helps nobody; the story's own page shows all.
SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    finding: Finding
    #: The latest decision on it, if any.
    decision: EditorialDecision | None
    title: str
    may_acknowledge: bool
    may_override: bool
    #: Whether one click adds the block that it misses.
    has_fix: bool

    @property
    def is_open(self) -> bool:
        return self.finding.level in SETTLED_BY and self.decision is None

    @property
    def place(self) -> str:
        """Which block of the body it is about, counted from 1; empty for a field, or for what is missing."""
        place = self.finding.block.partition(" ")[0]
        return place if place.isdigit() else ""

    @property
    def field(self) -> str:
        """The id of the field it is about; empty for a block, or for what is missing."""
        return FIELDS.get(self.finding.block, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    level: Level
    label: str
    icon: str
    rows: Sequence[Row]

    @property
    def shown(self) -> Sequence[Row]:
        return self.rows[:SHOWN]

    @property
    def hidden(self) -> int:
        return max(0, len(self.rows) - SHOWN)

    @property
    def open_count(self) -> int:
        return sum(row.is_open for row in self.rows)


@dataclass(frozen=True, kw_only=True)
class Examination:
    """One look at one text of a story."""

    manuscript: Manuscript
    rows: Sequence[Row]

    @cached_property
    def groups(self) -> list[Group]:
        return [
            Group(level=level, label=str(GROUPS[level][0]), icon=GROUPS[level][1], rows=list(found))
            for level, found in groupby(self.rows, lambda row: row.finding.level)
        ]

    @property
    def open_count(self) -> int:
        return sum(row.is_open for row in self.rows)

    @property
    def summary(self) -> str:
        """One sentence, for the head of the panel and for screen readers when it changes."""
        if not self.rows:
            return _("Nothing found.")
        if not self.open_count:
            return _("Nothing is in the way of publishing.")
        return ngettext(
            "%(count)d finding is in the way of publishing.",
            "%(count)d findings are in the way of publishing.",
            self.open_count,
        ) % {"count": self.open_count}

    def find(self, fingerprint: str) -> Finding | None:
        return next((row.finding for row in self.rows if row.finding.fingerprint == fingerprint), None)


def look_at(story: StoryPage, user: Any) -> Examination:
    """Check this very text, saved or not, and see what this user may do about it."""
    manuscript, found = examine(story, today=timezone.localdate())
    is_saved = story.pk is not None
    acknowledges = is_saved and may_acknowledge(user, story)
    overrides = is_saved and may_override(user, story)
    return Examination(
        manuscript=manuscript,
        rows=list(_rows(found, acknowledges=acknowledges, overrides=overrides)),
    )


def _rows(
    found: Sequence[tuple[Finding, EditorialDecision | None]], *, acknowledges: bool, overrides: bool
) -> Iterator[Row]:
    for finding, decision in found:
        undecided = decision is None
        yield Row(
            finding=finding,
            decision=decision,
            title=catalogue()[finding.rule].title,
            may_acknowledge=undecided and acknowledges and finding.level is Level.ACKNOWLEDGE,
            may_override=undecided and overrides and is_overridable(finding),
            has_fix=finding.rule == "S1",
        )
