"""Rich text of a single mail: sanitised, with the styles that mail programs need, and as plain text.

Issues have their own (`newsletter.issues.render`), with headings, sources and numbered links; here it is one paragraph
or two with a list and a link.
"""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin

import nh3
from wagtail.rich_text import expand_db_html

STYLES = {
    "p": "margin:0 0 16px",
    "ul": "margin:0 0 16px;padding:0 0 0 24px",
    "ol": "margin:0 0 16px;padding:0 0 0 24px",
    "li": "margin:0 0 6px",
}
_TAGS = {*STYLES, "a", "b", "strong", "i", "em", "br"}
_LINK = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.S)
_TAG = re.compile(r"<[^>]*>")


def for_mail(source: str, *, base_url: str) -> tuple[str, str]:
    """(HTML, plain text) of stored rich text. Scripts go with their content, links become absolute."""
    clean = nh3.clean(
        expand_db_html(source),
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        url_relative=("rewrite_with_base", urljoin(base_url, "/")),
        link_rel=None,
    )
    return _styled(clean), _plain(clean)


def _styled(clean: str) -> str:
    # What nh3 writes has lower-case tags, and no attribute but the address of a link.
    for tag, style in STYLES.items():
        clean = clean.replace(f"<{tag}>", f'<{tag} style="{style}">')
    return clean.replace("<a href=", '<a class="link" style="color:#0F5C63;text-decoration:underline" href=')


def _plain(clean: str) -> str:
    text = _LINK.sub(_address_after, clean)
    text = re.sub(r"<ol>(.*?)</ol>", _numbered, text, flags=re.S)
    text = re.sub(r"<li>", "- ", text)
    text = re.sub(r"<br>|</li>", "\n", text)
    text = re.sub(r"</p>|</ul>", "\n\n", text)
    text = unescape(_TAG.sub("", text)).replace("\xa0", " ")
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _address_after(found: re.Match[str]) -> str:
    """`words (https://..)`; an address that is its own words stands once."""
    address, words = found[1], found[2]
    return words if address.removeprefix("mailto:") == words else f"{words} ({address})"


def _numbered(found: re.Match[str]) -> str:
    items = re.findall(r"<li>(.*?)</li>", found[1], flags=re.S)
    return "".join(f"{number}. {item}\n" for number, item in enumerate(items, start=1)) + "\n"
