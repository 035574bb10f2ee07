"""The mail twins of an issue's blocks: what each block of `IssueBody` becomes. A test fails when a block has none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from newsletter.issues.render.events import when
from newsletter.issues.render.parts import (
    ButtonPart,
    CrisisPart,
    DividerPart,
    EventPart,
    FooterPart,
    IntroPart,
    KeyPointsPart,
    MastheadPart,
    Part,
    PicturePart,
    QuotePart,
    SponsorPart,
    StoryPart,
    TextPart,
)
from newsletter.issues.render.pictures import alt_of, picture
from newsletter.issues.render.sheet import Sheet
from newsletter.issues.render.story_blocks import line_of, paragraphs
from newsletter.issues.render.story_cards import fetch_for_cards, story_part
from newsletter.models.blocks import DISCLOSURE

if TYPE_CHECKING:
    from core.models import PublicationSettings
    from newsletter.models import Issue

#: What a browser or mail program would run is no address; what leads nowhere is left for the preflight to find.
_SCHEMES = {"", "http", "https", "mailto"}


def parts_of(issue: Issue, publication: PublicationSettings) -> list[Part]:
    """The issue's parts in order. A block that would show nothing has none: a story that is not live (any more)."""
    fetch_for_cards(block.value for block in issue.body if block.block_type == "story")
    sheet = Sheet.of(issue.newsletter, publication)
    found = (part_of(block.block_type, block.value, sheet) for block in issue.body)
    return [part for part in found if part is not None]


def with_crisis_help(parts: Sequence[Part], *, each_alone: bool = False) -> list[Part]:
    """The parts, and at the end where help is in a crisis if a story says so and nothing in the mail shows it.

    Args:
        each_alone: some readers get the issue without some of the stories: what one shows is no help for another.
    """
    stories = [part for part in parts if isinstance(part, StoryPart)]
    silent = [story for story in stories if not (story.full and story.full.helps)]
    is_shown = any(isinstance(part, CrisisPart) for part in parts)
    if is_shown or (len(silent) < len(stories) and not each_alone):
        return list(parts)
    first = next((story.crisis for story in silent if story.crisis), None)
    return [*parts, first] if first else list(parts)


def part_of(kind: str, value: Any, sheet: Sheet) -> Part | None:
    """The block for mail; None when it would show nothing."""
    return MAKERS[kind](value, sheet)


def _masthead(value: Any, sheet: Sheet) -> MastheadPart:
    return MastheadPart(edition=line_of(value, "edition"), shows_tagline=bool(value.get("shows_tagline")))


def _intro(value: Any, sheet: Sheet) -> IntroPart | None:
    """A greeting alone is one, too. Nobody is greeted as nobody: without a fallback no one is greeted by name."""
    words, nameless = sheet.prose(value.get("text")), line_of(value, "fallback")
    if not value.get("greets"):
        nameless = ""
    intro = IntroPart(salutation=line_of(value, "salutation"), nameless=nameless, words=words)
    return intro if words.text or nameless else None


def _text(value: Any, sheet: Sheet) -> TextPart | None:
    text = sheet.prose(value)
    return TextPart(html=text.html, text=text.text) if text.text else None


def _key_points(value: Any, sheet: Sheet) -> KeyPointsPart | None:
    words = sheet.prose(value.get("text"))
    return KeyPointsPart(title=line_of(value, "title"), words=words) if words.text else None


def _quote(value: Any, sheet: Sheet) -> QuotePart | None:
    said = paragraphs(str(value.get("text") or ""))
    return QuotePart(paragraphs=said, source=line_of(value, "source")) if said else None


def _image(value: Any, sheet: Sheet) -> PicturePart | None:
    shown = picture(value["image"], alt_of(value["image"]))
    return PicturePart(picture=shown, caption=line_of(value, "caption")) if shown else None


def _button(value: Any, sheet: Sheet) -> ButtonPart | None:
    label = line_of(value, "text")
    return ButtonPart(label=label, url=address(value)) if label else None


def _event(value: Any, sheet: Sheet) -> EventPart | None:
    title = line_of(value, "title")
    event = EventPart(
        title=title,
        when=when(value, sheet.time_zone),
        place=line_of(value, "place"),
        url=address(value),
        words=sheet.prose(value.get("text")),
    )
    return event if title else None


def _crisis(value: Any, sheet: Sheet) -> CrisisPart:
    lines = sheet.crisis.of(value.get("country") or "")
    return CrisisPart(title=line_of(value, "title"), text=paragraphs(str(value.get("text") or "")), lines=lines)


def _sponsor(value: Any, sheet: Sheet) -> SponsorPart | None:
    name, words = line_of(value, "name"), sheet.prose(value.get("text"))
    disclosure = line_of(value, "disclosure") or str(DISCLOSURE)
    part = SponsorPart(name=name, words=words, url=address(value), disclosure=disclosure)
    return part if name or words.text else None


def _divider(value: Any, sheet: Sheet) -> DividerPart:
    return DividerPart()


def _footer(value: Any, sheet: Sheet) -> FooterPart:
    words = sheet.prose(value.get("text"))
    return FooterPart(words=words if words.text else None)


def address(value: Any) -> str:
    """The block's `url`; empty for what a program would run."""
    url = str(value.get("url") or "").strip()
    try:
        return url if urlsplit(url).scheme in _SCHEMES else ""
    except ValueError:  # such as https://[
        return url


#: Every block of `newsletter.models.blocks.IssueBody`.
MAKERS: dict[str, Callable[[Any, Sheet], Part | None]] = {
    "masthead": _masthead,
    "intro": _intro,
    "story": story_part,
    "text": _text,
    "key_points": _key_points,
    "quote": _quote,
    "image": _image,
    "button": _button,
    "event": _event,
    "crisis": _crisis,
    "sponsor": _sponsor,
    "divider": _divider,
    "footer": _footer,
}
