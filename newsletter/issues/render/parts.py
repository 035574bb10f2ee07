"""What an issue's body becomes before it is laid out: one part per block, with everything resolved.

Each part names its pair of templates: `newsletter/issue/blocks/<kind>.mjml` and `.txt`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from blog.models import StoryPage
from newsletter.issues.publication import page_url
from newsletter.issues.render.crisis import CrisisLine, CrisisLines
from newsletter.issues.render.full_story import FullStory, fetch_for_full, full_story
from newsletter.issues.render.pictures import Picture, alt_of, picture
from newsletter.issues.render.rich_text import LinkNotes, prose
from newsletter.issues.render.story_blocks import paragraphs
from newsletter.models.blocks import EXCERPT, FULL, HEADLINE

if TYPE_CHECKING:
    from core.models import PublicationSettings
    from newsletter.models import Issue


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPart:
    """A story as a headline, an excerpt or in `full`. `crisis` is what it says where help is, if it does."""

    story_id: int
    revision_id: int | None
    url: str
    label: str
    title: str
    paragraphs: tuple[str, ...]
    picture: Picture | None
    byline: str
    conflict: str
    crisis: CrisisPart | None = None
    display: str = EXCERPT
    full: FullStory | None = None
    #: An editor wanted it whole, and it would have made the mail too long.
    too_long: bool = False

    @property
    def kind(self) -> str:
        return f"story_{self.display}"

    @property
    def underline(self) -> str:
        return "=" * min(len(self.title), 72)

    @property
    def pictures(self) -> list[Picture]:
        own = [self.picture] if self.picture else []
        return [*own, *self.full.pictures] if self.full else own

    def shortened(self) -> StoryPart:
        """As an excerpt if it stands here in full, else as it is."""
        return replace(self, display=EXCERPT, full=None, too_long=True) if self.full else self


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

    @property
    def pictures(self) -> list[Picture]:
        return [self.picture]


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPart:
    kind: ClassVar[str] = "button"
    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DividerPart:
    kind: ClassVar[str] = "divider"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrisisPart:
    """Stands once at the end of an issue when one of its stories has crisis help and none shows it in full."""

    kind: ClassVar[str] = "crisis"
    title: str
    text: tuple[str, ...]
    lines: tuple[CrisisLine, ...]


Part = StoryPart | TextPart | PicturePart | ButtonPart | DividerPart | CrisisPart


def parts_of(issue: Issue, publication: PublicationSettings) -> list[Part]:
    """The issue's parts in order. A story that is not live (any more) has none: its card is left out."""
    cards = [block.value for block in issue.body if block.block_type == "story"]
    fetch_for_full(filter(None, (story_of(card) for card in cards if card.get("display") == FULL)))
    notes, crisis = LinkNotes(), CrisisLines(publication.country)
    found = (_part(block.block_type, block.value, notes, crisis) for block in issue.body)
    return [part for part in found if part is not None]


def with_crisis_help(parts: Sequence[Part], *, each_alone: bool = False) -> list[Part]:
    """The parts, and at the end where help is in a crisis if a story says so and none of them shows it in its place.

    Args:
        each_alone: some readers get the issue without some of the stories: what one shows is no help for another.
    """
    stories = [part for part in parts if isinstance(part, StoryPart)]
    silent = [story for story in stories if not (story.full and story.full.helps)]
    if len(silent) < len(stories) and not each_alone:
        return list(parts)
    first = next((story.crisis for story in silent if story.crisis), None)
    return [*parts, first] if first else list(parts)


def story_of(value: Any) -> StoryPage | None:
    """The story of a card; None when its page was deleted or is no story."""
    page = value["story"].specific if value.get("story") else None
    return page if isinstance(page, StoryPage) else None


def _part(kind: str, value: Any, notes: LinkNotes, crisis: CrisisLines) -> Part | None:
    match kind:
        case "story":
            return _story_part(value, crisis)
        case "text":
            text = prose(value.source, notes)
            return TextPart(html=text.html, text=text.text) if text.text else None
        case "image":
            shown = picture(value["image"], alt_of(value["image"]))
            return PicturePart(picture=shown, caption=value["caption"] or "") if shown else None
        case "button":
            return ButtonPart(label=value["text"], url=value["url"])
        case "divider":
            return DividerPart()
    raise AssertionError(f"no mail twin for the block {kind!r}")


def _story_part(value: Any, crisis: CrisisLines) -> StoryPart | None:
    story = story_of(value)
    url = page_url(story) if story and story.live else ""
    if story is None or not url:
        return None
    display = value.get("display") or EXCERPT
    words = value.get("intro") or ("" if display == HEADLINE else story.standfirst)
    full = full_story(story, crisis) if display == FULL else None  # first: it fetches the picture's renditions
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
        crisis=next(_crisis_help(story, crisis), None),
        display=display,
        full=full,
    )


def byline(story: StoryPage) -> str:
    """Who wrote it and how long reading takes, such as "By Dr. Ada Quist, MD · 5 minutes to read"."""
    minutes = ngettext("%(count)d minute to read", "%(count)d minutes to read", story.reading_minutes) % {
        "count": story.reading_minutes
    }
    return f"{_('By %(name)s') % {'name': story.author.byline}} · {minutes}" if story.author else minutes


def _crisis_help(story: StoryPage, crisis: CrisisLines) -> Iterator[CrisisPart]:
    for block in story.body:
        if block.block_type == "crisis_help":
            value = block.value
            lines = crisis.of(value.get("country") or "")
            yield CrisisPart(title=value["title"], text=paragraphs(value["text"] or ""), lines=lines)
