"""What the editorial check says of each story of an issue, for whoever is about to send it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

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
    """One for each story that is live, in the issue's order. Others are blockers of the check before sending."""
    today = timezone.localdate()
    return [_findings(story.specific, today) for story in stories_in(issue) if story.live]


def _findings(story: StoryPage, today: date) -> StoryFindings:
    found = open_findings(story, today=today)
    kinds = Counter(decision.kind for _finding, decision in found if decision is not None)
    still_open = sum(decision is None for _finding, decision in found)
    reasons = (
        _("%(why)s Overridden by %(who)s: %(reason)s")
        % {"why": finding.why, "who": decision.user or _("somebody who has left"), "reason": decision.reason}
        for finding, decision in found
        if decision is not None and decision.kind == EditorialDecision.Kind.OVERRIDDEN
    )
    return StoryFindings(
        story_id=story.pk,
        title=story.title,
        summary=", ".join(_parts(kinds, still_open)) or _("nothing found"),
        overridden=tuple(reasons),
    )


def _parts(kinds: Counter[str], still_open: int) -> Iterator[str]:
    overridden = kinds[EditorialDecision.Kind.OVERRIDDEN]
    acknowledged = kinds[EditorialDecision.Kind.ACKNOWLEDGED]
    if overridden:
        yield ngettext("%(count)d overridden", "%(count)d overridden", overridden) % {"count": overridden}
    if acknowledged:
        yield ngettext("%(count)d acknowledged", "%(count)d acknowledged", acknowledged) % {"count": acknowledged}
    if still_open:
        yield ngettext("%(count)d open", "%(count)d open", still_open) % {"count": still_open}
