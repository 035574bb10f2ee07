"""Text that was pasted from a word processor, as rich text: its paragraphs, headings and lists, without its traces.

The editor's own toolbar cleans what is pasted into it; imports, the API and browsers without it don't.
"""

from __future__ import annotations

import re
from html import escape

from selectolax.lexbor import LexborHTMLParser, LexborNode

#: Rich text of the editor has none of these, and is not looked at more closely.
_TRACES = re.compile(
    r"mso-|\bMso|<!--|<!\[|<\??/?(?:[a-z]+:[a-z]|xml\b|div\b|h[1456]\b|t[dr]\b|table\b|style\b|meta\b)", re.I
)
#: Word wraps what only it reads in comments with conditions, and in declarations that others see through. The latter
#: hold the glyph and the spaces of a list's bullet.
_CONDITIONAL = re.compile(r"<!--.*?-->|<!\[if !supportLists\]>.*?<!\[endif\]>|<!\[[^>]*\]>|<\?xml.*?>", re.S | re.I)
_UNSEEN = "script, style, xml, title, head > meta, link, template, noscript"
#: What other elements are in a mail.
_AS = {"h1": "h2", "h4": "h3", "h5": "h3", "h6": "h3", "div": "p", "td": "p", "th": "p"}
_BLOCKS = {"p", "div", "ul", "ol", "table", "tbody", "tr", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6"}
_SELECTOR = ", ".join(sorted(_BLOCKS))
_INLINE = {"a", "b", "strong", "i", "em", "sup"}
#: Of a link: its address, or Wagtail's note of the page or the glossary's word that it leads to.
_KEPT = ("href", "linktype", "id", "key")
_LIST_ITEM = "MsoListParagraph"


def tidied(source: str) -> str:
    """The same text as the editor would have made it; untouched where nothing says that it wasn't."""
    if not _TRACES.search(source):
        return source
    tree = LexborHTMLParser(_CONDITIONAL.sub("", source))
    if tree.body is None:
        return ""
    for node in tree.css(_UNSEEN):
        node.decompose()
    return re.sub(r"</ul>\s*<ul>", "", _flow(tree.body))


def _flow(holder: LexborNode) -> str:
    """What an element holds: its blocks, and a paragraph for each run of words between them."""
    blocks: list[str] = []
    words = ""
    for node in holder.iter(include_text=True):
        if _holds_blocks(node) or node.tag in _BLOCKS:
            blocks += [_paragraph(words), _block(node)]
            words = ""
        else:
            words += _inline(node)
    return "".join([*blocks, _paragraph(words)])


def _holds_blocks(node: LexborNode) -> bool:
    return node.tag != "-text" and any(inner.mem_id != node.mem_id for inner in node.css(_SELECTOR))


def _block(node: LexborNode) -> str:
    """A block by the name that a mail knows; one that only holds others is seen through, an empty one left out."""
    tag = _AS.get(node.tag or "", node.tag or "")
    if tag in {"ul", "ol"}:
        return f"<{tag}>{''.join(_item(item) for item in node.iter())}</{tag}>"
    if _holds_blocks(node) or tag not in {"p", "h2", "h3"}:
        return _flow(node)
    words = "".join(_inline(child) for child in node.iter(include_text=True))
    if tag == "p" and _LIST_ITEM in (node.attributes.get("class") or ""):
        return f"<ul><li>{words.strip()}</li></ul>"
    return _paragraph(words, tag)


def _item(node: LexborNode) -> str:
    if node.tag != "li":
        return f"<li>{_flow(node)}</li>"
    inside = _flow(node) if _holds_blocks(node) else "".join(_inline(child) for child in node.iter(include_text=True))
    return f"<li>{inside.strip()}</li>"


def _paragraph(words: str, tag: str = "p") -> str:
    """Empty ones are how Word makes room between paragraphs."""
    seen = re.sub(r"<[^>]*>|&nbsp;|\s", "", words)
    return f"<{tag}>{words.strip()}</{tag}>" if seen else ""


def _inline(node: LexborNode) -> str:
    """Words and what marks them; what a mail doesn't know is seen through."""
    if node.tag == "-text":
        return node.html or ""
    if node.tag == "br":
        return "<br/>"
    inside = "".join(_inline(child) for child in node.iter(include_text=True))
    if node.tag not in _INLINE:
        return inside
    kept = ((name, node.attributes.get(name)) for name in _KEPT)
    written = "".join(f' {name}="{escape(value)}"' for name, value in kept if value)
    return f"<{node.tag}{written}>{inside}</{node.tag}>"
