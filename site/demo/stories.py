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
    fields = text.fields
    author = authors[fields["author"]]
    story = StoryPage(
        title=fields["title"],
        slug=text.slug,
        standfirst=fields["standfirst"],
        search_description=fields["standfirst"],
        kind=fields["kind"],
        hero_image=pictures[fields["picture"]],
        hero_alt=fields["picture_alt"],
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
    story.save_revision(user=author.user).publish(user=User.objects.get(username="editor"))
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
    reviewed = today - timedelta(days=int(fields["reviewed_days_ago"]))
    updated = fields.get("updated_days_ago")
    return {
        "published_on": today - timedelta(days=int(fields["days_ago"])),
        "updated_on": None if updated is None else today - timedelta(days=int(updated)),
        "reviewed_on": reviewed,
        "review_due_on": reviewed + REVIEW_AFTER.get(str(fields["kind"]), REVIEW_LATER),
    }
