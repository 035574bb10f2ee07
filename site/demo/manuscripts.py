"""Reads the demo's texts: TOML files that an author can write by hand, turned into the values of the body's blocks.

A paragraph ends at a blank line. `*italic*`, `**bold**` and `[words](address)` are marked up; a run of lines that begin
with `- ` or `1. ` is a list. `[2]` cites the second reference.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

TEXTS = Path(__file__).parent / "texts"

LISTS = ((re.compile(r"- "), "ul"), (re.compile(r"\d\. "), "ol"))

BlockValue = tuple[str, Any]


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
        inside = [block["picture"] for block in self.body if block["type"] == "image"]
        return [self.fields["picture"], *inside] if "picture" in self.fields else inside

    def blocks(self, pictures: Mapping[str, Any]) -> list[BlockValue]:
        """The body as StreamField values; `pictures` maps a name to its image."""
        return [block_value(block, pictures) for block in self.body]


def read_manuscripts(kind: str) -> list[Manuscript]:
    """All texts of a folder (`stories` or `pages`), in the order of their names."""
    return [read_manuscript(path) for path in sorted((TEXTS / kind).glob("*.toml"))]


def read_manuscript(path: Path) -> Manuscript:
    fields = tomllib.loads(path.read_text(encoding="utf-8"))
    body, references = fields.pop("body"), fields.pop("reference", [])
    return Manuscript(slug=path.stem.partition("-")[2], fields=fields, body=body, references=references)


def block_value(block: Mapping[str, Any], pictures: Mapping[str, Any]) -> BlockValue:
    kind = block["type"]
    value: Any = {name: text for name, text in block.items() if name != "type"}
    if kind == "text":
        value = rich_text(block["text"])
    elif kind == "heading":
        value = {"level": "2", **value}
    elif kind == "callout":
        value["text"] = rich_text(block["text"])
    elif kind == "image":
        image = copy(pictures[value.pop("picture")])  # its alt text belongs to this place alone
        alt = value.pop("alt")
        image.contextual_alt_text, image.decorative = alt, False
        value["image"] = image
    return kind, value


def rich_text(text: str) -> str:
    """Paragraphs and lists as the HTML that Wagtail keeps."""
    return "".join(paragraph(part) for part in re.split(r"\n\s*\n", text.strip()))


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
