"""What the editorial check says of each story of an issue, for whoever is about to send it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from blog.editorial.findings import Level
from blog.editorial.gate import open_findings
from blog.models import EditorialDecision
from newsletter.issues.queries import stories_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from blog.models import StoryPage
    from newsletter.models import Issue


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryFindings:
    """`summary` is one line; `overridden` are blockers that somebody overrode, each with who did and why."""

    story_id: int
    title: str
    summary: str
    overridden: tuple[str, ...]


def story_findings(issue: Issue) -> list[StoryFindings]:
    """One for each story that is live, in the issue's order.

    What keeps a story from being mailed is not repeated here: the check before sending names it as a blocker.
    """
    today = timezone.localdate()
    return [_findings(story.specific, today) for story in stories_in(issue) if story.live]


def _findings(story: StoryPage, today: date) -> StoryFindings:
    found = open_findings(story, today=today)
    kinds = Counter(decision.kind for _finding, decision in found if decision is not None)
    warnings = sum(decision is None and finding.level == Level.WARNING for finding, decision in found)
    reasons = (
        _("%(why)s Overridden by %(who)s: %(reason)s")
        % {"why": finding.why, "who": decision.user or _("somebody who has left"), "reason": decision.reason}
        for finding, decision in found
        if decision is not None and decision.kind == EditorialDecision.Kind.OVERRIDDEN
    )
    return StoryFindings(
        story_id=story.pk,
        title=story.title,
        summary=", ".join(_parts(kinds, warnings)) or _("nothing found"),
        overridden=tuple(reasons),
    )


def _parts(kinds: Counter[str], warnings: int) -> Iterator[str]:
    overridden = kinds[EditorialDecision.Kind.OVERRIDDEN]
    acknowledged = kinds[EditorialDecision.Kind.ACKNOWLEDGED]
    if overridden:
        yield ngettext("%(count)d overridden", "%(count)d overridden", overridden) % {"count": overridden}
    if acknowledged:
        yield ngettext("%(count)d acknowledged", "%(count)d acknowledged", acknowledged) % {"count": acknowledged}
    if warnings:
        yield ngettext("%(count)d warning", "%(count)d warnings", warnings) % {"count": warnings}
