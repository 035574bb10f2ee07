"""Where in an issue something stands: from a story, a picture or words to the block that holds them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wagtail.images.models import AbstractImage
from wagtail.rich_text import RichText, expand_db_html

from newsletter.issues.findings import Place, Where
from newsletter.issues.render import story_of

if TYPE_CHECKING:
    from blog.models import StoryPage
    from newsletter.issues.render import Laid
    from newsletter.models import Issue

ISSUE = Place()
SUBJECT = Place(where=Where.SUBJECT)
PREVIEW_TEXT = Place(where=Where.PREVIEW_TEXT)
AUDIENCE = Place(where=Where.AUDIENCE)
NEWSLETTER = Place(where=Where.NEWSLETTER)
PUBLICATION = Place(where=Where.PUBLICATION)
TEMPLATES = Place(where=Where.TEMPLATES)
SENDER_DOMAIN = Place(where=Where.SENDER_DOMAIN)

#: Wagtail shortens the names of long files in those of their renditions.
_STEM = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A block that shows a story; `story` is None when its page was deleted."""

    place: Place
    value: Any
    story: StoryPage | None


@dataclass(frozen=True, kw_only=True)
class Places:
    """The blocks of one issue."""

    issue: Issue
    laid: Laid

    @cached_property
    def cards(self) -> list[Card]:
        found = []
        for number, block in enumerate(self.issue.body, start=1):
            if block.block_type == "story":
                story = story_of(block.value)
                place = self._place(number, block, story_id=story.pk if story else None)
                found.append(Card(place=place, value=block.value, story=story))
        return found

    @cached_property
    def blocks(self) -> list[tuple[Place, Any]]:
        """Every block with its place, in order."""
        return [(self._place(number, block), block) for number, block in enumerate(self.issue.body, start=1)]

    def of_story(self, story_id: int) -> Place:
        return next((card.place for card in self.cards if card.story and card.story.pk == story_id), ISSUE)

    def holding(self, words: str) -> Place:
        """The first block in which these words or this address stand; else the issue as a whole."""
        if not words:
            return ISSUE
        path = _path(words)
        for place, texts in self._texts:
            if any(words in text for text in texts) or (len(path) > 1 and any(f'"{path}"' in text for text in texts)):
                return place
        return ISSUE

    def of_picture(self, source: str) -> Place:
        """The block that shows the picture of this address."""
        name = PurePosixPath(_path(source)).name
        for place, block in self.blocks:
            if any(name.startswith(PurePosixPath(image.file.name).stem[:_STEM]) for image in _images(block.value)):
                return place
        return self.holding(source)

    @cached_property
    def _texts(self) -> list[tuple[Place, list[str]]]:
        """What stands in each block; of a story's card also what is shown of the story."""
        shown: dict[int, list[str]] = {}
        for part in self.laid.parts:
            if (story_id := getattr(part, "story_id", None)) is not None:
                shown.setdefault(story_id, []).extend(_strings(part))
        cards = {card.place.number: card for card in self.cards}
        found = []
        for place, block in self.blocks:
            card = cards.get(place.number)
            if card is None:
                found.append((place, list(_strings(block.value))))
            elif card.story is not None:
                found.append((card.place, [*_strings(block.value), *shown.get(card.story.pk, [])]))
        return found

    @staticmethod
    def _place(number: int, block: Any, story_id: int | None = None) -> Place:
        return Place(
            where=Where.BLOCK,
            name=str(block.block.label),
            number=number,
            block_id=block.id or "",
            story_id=story_id,
        )


def _path(url: str) -> str:
    """The path of an address on the web; empty for other words, and for what is no address."""
    try:
        return urlsplit(url).path if "//" in url else ""
    except ValueError:
        return ""


def _strings(value: Any) -> Iterator[str]:
    """Every text inside a block's value or a part, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, RichText):
        yield value.source
        yield expand_db_html(value.source)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, Sequence):
        for inner in value:
            yield from _strings(getattr(inner, "value", inner))
    elif hasattr(type(value), "__dataclass_fields__"):
        for name in type(value).__dataclass_fields__:
            yield from _strings(getattr(value, name))


def _images(value: Any) -> Iterator[AbstractImage]:
    if isinstance(value, AbstractImage):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _images(inner)
        if (story := story_of(value) if "story" in value else None) is not None and story.hero_image:
            yield story.hero_image
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from _images(getattr(inner, "value", inner))
