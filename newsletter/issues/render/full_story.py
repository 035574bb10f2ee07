"""A whole story in a mail: its blocks, its footnotes and what stands below it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import prefetch_related_objects
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from blog import reading
from blog.models import StoryPage
from newsletter.issues.publication import page_url
from newsletter.issues.render.rich_text import LinkNotes
from newsletter.issues.render.story_blocks import Desk, StoryBlock, twin

if TYPE_CHECKING:
    from datetime import date

    from newsletter.issues.render.pictures import Picture
    from newsletter.issues.render.sheet import Sheet

#: As on the web, in every language's own order.
DATE = "j F Y"


@dataclass(frozen=True, slots=True, kw_only=True)
class FullStory:
    """`foot` and `corrections` are lines of plain text; `unreadable` are titles of pictures that are left out."""

    blocks: tuple[StoryBlock, ...]
    foot: tuple[str, ...]
    corrections: tuple[str, ...]
    unreadable: tuple[str, ...]

    @property
    def pictures(self) -> list[Picture]:
        return [block.picture for block in self.blocks if block.picture]

    @property
    def helps(self) -> bool:
        """Whether it says where help is in a crisis."""
        return any(block.kind == "crisis_help" for block in self.blocks)


def fetch_for_full(stories: Iterable[StoryPage]) -> None:
    """What whole stories show besides their bodies: a query for each kind of thing, however many stories."""
    prefetch_related_objects(list(stories), "author", "reviewer", "hero_image", "references", "corrections")


def full_story(story: StoryPage, sheet: Sheet) -> FullStory:
    """The whole of a story. Its sources have the numbers of the story's page; its links are numbered apart."""
    read = reading.read(story.body, story.sources)
    reading.fetch_renditions(read, story.hero_image)
    desk = Desk(
        citations=read.citations,
        sources=read.sources,
        notes=LinkNotes(word=_("link")),
        crisis=sheet.crisis,
        link=sheet.palette.link,
        open_stories=_open_stories(story),
    )
    found = [twin(part.block.block_type, part.block.value, desk) for part in read.parts]
    if not read.has_references_block:
        found.append(twin("references", {"title": _("References")}, desk))
    return FullStory(
        blocks=tuple(filter(None, found)),
        foot=tuple(_foot(story)),
        corrections=tuple(f"{day(row.made_on)}: {' '.join(row.text.split())}" for row in story.corrections.all()),
        unreadable=tuple(desk.unreadable),
    )


def day(given: date) -> str:
    return date_format(given, DATE)


def _open_stories(story: StoryPage) -> dict[int, tuple[str, str]]:
    """Addresses and titles of the related stories that everybody may read; no query when there are none."""
    blocks = [block.value for block in story.body if block.block_type == "related_stories"]
    chosen = {page.pk for value in blocks for page in value.get("stories") or () if page is not None}
    if not chosen:
        return {}
    found = StoryPage.objects.for_readers().filter(pk__in=chosen).defer_streamfields()
    return {page.pk: (page_url(page), " ".join(page.title.split())) for page in found if page_url(page)}


def _foot(story: StoryPage) -> Iterable[str]:
    dates = (
        (_("Published %(date)s"), story.display_date),
        (_("Updated %(date)s"), story.updated_on),
        (_("Last reviewed %(date)s"), story.reviewed_on),
        (_("Next review due %(date)s"), story.review_due_on),
    )
    yield " · ".join(words % {"date": day(given)} for words, given in dates if given)
    reviewer = story.reviewer
    yield _("Reviewed by %(name)s") % {"name": reviewer.byline} if reviewer else _("Not independently reviewed")
