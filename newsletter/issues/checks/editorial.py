"""Rules about the stories themselves: what the editorial check holds against them holds against mailing them, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from blog.editorial import findings as editorial
from blog.editorial.check import check
from blog.editorial.gate import overdue_since, unsettled
from blog.editorial.manuscript import Block, BlockKind, Manuscript
from newsletter.issues.findings import Finding, Level
from newsletter.issues.render import story_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blog.models import StoryPage
    from newsletter.issues.checks.examined import Examined

#: Rules that make sense for two lines without a story around them.
FOR_SUBJECTS = frozenset({"S2", "S4", "F3"})


def unsettled_stories(seen: Examined) -> Iterator[Finding]:
    """What nobody has mended, acknowledged or overridden in a story that is live: it came with newer rules."""
    for story in _stories(seen):
        for found in unsettled(story, today=timezone.localdate(seen.now)):
            yield Finding(
                rule=f"editorial-{found.rule}",
                level=Level.BLOCKER,
                text=_("“%(title)s”: %(why)s") % {"title": story.title, "why": found.why},
                remedy=_("%(remedy)s Or settle it on the page of the story's editorial check.")
                % {"remedy": found.remedy},
            )


def overdue_stories(seen: Examined) -> Iterator[Finding]:
    for story in _stories(seen):
        if since := overdue_since(story, today=timezone.localdate(seen.now)):
            yield Finding(
                rule="story-overdue",
                level=Level.BLOCKER,
                text=_("The review of “%(title)s” was due on %(date)s.")
                % {"title": story.title, "date": since.isoformat()},
                remedy=_(
                    "Review it and set its next date, override this with a reason on the page of its editorial check, "
                    "or take its card out of the issue."
                ),
            )


def wording_of_the_subject(seen: Examined) -> Iterator[Finding]:
    """Subject and preview text by the rules for headlines. There is nobody to acknowledge them: those warn."""
    lines = Manuscript(
        kind="news",
        blocks=tuple(
            Block(kind=kind, name=kind, paragraphs=(text.strip(),))
            for kind, text in (
                (BlockKind.TITLE, seen.issue.subject),
                (BlockKind.STANDFIRST, seen.issue.preview_text),
            )
            if text.strip()
        ),
        today=timezone.localdate(seen.now),
    )
    for found in check(lines):
        if found.rule in FOR_SUBJECTS:
            place = _("The subject") if found.block == BlockKind.TITLE else _("The preview text")
            yield Finding(
                rule=f"editorial-{found.rule}",
                level=Level.BLOCKER if found.level is editorial.Level.BLOCKER else Level.WARNING,
                text=f"{place}: {found.why}",
                remedy=found.remedy,
            )


def _stories(seen: Examined) -> Iterator[StoryPage]:
    """The live stories that the issue shows; others are another rule's matter."""
    for block in seen.issue.body:
        story = story_of(block.value) if block.block_type == "story" else None
        if story is not None and story.live:
            yield story
