"""Links that are counted: the addresses in both bodies of a mail become `/r/<campaign>/<number>`, the same for all.

Personal links stay as they are, and so does everything but http and https. A link that no reader can see is added:
who follows it is a program.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape, unescape

from selectolax.lexbor import LexborHTMLParser

from newsletter.issues.publication import absolute

#: mrml quotes every attribute and closes every tag: nothing else can open a link.
_ATTRIBUTE = r'\s+[\w:-]+(?:\s*=\s*"[^"]*")?'
_HREF = re.compile(rf'(<(?:a|area|v:\w+)(?:{_ATTRIBUTE})*?\s+href\s*=\s*")([^"]*)(?=")', re.I)
_WEB = re.compile(r'https?://[^\s<>"\x00-\x1f]+', re.I)
_ENDS_SENTENCE = ".,;:!?'\"”’»)]}…"
LONGEST_LABEL = 200
#: Not for eyes (no box), not for ears (aria-hidden), not for the keyboard (tabindex).
_TRAP = (
    '<div style="display:none;max-height:0;overflow:hidden;mso-hide:all" aria-hidden="true">'
    '<a href="{url}" tabindex="-1" rel="nofollow" style="display:none"></a></div>\n'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedLink:
    """One address of a campaign; `label` is what readers see of it."""

    number: int
    url: str
    label: str
    is_trap: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Both bodies with their links replaced, and what these stand for."""

    html: str
    text: str
    links: tuple[CountedLink, ...]


@dataclass(slots=True)
class _Numbers:
    """A number for each address, in the order in which they are met."""

    campaign_id: int
    is_personal: Callable[[str], bool]
    found: dict[str, int] = field(default_factory=dict)

    def counted(self, url: str) -> str:
        """Where the mail leads instead; the same address if it is not counted."""
        if not _WEB.fullmatch(url) or self.is_personal(url):
            return url
        return address(self.campaign_id, self.found.setdefault(url, len(self.found) + 1))


def address(campaign_id: int, number: int) -> str:
    """What stands in the mail."""
    return absolute(f"/r/{campaign_id}/{number}")


def count_links(html: str, text: str, *, campaign_id: int, personal: str, trap_leads_to: str) -> Counted:
    """Replace the links of both bodies of a mail.

    Args:
        personal: what the markers of a reader's own values start with; an address with one in it is left alone.
        trap_leads_to: what the hidden link answers with.
    """
    numbers = _Numbers(campaign_id, is_personal=lambda url: personal in url.casefold())
    labels = _labels(html)
    html = _HREF.sub(lambda found: f"{found[1]}{_in_attribute(numbers, found[2])}", html)
    text = _WEB.sub(lambda found: _in_text(numbers, found[0]), text)
    trap = len(numbers.found) + 1
    links = [CountedLink(number=number, url=url, label=labels.get(url, "")) for url, number in numbers.found.items()]
    return Counted(
        html=_with_trap(html, address(campaign_id, trap)),
        text=text,
        links=(*links, CountedLink(number=trap, url=trap_leads_to, label="", is_trap=True)),
    )


def _in_attribute(numbers: _Numbers, written: str) -> str:
    url = unescape(written).strip()
    counted = numbers.counted(url)
    return written if counted == url else escape(counted)


def _in_text(numbers: _Numbers, written: str) -> str:
    """An address of the HTML as it is; another one without what belongs to the sentence around it."""
    url = written
    while url not in numbers.found and url[-1] in _ENDS_SENTENCE and not (url[-1] == ")" and "(" in url):
        url = url[:-1]
    return f"{numbers.counted(url)}{written[len(url) :]}"


def _with_trap(html: str, url: str) -> str:
    at = html.rfind("</body>")
    at = len(html) if at < 0 else at
    return f"{html[:at]}{_TRAP.format(url=escape(url))}{html[at:]}"


def _labels(html: str) -> dict[str, str]:
    """The longest words that lead to each address: a title rather than "Read on"; of a mere picture what it shows."""
    words: dict[str, str] = {}
    pictures: dict[str, str] = {}
    for node in LexborHTMLParser(html).css("a[href]"):
        url = (node.attributes.get("href") or "").strip()
        words[url] = max(words.get(url, ""), _one_line(node.text()), key=len)
        for picture in node.css("img[alt]"):
            pictures.setdefault(url, _one_line(picture.attributes.get("alt") or ""))
    return {url: (said or pictures.get(url, ""))[:LONGEST_LABEL] for url, said in words.items()}


def _one_line(text: str) -> str:
    return " ".join(text.split())
