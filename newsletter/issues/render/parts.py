"""What an issue's body becomes before it is laid out: one part per block, with everything resolved.

Each part names its pair of templates: `newsletter/issue/blocks/<kind>.mjml` and `.txt`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from blog.models import CrisisResource, StoryPage
from newsletter.issues.publication import page_url
from newsletter.issues.render.pictures import Picture, picture
from newsletter.issues.render.rich_text import LinkNotes, expand, sanitise, to_text, to_xhtml

if TYPE_CHECKING:
    from core.models import PublicationSettings
    from newsletter.models import Issue


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPart:
    kind: ClassVar[str] = "story"
    story_id: int
    revision_id: int | None
    url: str
    label: str
    title: str
    paragraphs: tuple[str, ...]
    picture: Picture | None
    byline: str
    conflict: str

    @property
    def underline(self) -> str:
        return "=" * min(len(self.title), 72)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPart:
    kind: ClassVar[str] = "text"
    html: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturePart:
    kind: ClassVar[str] = "image"
    picture: Picture
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPart:
    kind: ClassVar[str] = "button"
    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DividerPart:
    kind: ClassVar[str] = "divider"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrisisLine:
    name: str
    phone: str
    dial: str
    text_line: str
    url: str
    hours: str

    @property
    def site(self) -> str:
        """Its address as people say it."""
        return re.sub(r"^https?://(www\.)?|/$", "", self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrisisPart:
    """Stands once at the end of an issue when one of its stories has crisis help."""

    kind: ClassVar[str] = "crisis"
    title: str
    text: tuple[str, ...]
    lines: tuple[CrisisLine, ...]


Part = StoryPart | TextPart | PicturePart | ButtonPart | DividerPart | CrisisPart


def parts_of(issue: Issue, publication: PublicationSettings) -> list[Part]:
    """The issue's parts in order. A story that is not live (any more) has none: its card is left out."""
    notes = LinkNotes()
    parts: list[Part] = []
    stories: list[StoryPage] = []
    for block in issue.body:
        part = _part(block.block_type, block.value, notes)
        if part is not None:
            parts.append(part)
        if isinstance(part, StoryPart):
            stories.append(block.value["story"].specific)
    return [*parts, *_crisis_parts(stories, publication)]


def story_of(value: Any) -> StoryPage | None:
    """The story of a card; None when its page was deleted or is no story."""
    page = value["story"].specific if value.get("story") else None
    return page if isinstance(page, StoryPage) else None


def _part(kind: str, value: Any, notes: LinkNotes) -> Part | None:
    match kind:
        case "story":
            return _story_part(value)
        case "text":
            clean = sanitise(expand(value.source))
            text = to_text(clean, notes)
            return TextPart(html=to_xhtml(clean), text=text) if text else None
        case "image":
            image = value["image"]
            shown = picture(image, "" if image is None or image.decorative else image.contextual_alt_text or "")
            return PicturePart(picture=shown, caption=value["caption"] or "") if shown else None
        case "button":
            return ButtonPart(label=value["text"], url=value["url"])
        case "divider":
            return DividerPart()
    raise AssertionError(f"no mail twin for the block {kind!r}")


def _story_part(value: Any) -> StoryPart | None:
    story = story_of(value)
    url = page_url(story) if story and story.live else ""
    if story is None or not url:
        return None
    return StoryPart(
        story_id=story.pk,
        revision_id=story.live_revision_id,
        url=url,
        label=story.get_kind_display(),
        title=" ".join(story.title.split()),
        paragraphs=paragraphs(value.get("intro") or story.standfirst),
        picture=picture(story.hero_image, story.hero_alt) if value.get("show_image") else None,
        byline=byline(story),
        conflict=story.conflict_statement.strip(),
    )


def paragraphs(text: str) -> tuple[str, ...]:
    """Typed text as paragraphs: an empty line parts them, a single line break doesn't."""
    return tuple(filter(None, (" ".join(part.split()) for part in re.split(r"\n\s*\n", text))))


def byline(story: StoryPage) -> str:
    """Who wrote it and how long reading takes, such as "By Dr. Ada Quist, MD · 5 minutes to read"."""
    minutes = ngettext("%(count)d minute to read", "%(count)d minutes to read", story.reading_minutes) % {
        "count": story.reading_minutes
    }
    if story.author is None:
        return minutes
    name = ", ".join(filter(None, [story.author.title, story.author.credential]))
    return f"{_('By %(name)s') % {'name': name}} · {minutes}"


def _crisis_parts(stories: list[StoryPage], publication: PublicationSettings) -> Iterator[CrisisPart]:
    helps = (block.value for story in stories for block in story.body if block.block_type == "crisis_help")
    first = next(helps, None)
    if first is not None:
        found = CrisisResource.objects.filter(country__iexact=publication.country)
        lines = tuple(
            CrisisLine(
                name=line.name,
                phone=line.phone,
                dial=re.sub(r"[^\d+]", "", line.phone),
                text_line=line.text_line,
                url=line.url,
                hours=line.hours,
            )
            for line in found
        )
        yield CrisisPart(title=first["title"], text=paragraphs(first["text"] or ""), lines=lines)
