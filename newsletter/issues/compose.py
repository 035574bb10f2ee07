"""Composing: a draft issue with a card for each new story, in what it starts from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletter.issues.errors import IssueError
from newsletter.issues.queries import mailable_stories, unsent_stories
from newsletter.issues.starting_points import as_template, same_body, with_cards
from newsletter.models import Issue, IssueTemplate, Newsletter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from blog.models import StoryPage

SUBJECT_LENGTH = 200
PREVIEW_LENGTH = 110


class ComposeError(IssueError):
    """There is nothing to compose an issue of; no issue was created."""


def compose(
    newsletter: Newsletter,
    *,
    stories: Sequence[int] | None = None,
    start: IssueTemplate | Issue | None = None,
    displays: Mapping[int, str] | None = None,
    user: AbstractBaseUser | None = None,
) -> Issue:
    """A new draft issue.

    Args:
        stories: ids in the order they shall stand; None: all live stories not yet sent, the newest first. A story
            named by its id may have been sent before.
        start: whose blocks it takes over, with these stories in their place: a template, or an earlier issue.
        displays: how much of a story to show, by its id; of the others as much as what it starts from says.

    Raises:
        ComposeError: no new story and nothing to start from, or an id that is no live, public story.
    """
    chosen = list(unsent_stories(newsletter)) if stories is None else _chosen(stories)
    if not chosen and start is None:
        raise ComposeError(
            _("%(newsletter)s has no new stories: publish one, or name stories that were sent before.")
            % {"newsletter": newsletter.name}
        )
    return _saved(
        Issue(
            newsletter=newsletter,
            subject=preset_subject(chosen) if chosen else Truncator(str(start)).chars(SUBJECT_LENGTH),
            preview_text=preset_preview(chosen) if chosen else "",
            body=with_cards(as_template(start.body) if start else [], chosen, displays),
            live=False,
        ),
        user,
    )


def copy_issue(issue: Issue, *, user: AbstractBaseUser | None = None) -> Issue:
    """A new draft with the same words, the very same cards and the same readers; nothing of it is approved or sent."""
    fields = ("newsletter", "subject", "preview_text", "segment", "frequency", "fits_reader", "unlisted")
    kept: dict[str, Any] = {name: getattr(issue, name) for name in fields}
    return _saved(Issue(**kept, body=same_body(issue), live=False), user)


def _saved(issue: Issue, user: AbstractBaseUser | None) -> Issue:
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
