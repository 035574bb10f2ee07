"""Reads the demo's texts: TOML files that an author can write by hand, turned into the values of the body's blocks.

A paragraph ends at a blank line. `*italic*`, `**bold**` and `[words](address)` are marked up; a run of lines that begin
with `- ` or `1. ` is a list. `[2]` cites the second reference. Pictures, stories and records of consent are named.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

TEXTS = Path(__file__).parent / "texts"

LISTS = ((re.compile(r"- "), "ul"), (re.compile(r"\d\. "), "ol"))

BlockValue = tuple[str, Any]
#: Blocks whose `text` is marked up.
MARKED_UP = frozenset(
    {
        *("callout", "key_points", "benefits", "risks", "alternatives", "who_should_not"),
        *("regulatory_status", "patient_story", "stat"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a text calls by name: drawn pictures, stories by their slugs, records of consent by their labels."""

    pictures: Mapping[str, Any] = field(default_factory=dict)
    stories: Mapping[str, Any] = field(default_factory=dict)
    consents: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manuscript:
    """One story or page as its file has it."""

    slug: str
    #: Everything that is a field of the page, under the field's name or one that `stories` knows.
    fields: Mapping[str, Any]
    body: Sequence[Mapping[str, Any]]
    references: Sequence[Mapping[str, str]]

    @property
    def pictures(self) -> list[str]:
        """Names of the drawn pictures that the story shows, its hero first."""
        inside = [block["picture"] for block in self.body if "picture" in block]
        return [self.fields["picture"], *inside] if "picture" in self.fields else inside

    def blocks(self, named: Named) -> list[BlockValue]:
        """The body as StreamField values."""
        return [block_value(block, named) for block in self.body]


def read_manuscripts(kind: str) -> list[Manuscript]:
    """All texts of a folder (`stories` or `pages`), in the order of their names."""
    return [read_manuscript(path) for path in sorted((TEXTS / kind).glob("*.toml"))]


def read_manuscript(path: Path) -> Manuscript:
    fields = tomllib.loads(path.read_text(encoding="utf-8"))
    body, references = fields.pop("body"), fields.pop("reference", [])
    return Manuscript(slug=path.stem.partition("-")[2], fields=fields, body=body, references=references)


def block_value(block: Mapping[str, Any], named: Named) -> BlockValue:
    kind = block["type"]
    value: Any = {name: text for name, text in block.items() if name != "type"}
    if kind == "text":
        return kind, rich_text(block["text"])
    if kind in MARKED_UP:
        value["text"] = rich_text(block["text"])
    match kind:
        case "heading":
            value = {"level": "2", **value}
        case "image":
            value["image"] = described(named.pictures[value.pop("picture")], value.pop("alt"))
        case "embed" if "picture" in value:
            value["poster"] = named.pictures[value.pop("picture")]
        case "faq":
            value["items"] = [{**item, "answer": rich_text(item["answer"])} for item in value["items"]]
        case "table":
            value = table_value(value)
        case "patient_story" if "consent" in value:
            value["consent"] = named.consents[value["consent"]]
        case "related_stories":
            value["stories"] = [named.stories[slug] for slug in value["stories"]]
    return kind, value


def described(picture: Any, alt: str) -> Any:
    """A copy: what a picture shows is told for this place alone."""
    image = copy(picture)
    image.contextual_alt_text, image.decorative = alt, False
    return image


def table_value(value: Mapping[str, Any]) -> dict[str, Any]:
    """Every column but the first holds text with citations, unless `types` says otherwise."""
    types = value.get("types") or ["text", *["rich_text"] * (len(value["columns"]) - 1)]
    rows = [
        [rich_text(cell) if kind == "rich_text" else cell for kind, cell in zip(types, row, strict=True)]
        for row in value["rows"]
    ]
    return {
        "title": value["title"],
        "table": {
            "columns": [
                {"type": kind, "heading": heading} for kind, heading in zip(types, value["columns"], strict=True)
            ],
            "rows": [{"values": row} for row in rows],
            "caption": "",
        },
        "note": rich_text(value.get("note", "")),
    }


def rich_text(text: str) -> str:
    """Paragraphs and lists as the HTML that Wagtail keeps."""
    return "".join(paragraph(part) for part in re.split(r"\n\s*\n", text.strip()) if part)


def paragraph(text: str) -> str:
    lines = [line.strip() for line in text.splitlines()]
    for mark, tag in LISTS:
        if all(mark.match(line) for line in lines):
            items = "".join(f"<li>{inline(mark.sub('', line, count=1))}</li>" for line in lines)
            return f"<{tag}>{items}</{tag}>"
    return f"<p>{inline(' '.join(lines))}</p>"


def inline(text: str) -> str:
    html = escape(text, quote=False)
    html = re.sub(r"\[([^\]]+)\]\((https?://[^)\s]+|mailto:[^)\s]+)\)", r'<a href="\2">\1</a>', html)
    html = re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", html)
    return re.sub(r"\*([^*]+)\*", r"<i>\1</i>", html)
