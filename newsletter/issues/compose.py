"""Composing: a draft issue with a card for each new story."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletter.issues.errors import IssueError
from newsletter.issues.queries import mailable_stories, unsent_stories
from newsletter.models import Issue, Newsletter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blog.models import StoryPage

SUBJECT_LENGTH = 200
PREVIEW_LENGTH = 110


class ComposeError(IssueError):
    """There is nothing to compose an issue of; no issue was created."""


def compose(
    newsletter: Newsletter, *, stories: Sequence[int] | None = None, user: AbstractBaseUser | None = None
) -> Issue:
    """A new draft issue.

    Args:
        stories: ids in the order they shall stand; None: all live stories not yet sent, the newest first. A story
            named by its id may have been sent before.

    Raises:
        ComposeError: no new story, or an id that is no live, public story.
    """
    chosen = list(unsent_stories(newsletter)) if stories is None else _chosen(stories)
    if not chosen:
        raise ComposeError(
            _("%(newsletter)s has no new stories: publish one, or name stories that were sent before.")
            % {"newsletter": newsletter.name}
        )
    issue = Issue(
        newsletter=newsletter,
        subject=preset_subject(chosen),
        preview_text=preset_preview(chosen),
        body=[("story", {"story": story, "intro": "", "show_image": True}) for story in chosen],
        live=False,
    )
    with transaction.atomic():
        issue.save()
        issue.save_revision(user=user, log_action="wagtail.create")
    return issue


def _chosen(ids: Sequence[int]) -> list[StoryPage]:
    found = mailable_stories().in_bulk(ids)
    missing = [str(story_id) for story_id in ids if story_id not in found]
    if missing:
        raise ComposeError(
            ngettext(
                "Story %(ids)s is unknown or not published.",
                "Stories %(ids)s are unknown or not published.",
                len(missing),
            )
            % {"ids": ", ".join(missing)}
        )
    return [found[story_id] for story_id in dict.fromkeys(ids)]


def preset_subject(stories: Sequence[StoryPage]) -> str:
    """The first title, and how many more there are."""
    title = " ".join(stories[0].title.split())
    others = len(stories) - 1
    if not others:
        return Truncator(title).chars(SUBJECT_LENGTH)
    more = ngettext("and %(count)d more", "and %(count)d more", others) % {"count": others}
    return f"{Truncator(title).chars(SUBJECT_LENGTH - len(more) - 1)} {more}"


def preset_preview(stories: Sequence[StoryPage]) -> str:
    """What mail programs show after the subject: the lead's standfirst, or else the other titles."""
    text = stories[0].standfirst or ", ".join(story.title for story in stories[1:])
    return Truncator(" ".join(text.split())).chars(PREVIEW_LENGTH)
