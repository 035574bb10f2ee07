"""Rules about the stories themselves: what the editorial check holds against them holds against mailing them, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from blog.editorial import findings as editorial
from blog.editorial.check import check
from blog.editorial.gate import overdue_since, unsettled
from blog.editorial.manuscript import Block, BlockKind, Manuscript
from newsletter.issues.checks.places import PREVIEW_TEXT, SUBJECT
from newsletter.issues.findings import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blog.models import StoryPage
    from newsletter.issues.checks.examined import Examined
    from newsletter.issues.findings import Place

#: Rules that make sense for two lines without a story around them.
FOR_SUBJECTS = frozenset({"S2", "S4", "F3"})


def unsettled_stories(seen: Examined) -> Iterator[Finding]:
    """What nobody has mended, acknowledged or overridden in a story that is live: it came with newer rules."""
    for story, place in _stories(seen):
        for found in unsettled(story, today=timezone.localdate(seen.now)):
            yield Finding(
                rule=f"editorial-{found.rule}",
                level=Level.BLOCKER,
                text=_("“%(title)s”: %(why)s") % {"title": story.title, "why": found.why},
                remedy=_("%(remedy)s Or settle it on the page of the story's editorial check.")
                % {"remedy": found.remedy},
                place=place,
            )


def overdue_stories(seen: Examined) -> Iterator[Finding]:
    for story, place in _stories(seen):
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
                place=place,
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
            is_subject = found.block == BlockKind.TITLE
            line = _("The subject") if is_subject else _("The preview text")
            yield Finding(
                rule=f"wording-{found.rule}",
                level=Level.BLOCKER if found.level is editorial.Level.BLOCKER else Level.WARNING,
                text=f"{line}: {found.why}",
                remedy=found.remedy,
                place=SUBJECT if is_subject else PREVIEW_TEXT,
                about=found.fingerprint,
            )


def _stories(seen: Examined) -> Iterator[tuple[StoryPage, Place]]:
    """The live stories that the issue shows; others are another rule's matter."""
    for card in seen.places.cards:
        if card.story is not None and card.story.live:
            yield card.story, card.place
