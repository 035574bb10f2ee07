"""How a body is read: its parts with their anchors, its contents, its citations, the minutes it takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.html import strip_tags
from django.utils.text import slugify

from blog.citations import Citations, ListedSource, Source

if TYPE_CHECKING:
    from wagtail.blocks import StreamValue

#: Adults read about 238 words of non-fiction a minute (Brysbaert, Journal of Memory and Language 2019).
WORDS_PER_MINUTE = 238
#: Which fields of which blocks are read as text.
READ_FIELDS = {"heading": ("text",), "quote": ("text",), "callout": ("title", "text"), "crisis_help": ("text",)}
WORD = re.compile(r"\w[\w'’-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the contents list."""

    text: str
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A block of the body; headings have an anchor."""

    block: Any
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One rendering of a body."""

    parts: list[Part]
    contents: list[Entry]
    citations: Citations
    has_references_block: bool

    @property
    def sources(self) -> list[ListedSource]:
        return self.citations.listed()


def texts_of(body: StreamValue) -> Iterator[tuple[str, str]]:
    """(block type, HTML or plain text) of everything that is read, in order; no query for pictures."""
    for item in body.raw_data:
        kind, value = item["type"], item["value"]
        if isinstance(value, str):
            yield kind, value
        elif isinstance(value, dict):
            for field in READ_FIELDS.get(kind, ()):
                yield kind, str(value.get(field) or "")


def count_words(body: StreamValue) -> int:
    spaced = (re.sub(r"<(?:/p|/li|br)[^>]*>", r"\g<0> ", text) for _kind, text in texts_of(body))
    return sum(len(WORD.findall(unescape(strip_tags(text)))) for text in spaced)


def minutes(words: int) -> int:
    """Whole minutes, at least one."""
    return max(1, round(words / WORDS_PER_MINUTE))


def read(body: StreamValue, sources: Iterable[Source] = ()) -> Reading:
    """Number the citations of a body and give its headings anchors that are unique on the page."""
    parts: list[Part] = []
    contents: list[Entry] = []
    taken = {"main", "references"}
    for block in body:
        anchor = ""
        if block.block_type == "heading":
            text = str(block.value.get("text") or "")
            anchor = _unique(slugify(text) or "section", taken)
            if text and block.value.get("level") != "3":
                contents.append(Entry(text=text, anchor=anchor))
        parts.append(Part(block=block, anchor=anchor))
    cited = (text for kind, text in texts_of(body) if kind in {"text", "callout"})
    return Reading(
        parts=parts,
        contents=contents,
        citations=Citations(cited, list(sources)),
        has_references_block=any(part.block.block_type == "references" for part in parts),
    )


def _unique(anchor: str, taken: set[str]) -> str:
    number, name = 1, anchor
    while name in taken:
        number += 1
        name = f"{anchor}-{number}"
    taken.add(name)
    return name


def fetch_renditions(reading: Reading, *others: Any) -> None:
    """All renditions of all pictures of a body, and of `others`, in one query instead of one per picture."""
    figures = (part.block.value.get("image") for part in reading.parts if part.block.block_type == "image")
    images = [image for image in (*others, *figures) if image is not None]
    prefetch_related_objects(images, Prefetch("renditions", to_attr="prefetched_renditions"))
