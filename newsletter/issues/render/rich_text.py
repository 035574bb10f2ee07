"""Rich text as mail needs it: sanitised, as well-formed XHTML with inline styles, and as plain text.

mrml errors on unclosed tags and drops what it doesn't know, so the sanitised tree is written out anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

import nh3
from django.conf import settings
from selectolax.lexbor import LexborHTMLParser, LexborNode
from wagtail.rich_text import expand_db_html

from newsletter.engine.colours import HOUSE_ACCENT
from newsletter.issues.render.pasted import tidied

if TYPE_CHECKING:
    from blog.citations import Citations

#: What an issue's text may hold, and how it looks where no style sheet is read.
STYLES = {
    "p": "margin:0 0 16px",
    "h2": "margin:24px 0 8px;font-size:22px;line-height:1.3;font-weight:700",
    "h3": "margin:20px 0 6px;font-size:19px;line-height:1.35;font-weight:700",
    "ul": "margin:0 0 16px;padding:0 0 0 24px",
    "ol": "margin:0 0 16px;padding:0 0 0 24px",
    "li": "margin:0 0 6px",
    "a": "text-decoration:underline",
    "b": "font-weight:700",
    "strong": "font-weight:700",
    "i": "font-style:italic",
    "em": "font-style:italic",
    "sup": "font-size:75%;line-height:0;vertical-align:super",
    "br": "",
}
#: Keeps a mark such as `[2, 5]` in one line of plain text.
NO_BREAK = "\N{NO-BREAK SPACE}"
#: Wagtail stores a glossary word as a link; a mail can't show its definition, so the word stands plain.
_GLOSSARY = re.compile(r'<a\b[^>]*\blinktype="glossary"[^>]*>(.*?)</a>', re.S)
_URL_SCHEMES = {"http", "https", "mailto", "tel"}


@dataclass(slots=True)
class LinkNotes:
    """Numbers the links of a plain-text twin: `words [1]` in the text, `[1] https://..` below it.

    With a `word` it is `words [link 1]`: beside citations, which are numbers in brackets too.
    """

    urls: list[str] = field(default_factory=list)
    word: str = ""

    def number(self, url: str) -> int:
        if url not in self.urls:
            self.urls.append(url)
        return self.urls.index(url) + 1

    def mark(self, url: str) -> str:
        return self._marked(self.number(url))

    def lines(self, since: int) -> list[str]:
        """The notes that were added after the first `since`."""
        return [f"{self._marked(number)} {url}" for number, url in enumerate(self.urls[since:], start=since + 1)]

    def _marked(self, number: int) -> str:
        return f"[{self.word}{NO_BREAK}{number}]" if self.word else f"[{number}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """Rich text as both versions of a mail show it. `html` is safe and well-formed."""

    html: str
    text: str

    @classmethod
    def of_plain(cls, text: str) -> Prose:
        return cls(html=escape(text, quote=False), text=text)

    @property
    def boxed(self) -> str:
        """The HTML without space below its end, which its box has."""
        before, found, after = self.html.rpartition("margin:0 0 16px")
        return f"{before}margin:0{after}" if found else after

    @property
    def tight(self) -> str:
        """The HTML without space below its paragraphs, for a cell of a table."""
        return self.html.replace(f'<p style="{STYLES["p"]}"', '<p style="margin:0"')

    @property
    def line(self) -> str:
        """The plain text in one line, for a cell of a table."""
        return " ".join(self.text.split())


def prose(
    source: str,
    notes: LinkNotes,
    citations: Citations | None = None,
    *,
    noted: bool = True,
    link: str = HOUSE_ACCENT,
) -> Prose:
    """Stored rich text for mail; mentions of sources become the numbers that the story's page has.

    Args:
        noted: whether the addresses of its links stand right below the text.
        link: the colour of its links.
    """
    html = expand(_GLOSSARY.sub(r"\1", tidied(source)))
    clean = sanitise(citations.mark(html, beside=False) if citations else html)
    return Prose(html=to_xhtml(clean, link), text=to_text(clean, notes, noted=noted))


def expand(source: str) -> str:
    """Wagtail's stored rich text as HTML: links to pages resolved."""
    html: str = expand_db_html(source)
    return html


def sanitise(html: str) -> str:
    """Only known tags and links remain; every address is absolute. Scripts go with their content."""
    return nh3.clean(
        html,
        tags=set(STYLES),
        attributes={"a": {"href"}, "sup": {"class"}},
        url_schemes=_URL_SCHEMES,
        url_relative=("rewrite_with_base", f"{settings.BASE_URL}/"),
        link_rel=None,
    )


def to_xhtml(clean: str, link: str = HOUSE_ACCENT) -> str:
    """Sanitised HTML as well-formed XHTML, each element with its style, links in the colour `link`."""
    return "".join(_xhtml(node, link) for node in _roots(clean))


def to_text(clean: str, notes: LinkNotes, *, noted: bool = True) -> str:
    """Sanitised HTML as plain text: headings underlined, bullets, numbered links. Lines are as long as they are."""
    since = len(notes.urls)
    blocks = list(_blocks(_roots(clean), notes))
    links = "\n".join(notes.lines(since)) if noted else ""
    return "\n\n".join([*blocks, links] if links else blocks)


def _roots(clean: str) -> Iterator[LexborNode]:
    body = LexborHTMLParser(clean).body
    return body.iter(include_text=True) if body else iter(())


def _children(node: LexborNode) -> Iterator[LexborNode]:
    return node.iter(include_text=True)


def _text_of(node: LexborNode) -> str | None:
    return (node.text_content or "") if node.tag == "-text" else None


def _cited(node: LexborNode) -> str:
    """What a mention of sources says, such as `1, 4`; empty for anything else."""
    if node.tag != "sup" or node.attributes.get("class") != "cite":
        return ""
    return ", ".join(node.text(deep=True, separator=" ").split())


def _xhtml(node: LexborNode, link: str) -> str:
    text = _text_of(node)
    if text is not None:
        return escape(text, quote=False)
    inside = escape(_cited(node)) or "".join(_xhtml(child, link) for child in _children(node))
    tag = node.tag or ""
    if tag == "br":
        return "<br/>"
    href = node.attributes.get("href")
    if tag not in STYLES or (tag == "a" and not href):
        return inside
    if tag == "a" and href:
        return f'<a style="color:{link};{STYLES[tag]}" href="{escape(href)}">{inside}</a>'
    return f'<{tag} style="{STYLES[tag]}">{inside}</{tag}>'


def _inline(node: LexborNode, notes: LinkNotes) -> str:
    text = _text_of(node)
    if text is not None:
        return " ".join(text.replace("\xa0", " ").split("\n"))
    if node.tag == "br":
        return "\n"
    if cited := _cited(node):
        return f" [{cited.replace(' ', NO_BREAK)}]"
    inside = "".join(_inline(child, notes) for child in _children(node))
    href = node.attributes.get("href") if node.tag == "a" else None
    if not href or not inside.strip() or href.removeprefix("mailto:") == inside.strip():
        return inside
    return f"{inside} {notes.mark(href)}"


def _blocks(nodes: Iterator[LexborNode], notes: LinkNotes) -> Iterator[str]:
    """One string per paragraph, heading or list; loose words between them become paragraphs."""
    loose = ""
    for node in nodes:
        writer = _BLOCK_WRITERS.get(node.tag or "")
        if writer is None:
            loose += _inline(node, notes)
            continue
        yield from filter(None, [loose.strip(), writer(node, notes)])
        loose = ""
    if loose.strip():
        yield loose.strip()


def _paragraph(node: LexborNode, notes: LinkNotes) -> str:
    return "".join(_inline(child, notes) for child in _children(node)).strip()


def _heading(node: LexborNode, notes: LinkNotes) -> str:
    text = _paragraph(node, notes)
    return f"{text}\n{'-' * min(len(text), 72)}" if text else ""


def _list(node: LexborNode, notes: LinkNotes) -> str:
    items = [child for child in _children(node) if child.tag == "li"]
    lines: list[str] = []
    for number, item in enumerate(items, start=1):
        bullet = f"{number}. " if node.tag == "ol" else "- "
        inside = "\n".join(_blocks(_children(item), notes)).splitlines()
        lines += [f"{bullet if first else ' ' * len(bullet)}{line}" for first, line in _first_and_rest(inside)]
    return "\n".join(lines)


def _first_and_rest(lines: list[str]) -> Iterator[tuple[bool, str]]:
    return ((index == 0, line) for index, line in enumerate(lines))


_BLOCK_WRITERS: dict[str, Callable[[LexborNode, LinkNotes], str]] = {
    "p": _paragraph,
    "h2": _heading,
    "h3": _heading,
    "ul": _list,
    "ol": _list,
}
