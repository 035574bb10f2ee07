"""What an issue's body becomes before it is laid out: one part per block, with everything resolved.

Each part names its pair of templates: `newsletter/issue/blocks/<kind>.mjml` and `.txt`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from newsletter.issues.render.story_blocks import TEXT_WIDTH, underlined
from newsletter.models.blocks import EXCERPT

if TYPE_CHECKING:
    from newsletter.issues.render.crisis import CrisisLine
    from newsletter.issues.render.full_story import FullStory
    from newsletter.issues.render.pictures import Picture
    from newsletter.issues.render.rich_text import Prose


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
        return "=" * min(len(self.title), TEXT_WIDTH)

    @property
    def pictures(self) -> list[Picture]:
        own = [self.picture] if self.picture else []
        return [*own, *self.full.pictures] if self.full else own

    def shortened(self) -> StoryPart:
        """As an excerpt if it stands here in full, else as it is."""
        return replace(self, display=EXCERPT, full=None, too_long=True) if self.full else self


@dataclass(frozen=True, slots=True, kw_only=True)
class MastheadPart:
    """What stands around the newsletter's name, at the top of every issue."""

    kind: ClassVar[str] = "masthead"
    edition: str = ""
    shows_tagline: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FooterPart:
    """An editor's closing words; what the law asks for stands below them in every issue."""

    kind: ClassVar[str] = "footer"
    words: Prose | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntroPart:
    """`nameless` is whom it greets who gave no name; empty when it greets nobody."""

    kind: ClassVar[str] = "intro"
    salutation: str
    nameless: str
    words: Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPart:
    kind: ClassVar[str] = "text"
    html: str
    text: str

    @property
    def opening(self) -> str:
        """The HTML without space above a heading that it begins with."""
        return self.html.replace("margin:24px 0 8px", "margin:0 0 8px", 1) if self.html.startswith("<h2") else self.html


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPointsPart:
    kind: ClassVar[str] = "key_points"
    title: str
    words: Prose

    @property
    def underlined(self) -> str:
        return underlined(self.title)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotePart:
    kind: ClassVar[str] = "quote"
    paragraphs: tuple[str, ...]
    source: str


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
class EventPart:
    """`when` is a line for people, with the zone whose clocks are meant."""

    kind: ClassVar[str] = "event"
    title: str
    when: str
    place: str
    url: str
    words: Prose

    @property
    def underlined(self) -> str:
        return underlined(self.title)


@dataclass(frozen=True, slots=True, kw_only=True)
class SponsorPart:
    """Paid words; `disclosure` is never empty."""

    kind: ClassVar[str] = "sponsor"
    name: str
    words: Prose
    url: str
    disclosure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DividerPart:
    kind: ClassVar[str] = "divider"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrisisPart:
    """An editor's own, or once at the end of an issue when one of its stories has crisis help and none shows it."""

    kind: ClassVar[str] = "crisis"
    title: str
    text: tuple[str, ...]
    lines: tuple[CrisisLine, ...]


Part = (
    MastheadPart
    | IntroPart
    | StoryPart
    | TextPart
    | KeyPointsPart
    | QuotePart
    | PicturePart
    | ButtonPart
    | EventPart
    | CrisisPart
    | SponsorPart
    | DividerPart
    | FooterPart
)
#: They have a place of their own, above and below all others.
AROUND = (MastheadPart, FooterPart)
#: Nothing else has to part a box from its neighbours.
BOXES = (CrisisPart, KeyPointsPart, EventPart, SponsorPart)
