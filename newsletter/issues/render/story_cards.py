"""Stories in an issue: what a card shows of its story, and where the story says help is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from blog.models import StoryPage
from newsletter.issues.publication import page_url
from newsletter.issues.render.full_story import fetch_for_full, full_story
from newsletter.issues.render.parts import CrisisPart, StoryPart
from newsletter.issues.render.pictures import picture
from newsletter.issues.render.story_blocks import line_of, paragraphs
from newsletter.models.blocks import EXCERPT, FULL, HEADLINE

if TYPE_CHECKING:
    from newsletter.issues.render.crisis import CrisisLines
    from newsletter.issues.render.sheet import Sheet


def story_of(value: Any) -> StoryPage | None:
    """The story of a card; None when its page was deleted or is no story."""
    page = value["story"].specific if value.get("story") else None
    return page if isinstance(page, StoryPage) else None


def fetch_for_cards(cards: Iterable[Any]) -> None:
    """What all cards show besides their stories' own fields: a query for each kind of thing, however many cards."""
    shown = [(story, card.get("display")) for card in cards if (story := story_of(card))]
    prefetch_related_objects([story for story, _display in shown], "author", "hero_image")
    heroes = [story.hero_image for story, display in shown if story.hero_image and display != HEADLINE]
    prefetch_related_objects(heroes, Prefetch("renditions", to_attr="prefetched_renditions"))
    fetch_for_full(story for story, display in shown if display == FULL)


def story_part(value: Any, sheet: Sheet) -> StoryPart | None:
    """The card's story; None when it is not live (any more) or nobody could read it."""
    story = story_of(value)
    url = page_url(story) if story and story.live else ""
    if story is None or not url:
        return None
    display = value.get("display") or EXCERPT
    words = value.get("intro") or ("" if display == HEADLINE else story.standfirst)
    full = full_story(story, sheet) if display == FULL else None  # first: it fetches the picture's renditions
    shows_picture = value.get("show_image") and display != HEADLINE
    return StoryPart(
        story_id=story.pk,
        revision_id=story.live_revision_id,
        url=url,
        label=story.get_kind_display(),
        title=" ".join(story.title.split()),
        paragraphs=paragraphs(words),
        picture=picture(story.hero_image, story.hero_alt) if shows_picture else None,
        byline=byline(story),
        conflict=story.conflict_statement.strip(),
        crisis=next(_crisis_help(story, sheet.crisis), None),
        display=display,
        full=full,
    )


def byline(story: StoryPage) -> str:
    """Who wrote it and how long reading takes, such as "By Dr. Ada Quist, MD · 5 minutes to read"."""
    count = story.reading_minutes
    minutes = ngettext("%(count)d minute to read", "%(count)d minutes to read", count) % {"count": count}
    return f"{_('By %(name)s') % {'name': story.author.byline}} · {minutes}" if story.author else minutes


def _crisis_help(story: StoryPage, crisis: CrisisLines) -> Iterator[CrisisPart]:
    for block in story.body.raw_data:  # as it is stored: no other block has to be made for this
        if block["type"] == "crisis_help":
            value = block["value"]
            lines = crisis.of(value.get("country") or "")
            yield CrisisPart(title=line_of(value, "title"), text=paragraphs(value.get("text") or ""), lines=lines)
