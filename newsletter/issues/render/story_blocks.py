"""The mail twins of a story's blocks: what each block of `StoryBody` becomes before it is laid out.

Each twin has a pair of templates: `newsletter/issue/story/<block>.mjml` and `.txt`. A test fails when a block has none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from wagtail.rich_text import RichText

from blog.blocks.evidence import STATUS_WORDS
from blog.blocks.media import web_address
from blog.consent import BASIS_WORDS
from blog.countries import country_name
from newsletter.issues.render.pictures import SHOWN_WIDTH, Picture, alt_of, picture
from newsletter.issues.render.rich_text import Prose, prose
from newsletter.issues.render.tables import text_table

if TYPE_CHECKING:
    from blog.citations import Citations, ListedSource
    from newsletter.issues.render.crisis import CrisisLines
    from newsletter.issues.render.rich_text import LinkNotes

TEXT_WIDTH = 72
#: A box has 24 pixels of padding at both sides.
IN_BOX = SHOWN_WIDTH - 48


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryBlock:
    """A block of a story as its two templates need it. `more` holds what only this kind of block has."""

    kind: str
    title: str = ""
    prose: Prose | None = None
    picture: Picture | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def mjml(self) -> str:
        return f"newsletter/issue/story/{self.kind}.mjml"

    @property
    def txt(self) -> str:
        return f"newsletter/issue/story/{self.kind}.txt"

    @property
    def underlined(self) -> str:
        """The title as plain text shows it."""
        return underlined(self.title) if self.title else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Footnote:
    """A source of a story; its number is the one on the story's page."""

    number: int
    text: str
    link: str
    evidence: str

    @property
    def shown(self) -> str:
        """The link's address as people say it, so that no two links have the same words."""
        return Truncator(re.sub(r"^https?://(www\.)?|/$", "", self.link)).chars(60)


@dataclass(slots=True, kw_only=True)
class Desk:
    """What the blocks of one story share while they are made; it collects what can't be shown."""

    citations: Citations
    sources: list[ListedSource]
    notes: LinkNotes
    crisis: CrisisLines
    #: The colour of links in rich text.
    link: str
    #: Addresses and titles of the stories that may be linked to, by id.
    open_stories: Mapping[int, tuple[str, str]]
    #: Pictures that can't be read.
    unreadable: list[str] = field(default_factory=list)
    #: Whether a section stands above: a subsection without one would skip a level.
    in_section: bool = False

    def prose(self, text: Any, *, noted: bool = True) -> Prose:
        source = text.source if isinstance(text, RichText) else str(text or "")
        return prose(source, self.notes, self.citations, noted=noted, link=self.link)

    def picture(self, image: Any, alt: str, *, within: int = SHOWN_WIDTH) -> Picture | None:
        shown = picture(image, alt, within=within)
        if image is not None and shown is None:
            self.unreadable.append(image.title)
        return shown


def twin(kind: str, value: Any, desk: Desk) -> StoryBlock | None:
    """The block for mail; None when it would show nothing."""
    return TWINS[kind](kind, value, desk)


def underlined(title: str) -> str:
    return f"{title}\n{'-' * min(len(title), TEXT_WIDTH)}"


def paragraphs(text: str) -> tuple[str, ...]:
    """Typed text as paragraphs: an empty line parts them, a single line break doesn't."""
    return tuple(filter(None, (" ".join(part.split()) for part in re.split(r"\n\s*\n", text))))


def line_of(value: Any, name: str) -> str:
    """The field in one line; empty where there is none."""
    return " ".join(str(value.get(name) or "").split())


def _heading(kind: str, value: Any, desk: Desk) -> StoryBlock | None:
    text = line_of(value, "text")
    if not text:
        return None
    deeper = value.get("level") == "3" and desk.in_section
    desk.in_section = True
    return StoryBlock(kind=kind, title=text, more={"deeper": deeper})


def _text(kind: str, value: Any, desk: Desk) -> StoryBlock | None:
    text = desk.prose(value)
    return StoryBlock(kind=kind, prose=text) if text.text else None


def _titled(kind: str, value: Any, desk: Desk) -> StoryBlock | None:
    """A title and rich text, as most boxes have them."""
    text = desk.prose(value.get("text"))
    desk.in_section = desk.in_section or kind != "callout"
    more = {"tone": value.get("tone") or ""}
    return StoryBlock(kind=kind, title=line_of(value, "title"), prose=text, more=more) if text.text else None


def _regulatory_status(kind: str, value: Any, desk: Desk) -> StoryBlock | None:
    text, status = desk.prose(value.get("text")), str(STATUS_WORDS.get(value.get("status") or "", ""))
    more = {"status": status, "country": country_name(value.get("country") or ""), "as_of": value.get("as_of")}
    return StoryBlock(kind=kind, prose=text, more=more) if text.text or status else None


def _patient_story(kind: str, value: Any, desk: Desk) -> StoryBlock | None:
    """The basis in words and the public note; the record of the consent is not even looked at."""
    text = desk.prose(value.get("text"))
    more = {
        "basis": str(BASIS_WORDS.get(value.get("basis") or "", "")),
        "public_note": paragraphs(value.get("public_note") or ""),
        "typical_result": paragraphs(value.get("typical_result") or ""),
    }
    name = line_of(value, "name")
    title = _("%(name)s’s story") % {"name": name} if name else _("A patient’s story")
    return StoryBlock(kind=kind, title=title, prose=text, more=more) if text.text else None


def _quote(kind: str, value: Any, desk: Desk) -> StoryBlock | None:
    said = paragraphs(value.get("text") or "")
    return StoryBlock(kind=kind, more={"paragraphs": said, "source": line_of(value, "source")}) if said else None


def _stat(kind: str, value: Any, desk: Desk) -> StoryBlock | None:
    figure, text = line_of(value, "figure"), desk.prose(value.get("text"))
    return StoryBlock(kind=kind, title=figure, prose=text) if figure or text.text else None


def _image(kind: str, value: Any, desk: Desk) -> StoryBlock | None:
    image = value.get("image")
    shown = desk.picture(image, alt_of(image))
    more = {name: line_of(value, name) for name in ("caption", "credit")}
    return StoryBlock(kind=kind, picture=shown, more=more) if shown else None


def _faq(kind: str, value: Any, desk: Desk) -> StoryBlock | None:
    items = [(line_of(item, "question"), desk.prose(item.get("answer"))) for item in value.get("items") or ()]
    items = [(question, answer) for question, answer in items if question or answer.text]
    desk.in_section = True
    return StoryBlock(kind=kind, title=line_of(value, "title"), more={"items": items}) if items else None


def _table(kind: str, value: Any, desk: Desk) -> StoryBlock | None:
    table = value.get("table")
    headings = [" ".join(str(column["heading"] or "").split()) for column in table.columns] if table else []
    since = len(desk.notes.urls)
    rows = [[_cell(cell, desk) for cell in row["values"]] for row in table.row_data] if headings else []
    if not rows:
        return None
    note = desk.prose(value.get("note"), noted=False)
    as_text = text_table(headings, [[cell.line for cell in row] for row in rows], width=TEXT_WIDTH)
    more = {
        "headings": headings if any(headings) else [],
        "rows": rows,
        "text": as_text,
        "links": desk.notes.lines(since),
        "caption": " ".join((table.caption or "").split()),
    }
    return StoryBlock(kind=kind, title=line_of(value, "title"), prose=note, more=more)


def _cell(value: Any, desk: Desk) -> Prose:
    if isinstance(value, RichText):
        return desk.prose(value, noted=False)
    text = "" if value is None else " ".join(str(value).split())
    return Prose.of_plain(text)


def _embed(kind: str, value: Any, desk: Desk) -> StoryBlock | None:
    address, place = web_address(value.get("url") or "")
    if not address:
        return None
    poster = value.get("poster")
    return StoryBlock(
        kind=kind,
        title=line_of(value, "title") or place,
        picture=desk.picture(poster, "", within=IN_BOX),
        more={"url": address, "host": place, "description": paragraphs(value.get("description") or "")},
    )


def _references(kind: str, value: Any, desk: Desk) -> StoryBlock | None:
    notes = [
        Footnote(
            number=listed.number,
            text=" ".join(listed.source.text.split()),
            link=listed.source.link,
            evidence=str(getattr(listed.source, "evidence", "")),
        )
        for listed in desk.sources
    ]
    return StoryBlock(kind=kind, title=line_of(value, "title"), more={"footnotes": notes}) if notes else None


def _crisis_help(kind: str, value: Any, desk: Desk) -> StoryBlock:
    more = {"paragraphs": paragraphs(value.get("text") or ""), "lines": desk.crisis.of(value.get("country") or "")}
    return StoryBlock(kind=kind, title=line_of(value, "title"), more=more)


def _signature(kind: str, value: Any, desk: Desk) -> StoryBlock | None:
    signed = ", ".join(filter(None, (line_of(value, "name"), line_of(value, "credential"))))
    more = {"closing": line_of(value, "closing"), "signed": signed}
    return StoryBlock(kind=kind, more=more) if any(more.values()) else None


def _subscribe_form(kind: str, value: Any, desk: Desk) -> StoryBlock:
    """Only the archive's page shows it: whoever gets the mail has subscribed already."""
    return StoryBlock(
        kind=kind, title=line_of(value, "title"), more={"paragraphs": paragraphs(value.get("text") or "")}
    )


def _related_stories(kind: str, value: Any, desk: Desk) -> StoryBlock | None:
    chosen = dict.fromkeys(page.pk for page in value.get("stories") or () if page is not None)
    links = [desk.open_stories[pk] for pk in chosen if pk in desk.open_stories]
    return StoryBlock(kind=kind, title=line_of(value, "title"), more={"links": links}) if links else None


#: Every block of `blog.blocks.StoryBody`.
TWINS: dict[str, Callable[[str, Any, Desk], StoryBlock | None]] = {
    "text": _text,
    "heading": _heading,
    "key_points": _titled,
    "callout": _titled,
    "quote": _quote,
    "pull_quote": _quote,
    "faq": _faq,
    "benefits": _titled,
    "risks": _titled,
    "regulatory_status": _regulatory_status,
    "alternatives": _titled,
    "who_should_not": _titled,
    "stat": _stat,
    "table": _table,
    "references": _references,
    "patient_story": _patient_story,
    "crisis_help": _crisis_help,
    "image": _image,
    "embed": _embed,
    "signature": _signature,
    "subscribe_form": _subscribe_form,
    "related_stories": _related_stories,
}
