"""How a body is read: its parts with their anchors, its contents, its citations, the minutes it takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape, unescape
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.text import slugify

from blog.citations import Citations, ListedSource, Source

if TYPE_CHECKING:
    from wagtail.blocks import StreamValue

#: Adults read about 238 words of non-fiction a minute (Brysbaert, Journal of Memory and Language 2019).
WORDS_PER_MINUTE = 238
#: Which fields of which blocks are read as text, in the order in which readers meet them.
READ_FIELDS = {
    "heading": ("text",),
    "key_points": ("title", "text"),
    "callout": ("title", "text"),
    "quote": ("text",),
    "pull_quote": ("text",),
    "faq": ("title", "items"),
    "benefits": ("title", "text"),
    "risks": ("title", "text"),
    "regulatory_status": ("text",),
    "alternatives": ("title", "text"),
    "who_should_not": ("title", "text"),
    "stat": ("text",),
    "table": ("title", "table", "note"),
    "patient_story": ("name", "text", "typical_result", "public_note"),
    "crisis_help": ("text",),
    "image": ("caption",),
    "embed": ("title", "description"),
}
#: Fields called `text` hold rich text except in these.
PLAIN_TEXT = frozenset({"heading", "quote", "pull_quote", "crisis_help"})
#: Blocks that stand in the contents list under their title.
SECTIONS = frozenset({"benefits", "risks", "alternatives", "who_should_not", "faq"})
_ENDS_WORD = re.compile(r"<(?:/p|/li|br)[^<>]*>")
_TAG = re.compile(r"</?[A-Za-z!][^<>]*>")
WORD = re.compile(r"\w[\w'’-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the contents list."""

    text: str
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A block of the body with an id that is unique on the page."""

    block: Any
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One rendering of a body."""

    parts: list[Part]
    contents: list[Entry]
    citations: Citations
    has_references_block: bool
    has_subscribe_form: bool = False

    @property
    def sources(self) -> list[ListedSource]:
        return self.citations.listed()


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One field of a block as it is stored."""

    kind: str
    text: str
    #: HTML, in which sources can be cited; else what somebody typed into a plain field.
    rich: bool


def fields_of(body: StreamValue) -> Iterator[Text]:
    """Everything that is read, in the order of reading; no query for pictures or pages."""
    for item in body.raw_data:
        kind, value = item["type"], item["value"]
        if isinstance(value, str):
            yield Text(kind=kind, text=value, rich=True)
        elif isinstance(value, dict):
            for field in READ_FIELDS.get(kind, ()):
                yield from _field(kind, field, value)


def _field(kind: str, field: str, value: dict[str, Any]) -> Iterator[Text]:
    found = value.get(field) or ""
    if field == "items":
        yield from _questions(kind, found)
    elif field == "table":
        yield from _cells(kind, found)
    elif kind == "stat":
        yield Text(kind=kind, text=_joined(str(value.get("figure") or ""), str(found)), rich=True)
    else:
        rich = field == "note" or (field == "text" and kind not in PLAIN_TEXT)
        yield Text(kind=kind, text=str(found), rich=rich)


def _joined(figure: str, text: str) -> str:
    """The figure begins the sentence that goes on in the text, so that both share its citation."""
    begins, opening, rest = text.partition("<p")
    tag, closing, words = rest.partition(">")
    return f"{begins}{opening}{tag}{closing}{escape(figure)} {words}" if opening else f"<p>{escape(figure)}</p>{text}"


def _questions(kind: str, items: Any) -> Iterator[Text]:
    for item in items if isinstance(items, list) else ():
        # ListBlock keeps `{"type": "item", "value": ...}`; what an import or a test made may be the bare value.
        value = item.get("value", item) if isinstance(item, dict) else {}
        if isinstance(value, dict):
            yield Text(kind=kind, text=str(value.get("question") or ""), rich=False)
            yield Text(kind=kind, text=str(value.get("answer") or ""), rich=True)


def _cells(kind: str, table: Any) -> Iterator[Text]:
    if not isinstance(table, dict):
        return
    columns = table.get("columns") or ()
    for column in columns:
        yield Text(kind=kind, text=str(column.get("heading") or ""), rich=False)
    for row in table.get("rows") or ():
        for column, cell in zip(columns, row.get("values") or (), strict=False):
            rich = column.get("type") == "rich_text"
            yield Text(kind=kind, text="" if cell is None else str(cell), rich=rich)


def texts_of(body: StreamValue) -> Iterator[tuple[str, str]]:
    """(block type, HTML or plain text) of everything that is read, in order; no query for pictures."""
    return ((found.kind, found.text) for found in fields_of(body))


def count_words(body: StreamValue) -> int:
    return sum(_words_in(text) for _kind, text in texts_of(body))


@lru_cache(maxsize=512)  # lists, and mails while they are composed, count the same stories again and again
def _words_in(text: str) -> int:
    """Stored rich text is well-formed, so its tags are found without a parser."""
    return len(WORD.findall(unescape(_TAG.sub("", _ENDS_WORD.sub(" ", text)))))


def minutes(words: int) -> int:
    """Whole minutes, at least one."""
    return max(1, round(words / WORDS_PER_MINUTE))


def read(body: StreamValue, sources: Iterable[Source] = ()) -> Reading:
    """Number the citations of a body and give its headings anchors that are unique on the page."""
    parts: list[Part] = []
    contents: list[Entry] = []
    taken = {"main", "references"}
    for block in body:
        title = _title(block)
        anchor = _unique(slugify(title) or ("section" if title else slugify(block.block_type)), taken)
        if title and (block.block_type in SECTIONS or _is_section(block)):
            contents.append(Entry(text=title, anchor=anchor))
        parts.append(Part(block=block, anchor=anchor))
    cited = (found.text for found in fields_of(body) if found.rich)
    return Reading(
        parts=parts,
        contents=contents,
        citations=Citations(cited, list(sources)),
        has_references_block=any(part.block.block_type == "references" for part in parts),
        has_subscribe_form=any(part.block.block_type == "subscribe_form" for part in parts),
    )


def _title(block: Any) -> str:
    if isinstance(block.value, Mapping):
        return str(block.value.get("text" if block.block_type == "heading" else "title") or "").strip()
    return ""


def _is_section(block: Any) -> bool:
    return bool(block.block_type == "heading" and block.value.get("level") != "3")


def _unique(anchor: str, taken: set[str]) -> str:
    number, name = 1, anchor
    while name in taken:
        number += 1
        name = f"{anchor}-{number}"
    taken.add(name)
    return name


def fetch_renditions(reading: Reading, *others: Any) -> None:
    """All renditions of all pictures of a body, and of `others`, in one query instead of one per picture."""
    fields = {"image": "image", "embed": "poster"}
    shown = (part for part in reading.parts if part.block.block_type in fields)
    figures = (part.block.value.get(fields[part.block.block_type]) for part in shown)
    images = [image for image in (*others, *figures) if image is not None]
    prefetch_related_objects(images, Prefetch("renditions", to_attr="prefetched_renditions"))
