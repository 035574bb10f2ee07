"""Rules about what was written: subject, preview text, stories, pictures, leftovers of templates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from newsletter.issues.findings import Finding, Level
from newsletter.issues.queries import WITHDRAWN
from newsletter.issues.reach import reach
from newsletter.issues.render import StoryPart, story_of
from newsletter.models import CampaignStory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blog.models import StoryPage
    from newsletter.issues.checks.examined import Examined

LONG_SUBJECT = 60
PREVIEW_TEXT = range(40, 111)
_TOKENS = re.compile(r"\{\{.{0,40}|\{%.{0,40}|\*\|[^|\n]{0,40}\|\*")


def subject(seen: Examined) -> Iterator[Finding]:
    text = seen.issue.subject.strip()
    if not text:
        yield Finding(
            rule="subject", level=Level.BLOCKER, text=_("The subject is empty."), remedy=_("Write a subject.")
        )
    if len(text) > LONG_SUBJECT:
        yield Finding(
            rule="subject-length",
            level=Level.WARNING,
            text=_("The subject has %(count)d characters; many mail programs show 60.") % {"count": len(text)},
            remedy=_("Say the most important thing first, or shorten it."),
        )
    if len(text) > 3 and text == text.upper() != text.lower():
        yield Finding(
            rule="subject-capitals",
            level=Level.WARNING,
            text=_("The subject is all in capital letters, which reads as shouting and as spam."),
            remedy=_("Write it as a sentence."),
        )


def preview_text(seen: Examined) -> Iterator[Finding]:
    length = len(seen.issue.preview_text.strip())
    if length not in PREVIEW_TEXT:
        yield Finding(
            rule="preview-text",
            level=Level.WARNING,
            text=_("The preview text has %(count)d characters; 40 to 110 fill the line after the subject.")
            % {"count": length},
            remedy=_("Say in one sentence why it is worth opening."),
        )


def content(seen: Examined) -> Iterator[Finding]:
    if not seen.laid.parts:
        yield Finding(
            rule="content",
            level=Level.BLOCKER,
            text=_("The issue is empty."),
            remedy=_("Choose at least one story for it."),
        )
    elif not any(isinstance(part, StoryPart) for part in seen.laid.parts):
        yield Finding(
            rule="stories",
            level=Level.BLOCKER,
            text=_("The issue has no story."),
            remedy=_("Choose at least one story for it."),
        )


def withdrawn_stories(seen: Examined) -> Iterator[Finding]:
    shown = {part.story_id for part in seen.laid.parts if isinstance(part, StoryPart)}
    for story in _cards(seen):
        if story is None or story.pk not in shown:
            title = story.title if story else _("A story that was deleted")
            yield Finding(
                rule="story-withdrawn",
                level=Level.BLOCKER,
                text=_("“%(title)s” is not published, so its card is left out.") % {"title": title},
                remedy=_("Publish the story again, or take its card out of the issue."),
            )
        elif story.get_view_restrictions().exists():
            yield Finding(
                rule="story-private",
                level=Level.BLOCKER,
                text=_("“%(title)s” can't be read by everybody.") % {"title": story.title},
                remedy=_("Make the page public, or take its card out of the issue."),
            )


def stories_sent_before(seen: Examined) -> Iterator[Finding]:
    rows = CampaignStory.objects.filter(campaign__newsletter=seen.issue.newsletter)
    rows = rows.exclude(campaign__state__in=WITHDRAWN).exclude(campaign__issue=seen.issue.pk)
    sent = set(rows.values_list("story_id", flat=True))
    for part in seen.laid.parts:
        if isinstance(part, StoryPart) and part.story_id in sent:
            yield Finding(
                rule="story-sent-before",
                level=Level.WARNING,
                text=_("“%(title)s” was in an earlier issue of this newsletter.") % {"title": part.title},
                remedy=_("Take it out unless readers should get it again."),
            )


def leftover_tokens(seen: Examined) -> Iterator[Finding]:
    """What looks like a template's or Mailchimp's field is never filled in: readers would see it as it is."""
    places = {
        _("the subject"): seen.issue.subject,
        _("the preview text"): seen.issue.preview_text,
        _("the mail"): seen.visible_text,
        _("the plain text"): seen.text,
    }
    found: dict[str, str] = {}
    for place, text in places.items():
        for token in _TOKENS.findall(text):
            found.setdefault(token.strip()[:20], place)
    for token, place in found.items():
        yield Finding(
            rule="leftover-token",
            level=Level.BLOCKER,
            text=_("“%(token)s” in %(place)s looks like a field; readers would see it just so.")
            % {"token": token, "place": place},
            remedy=_("Write the words themselves."),
        )


def recipients(seen: Examined) -> Iterator[Finding]:
    found = reach(seen.issue, now=seen.now)
    if found.problem:
        yield Finding(
            rule="segment",
            level=Level.BLOCKER,
            text=_("The segment “%(name)s” can't be used: %(problem)s")
            % {"name": found.segment, "problem": found.problem},
            remedy=_("Mend the segment, or choose another one under “Only for”."),
        )
    elif not found.readers:
        yield Finding(
            rule="recipients",
            level=Level.WARNING,
            text=_("Nobody is subscribed to %(newsletter)s yet.") % {"newsletter": seen.issue.newsletter.name},
            remedy=_("It can go out, but to nobody."),
        )
    elif not found.recipients and not found.segment:
        yield Finding(
            rule="recipients",
            level=Level.WARNING,
            text=_("Nobody who reads %(newsletter)s chose “%(frequency)s”.")
            % {"newsletter": seen.issue.newsletter.name, "frequency": found.frequency},
            remedy=_("It can go out, but to nobody. Choose another frequency under “Who gets it”."),
        )
    elif not found.recipients:
        yield Finding(
            rule="recipients",
            level=Level.WARNING,
            text=_("The segment “%(name)s” holds no reader of %(newsletter)s.")
            % {"name": found.segment, "newsletter": seen.issue.newsletter.name},
            remedy=_("It can go out, but to nobody. Look at the segment's rules, or choose another one."),
        )


def _cards(seen: Examined) -> Iterator[StoryPage | None]:
    return (story_of(block.value) for block in seen.issue.body if block.block_type == "story")
