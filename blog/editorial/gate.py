"""What stands between a story and its readers: blockers nobody has settled stop it, drafts are never stopped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from blog.editorial.findings import Finding, Level
from blog.editorial.remembered import findings_of
from blog.editorial.story import manuscript_of
from blog.models import EditorialDecision

if TYPE_CHECKING:
    from blog.editorial.manuscript import Manuscript
    from blog.models import StoryPage

#: Findings that have to be settled before publishing, and by which decision.
SETTLED_BY = {
    Level.BLOCKER: frozenset({EditorialDecision.Kind.OVERRIDDEN}),
    Level.ACKNOWLEDGE: frozenset({EditorialDecision.Kind.ACKNOWLEDGED, EditorialDecision.Kind.OVERRIDDEN}),
}
NAMED = 3
#: The rule on reviews that are due.
OVERDUE = "E2"


class PublishRefusedError(Exception):
    """The story stays as it was. The message is for the author: which story, what was found first, how much more."""

    def __init__(self, findings: Sequence[Finding], *, story: StoryPage) -> None:
        self.findings = list(findings)
        self.story = story
        super().__init__(refusal(story.title, self.findings))


def refusal(title: str, findings: Sequence[Finding]) -> str:
    """One line for people: “Title” can't be published yet: S2 in 4 text, F2 in story, and 3 more."""
    named = ", ".join(f"{finding.rule} ({finding.block})" for finding in findings[:NAMED])
    more = len(findings) - NAMED
    if more > 0:
        rest = ngettext("and %(count)d more", "and %(count)d more", more) % {"count": more}
        named = f"{named}, {rest}"
    return _("“%(title)s” can't be published yet: %(findings)s.") % {"title": title, "findings": named}


def examine(story: StoryPage, *, today: date) -> tuple[Manuscript, list[tuple[Finding, EditorialDecision | None]]]:
    """The story as the check reads it, and everything it says, each with the latest decision that settles it."""
    manuscript = manuscript_of(story, today=today)
    decisions = decisions_on(story)
    found = findings_of(manuscript)
    return manuscript, [(finding, settling(finding, decisions.get(finding.fingerprint, ()))) for finding in found]


def open_findings(story: StoryPage, *, today: date) -> list[tuple[Finding, EditorialDecision | None]]:
    """Everything the check says of this very text, each with the latest decision that settles it, if any."""
    return examine(story, today=today)[1]


def unsettled(story: StoryPage, *, today: date, undecided: bool = False) -> list[Finding]:
    """What keeps it from being published: blockers not overridden, and what nobody has acknowledged.

    With `undecided`, decisions don't count: what a copy of the story would be asked.
    """
    return [
        finding
        for finding, decision in open_findings(story, today=today)
        if finding.level in SETTLED_BY and (undecided or decision is None)
    ]


def overdue_since(story: StoryPage, *, today: date) -> date | None:
    """When its review was due, if that day has passed and nobody with the right has overridden it for that date.

    It keeps the story from being mailed, never from being published.
    """
    due = story.review_due_on
    if due is None or due >= today:
        return None
    decided = (decision for finding, decision in open_findings(story, today=today) if finding.rule == OVERDUE)
    return None if any(decision is not None for decision in decided) else due


def decisions_on(story: StoryPage) -> dict[str, list[EditorialDecision]]:
    """By fingerprint, the latest first. An alias has the decisions of the story it mirrors."""
    owner = original(story)
    if owner is None:
        return {}
    found: dict[str, list[EditorialDecision]] = {}
    for decision in EditorialDecision.objects.filter(story_id=owner).select_related("user"):
        found.setdefault(decision.fingerprint, []).append(decision)
    return found


def original(story: StoryPage) -> int | None:
    """The id of the story itself, or of the one that it mirrors."""
    while story.alias_of_id:
        story = story.alias_of.specific
    found: int | None = story.pk
    return found


def settling(finding: Finding, decisions: Sequence[EditorialDecision]) -> EditorialDecision | None:
    """The decision that holds for a finding; a warning needs none, and any is shown."""
    enough = SETTLED_BY.get(finding.level)
    return next((decision for decision in decisions if enough is None or decision.kind in enough), None)


def refuse_unsettled(story: StoryPage) -> None:
    """The gate itself.

    Raises:
        PublishRefusedError: something has to be settled first.
    """
    if findings := unsettled(story, today=timezone.localdate()):
        raise PublishRefusedError(findings, story=story)
