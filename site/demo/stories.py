"""Publishes the demo's stories as an author would: a draft, its revision, published."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import User
from wagtail.images.models import Image

from blog.models import AuthorPage, Correction, PatientConsent, Reference, Series, StoryIndexPage, StoryPage, Topic
from demo.manuscripts import Manuscript, Named, read_manuscripts

#: A treatment is looked at again after a year, anything else after two.
REVIEW_AFTER = {"treatment": timedelta(days=365)}
REVIEW_LATER = timedelta(days=730)


def publish_stories(
    index: StoryIndexPage, authors: Mapping[str, AuthorPage], pictures: Mapping[str, Image], *, today: date
) -> None:
    """The oldest first, so that what went live last is also what readers see as the newest."""
    texts = sorted(read_manuscripts("stories"), key=lambda text: -int(text.fields["days_ago"]))
    for text in texts:
        publish_story(index, text, authors, pictures, today=today)


def publish_story(
    index: StoryIndexPage,
    text: Manuscript,
    authors: Mapping[str, AuthorPage],
    pictures: Mapping[str, Image],
    *,
    today: date,
) -> StoryPage:
    story = draft_story(index, text, authors, pictures, today=today)
    story.latest_revision.publish(user=User.objects.get(username="editor"))
    return story


def draft_story(
    index: StoryIndexPage,
    text: Manuscript,
    authors: Mapping[str, AuthorPage],
    pictures: Mapping[str, Image],
    *,
    today: date,
) -> StoryPage:
    """The story as its author leaves it: saved, not published."""
    fields = text.fields
    author = authors[fields["author"]]
    story = StoryPage(
        title=fields["title"],
        slug=text.slug,
        standfirst=fields["standfirst"],
        search_description=fields["standfirst"],
        kind=fields["kind"],
        hero_image=pictures[fields["picture"]] if "picture" in fields else None,
        hero_alt=fields.get("picture_alt", ""),
        author=author,
        reviewer=authors[fields["reviewer"]] if "reviewer" in fields else None,
        series=Series.objects.get(slug=fields["series"]) if "series" in fields else None,
        body=text.blocks(named(pictures)),
        conflict_statement=fields.get("conflict", ""),
        owner=author.user,
        source_id=f"demo:{text.slug}",
        live=False,
        **dates(fields, today),
    )
    story.topics = list(Topic.objects.filter(slug__in=fields["topics"]))
    story.references = [Reference(sort_order=order, **source) for order, source in enumerate(text.references)]
    story.corrections = [
        Correction(made_on=today - timedelta(days=note["days_ago"]), text=note["text"])
        for note in fields.get("correction", [])
    ]
    index.add_child(instance=story)
    story.save_revision(user=author.user)
    return story


def named(pictures: Mapping[str, Image]) -> Named:
    """What a text may call by name: only stories that are there already."""
    return Named(
        pictures=pictures,
        stories={story.slug: story.page_ptr for story in StoryPage.objects.all()},
        consents={consent.label: consent for consent in PatientConsent.objects.all()},
    )


def dates(fields: Mapping[str, Any], today: date) -> dict[str, date | None]:
    """The four dates of a story, told in days before today so that the demo is never stale."""
    given = {name: before(today, fields.get(f"{name}days_ago")) for name in ("", "updated_", "reviewed_")}
    later = REVIEW_AFTER.get(str(fields["kind"]), REVIEW_LATER)
    due = (given["reviewed_"] or today) + later
    if "review_due_in_days" in fields:
        due = today + timedelta(days=int(fields["review_due_in_days"]))
    return {
        "published_on": given[""],
        "updated_on": given["updated_"],
        "reviewed_on": given["reviewed_"],
        "review_due_on": due,
    }


def before(today: date, days: int | None) -> date | None:
    return None if days is None else today - timedelta(days=int(days))
