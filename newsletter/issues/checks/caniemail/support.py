"""Which features of HTML and CSS a mail uses that Gmail, Outlook or Apple Mail does without. Pure but for one file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

DATA = Path(__file__).with_name("caniemail.json")

#: What MJML's own output holds, on purpose and with something to fall back on, and our style sheet for dark mode: a
#: mail of ours has these whatever stands in it. `tests/unit/test_issues_caniemail.py` keeps this list tight.
EXPECTED = frozenset(
    {
        "css-at-media-prefers-color-scheme",
        "css-border-radius",
        "css-color-scheme",
        "css-cursor",
        "css-max-height",
        "css-outline",
        "css-overflow",
        "css-word-spacing",
        "html-body",
        "html-target",
    }
)

#: A kind and a name, such as ("property", "position"); see `caniemail.json`.
Trait = tuple[str, str]

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_DECLARATION = re.compile(r"([a-z-]+)\s*:\s*([^;{}]+)", re.I)
_RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
_AT_RULE = re.compile(r"@(font-face|import|keyframes|supports)\b", re.I)
_MEDIA = re.compile(r"@media[^{]*", re.I)
_MEDIA_FEATURE = re.compile(r"\(\s*([\w-]+)")
_PSEUDO = re.compile(r"::?([a-z-]+)", re.I)
_FUNCTION = re.compile(r"([a-z-]+)\(", re.I)
_UNIT = re.compile(r"(?<![\w#.-])-?(?:\d+\.?\d*|\.\d+)([a-z]+)\b", re.I)
_WORD = re.compile(r"[a-z][a-z-]+", re.I)
_ADDRESS_OR_TEXT = re.compile(r"url\([^)]*\)|\"[^\"]*\"|'[^']*'", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """Something that `programs`, such as "Outlook (Windows)", do without; `example` is from the mail that was read."""

    slug: str
    title: str
    programs: tuple[str, ...]
    example: str = ""

    @property
    def url(self) -> str:
        return f"https://www.caniemail.com/features/{self.slug}/"


def unsupported(tree: LexborHTMLParser) -> list[Feature]:
    """The features that the mail uses and some program doesn't know, without those that every mail of ours has."""
    known = features()
    found: dict[str, Feature] = {}
    for trait, example in traits_of(tree):
        feature = known.get(trait)
        if feature is not None and feature.slug not in EXPECTED:
            found.setdefault(feature.slug, replace(feature, example=example))
    return list(found.values())


@cache
def features() -> Mapping[Trait, Feature]:
    """What is shipped, by what it is found by."""
    data = json.loads(DATA.read_text(encoding="utf-8"))
    return {
        (entry["kind"], name): Feature(slug=entry["slug"], title=entry["title"], programs=tuple(entry["programs"]))
        for entry in data["features"]
        for name in entry["names"]
    }


def traits_of(tree: LexborHTMLParser) -> Iterator[tuple[Trait, str]]:
    """Everything that a feature could be found by, with something to find its place in the issue by."""
    styles: dict[str, None] = {}
    seen: set[Trait] = set()
    for node in tree.css("*"):
        if node.tag == "style":
            yield from ((trait, "") for trait in _of_style_sheet(node.text(deep=True)))
            continue
        for trait in _of_element(node):
            if trait not in seen:
                seen.add(trait)
                yield trait, " ".join(node.text().split())[:40]
        if style := node.attributes.get("style"):
            styles[style] = None  # an issue of ten stories has thousands, of which fifty differ
    for style in styles:
        yield from ((trait, "") for trait in _of_declarations(style))


def _of_element(node: LexborNode) -> Iterator[Trait]:
    tag = node.tag or ""
    yield "element", tag
    for name, value in node.attributes.items():
        yield "attribute", name
        if name == "type":
            yield "typed", f'{tag} type="{value}"'
        if name == "src":
            yield "image", (value or "").partition("?")[0].rpartition(".")[2].lower()


def _of_style_sheet(text: str) -> Iterator[Trait]:
    css = _COMMENT.sub("", text)
    for name in _AT_RULE.findall(css):
        yield "at-rule", name.lower()
    for query in _MEDIA.findall(css):
        for name in _MEDIA_FEATURE.findall(query):
            yield "media", name.lower()
    for selector, declarations in _RULE.findall(css):
        if not selector.lstrip().startswith("@"):
            for name in _PSEUDO.findall(selector):
                yield "pseudo", name.lower()
        yield from _of_declarations(declarations)


def _of_declarations(style: str) -> Iterator[Trait]:
    for name, raw in _DECLARATION.findall(_ADDRESS_OR_TEXT.sub("x", style)):
        lowered, value = name.lower(), raw.strip().lower()
        yield "property", lowered
        yield "pair", f"{lowered}:{value.replace(' ', '')}"
        for function in _FUNCTION.findall(value):
            yield "function", function
        for unit in _UNIT.findall(value):
            yield "unit", unit
        for word in _WORD.findall(value):
            yield "value", word
            if word == "initial":
                yield "unit", word
