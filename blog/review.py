"""The use case: somebody vouches that the whole text of a story was checked today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from wagtail.log_actions import log

from blog.models import StoryPage
from blog.models.defaults import author_of, publication_of
from blog.models.review_dates import months_later

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What the review will say."""

    reviewed_on: date
    review_due_on: date
    #: The author page of who reviews; None for one who has no page, or who reviews her own story.
    reviewer: Any | None


def review_by(user: AbstractUser, story: StoryPage, *, today: date) -> Review:
    """Whoever wrote the story may say that it is up to date, but is not its independent reviewer."""
    me = author_of(user)
    independent = me if me is not None and me.pk != story.author_id else None
    due = months_later(today, publication_of(story).review_months)
    return Review(reviewed_on=today, review_due_on=due, reviewer=independent)


@transaction.atomic
def mark_reviewed(story: StoryPage, *, user: AbstractUser, today: date) -> Review:
    """Note the review on what readers see and on every version that may still go live; `updated_on` stays.

    No revision is made and nothing is published: a review says something about the text and changes none of it, and
    unpublished changes of somebody else must not slip out with it. An independent review stays on record when the
    author confirms the story afterwards.
    """
    review = review_by(user, story, today=today)
    said: dict[str, Any] = {"reviewed_on": review.reviewed_on, "review_due_on": review.review_due_on}
    if review.reviewer is not None:
        said["reviewer"] = review.reviewer.pk
    StoryPage.objects.filter(Q(pk=story.pk) | Q(alias_of=story.pk)).update(**said)
    told = {name: value.isoformat() if isinstance(value, date) else value for name, value in said.items()}
    may_go_live = (
        Q(pk__in=[story.live_revision_id, story.latest_revision_id])
        | Q(approved_go_live_at__isnull=False)
        | Q(task_states__status="in_progress")
    )
    # By a subquery: a join to the tasks doubles rows, and PostgreSQL locks none of a DISTINCT.
    versions = story.revisions.filter(pk__in=story.revisions.filter(may_go_live).order_by().values("pk"))
    for version in versions.select_for_update(of=("self",)):
        version.content |= told
        version.save(update_fields=["content"])
    log(instance=story, action="rounds.review", user=user, data=told, content_changed=False)
    return review
