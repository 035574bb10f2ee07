"""What the start page asks the database: few rows each, and as many queries for ten drafts as for one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from wagtail.models import Page, TaskState

from blog.editorial.findings import Level
from blog.editorial.gate import open_findings
from blog.models import StoryIndexPage, StoryPage

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

SHOWN = 5
#: Reviews that come due within this time are worth knowing of.
SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A story with changes that readers don't see yet, and what the check says of them."""

    story: StoryPage
    blockers: int
    to_acknowledge: int
    warnings: int


def lists_to_write_in(user: AbstractUser) -> list[StoryIndexPage]:
    """Where the user may begin a story."""
    lists = StoryIndexPage.objects.filter(live=True)
    return [page for page in lists if page.permissions_for_user(user).can_add_subpage()]


def own_stories(user: AbstractUser) -> Any:
    return StoryPage.objects.filter(Q(owner=user) | Q(author__user=user))


def drafts_of(user: AbstractUser, *, today: date) -> list[Draft]:
    """The user's own unpublished changes, the latest first."""
    found = own_stories(user).filter(Q(live=False) | Q(has_unpublished_changes=True))
    newest = found.select_related("latest_revision").order_by("-latest_revision_created_at", "-pk")[:SHOWN]
    return [draft_of(story, today=today) for story in newest]


def draft_of(story: StoryPage, *, today: date) -> Draft:
    """What is open is what the panel beside the editor shows: nobody has overridden or acknowledged it."""
    latest = story.latest_revision.as_object() if story.latest_revision else story
    levels = [finding.level for finding, decision in open_findings(latest, today=today) if decision is None]
    return Draft(
        story=story,
        blockers=levels.count(Level.BLOCKER),
        to_acknowledge=levels.count(Level.ACKNOWLEDGE),
        warnings=levels.count(Level.WARNING),
    )


def waiting_for(user: AbstractUser) -> list[TaskState]:
    """Submitted drafts that one of the user's groups decides on, the longest waiting first."""
    states = TaskState.objects.reviewable_by(user).select_related("revision__user").order_by("started_at", "pk")
    states = states.filter(revision__base_content_type__app_label="wagtailcore")
    found = list(states.prefetch_related("revision__content_object")[:SHOWN])
    return [state for state in found if isinstance(state.revision.content_object, Page)]


def reviews_due(user: AbstractUser, *, today: date) -> Any:
    """Live stories whose review is overdue or comes due soon, the most overdue first.

    Who may change everybody's stories sees all of them, others their own and those that they reviewed last.
    """
    due = StoryPage.objects.live().filter(review_due_on__lte=today + SOON)
    if not reaches_every_story(user):
        due = due.filter(Q(owner=user) | Q(author__user=user) | Q(reviewer__user=user))
    return due.select_related("author").defer_streamfields().order_by("review_due_on", "pk")


def reaches_every_story(user: AbstractUser) -> bool:
    """Whether the user may publish and change stories that somebody else wrote."""
    if user.is_superuser:
        return True
    lists = StoryIndexPage.objects.filter(live=True)
    return any({"change", "publish"} <= page.permissions_for_user(user).permissions for page in lists)
