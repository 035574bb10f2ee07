"""A story's whole text as HTML that stands alone: for feed readers, which know nothing of our page."""

from __future__ import annotations

from urllib.parse import urljoin

import nh3
from django.http import HttpRequest
from django.template.loader import render_to_string
from selectolax.lexbor import LexborHTMLParser

from blog import reading
from blog.models import StoryPage

#: What only makes sense on our page: forms, margin notes, definitions that pop up, links back from the sources.
ONLY_HERE = "form, button, [popover], .sidenote, .subscribe, .back, .visually-hidden, script, style, template"
ADDRESSES = ("href", "src", "poster")
TAGS = {
    *("a", "abbr", "b", "cite", "code", "dfn", "em", "i", "small", "span", "strong", "sub", "sup", "br"),
    *("p", "h2", "h3", "h4", "hr", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "div", "section"),
    *("figure", "figcaption", "img", "details", "summary"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
}
ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
    "*": {"id"},
}


def full_text(story: StoryPage, request: HttpRequest) -> str:
    """The body with its references as HTML: every address absolute, no class, no script, nothing that needs our CSS."""
    read = reading.read(story.body, story.sources)
    html = render_to_string(
        "blog/full_text.html", {"page": story, "reading": read, "citations": read.citations}, request=request
    )
    return standing_alone(html, address=story.absolute_url)


def standing_alone(html: str, *, address: str) -> str:
    """A fragment of our page as others may show it; `address` is where it stands here."""
    tree = LexborHTMLParser(html)
    for node in tree.css(ONLY_HERE):
        node.decompose()
    for picture in tree.css("picture"):
        image = picture.css_first("img")
        if image is not None:
            picture.replace_with(image)
    for name in ADDRESSES:
        for node in tree.css(f"[{name}]"):
            node.attrs[name] = urljoin(address, node.attributes[name] or "")
    body = tree.body.inner_html if tree.body else ""
    return nh3.clean(
        body or "",
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    ).strip()
