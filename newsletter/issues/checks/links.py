"""Rules about the links: where they lead, as far as the address itself tells, and what they are called."""

from __future__ import annotations

import ipaddress
import re
from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext as _

from newsletter.issues.checks.places import ISSUE
from newsletter.issues.checks.questions import is_own
from newsletter.issues.findings import Finding, Level
from newsletter.issues.publication import is_loopback
from newsletter.issues.render import StoryPart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from newsletter.issues.checks.examined import Examined

SHORTENERS = frozenset(
    {
        *("bit.ly", "buff.ly", "cutt.ly", "dlvr.it", "goo.gl", "is.gd", "lnkd.in", "ow.ly", "rb.gy", "rebrand.ly"),
        *("s.id", "short.io", "shorturl.at", "t.co", "t.ly", "tiny.cc", "tinyurl.com", "trib.al", "v.gd"),
    }
)
PRIVATE_PATHS = re.compile(r"^/admin(/|$)|/preview/|/draft/", re.I)
#: What others call their rooms for editors: WordPress, and whatever shows a draft by a word in its query.
OTHERS_PRIVATE = re.compile(r"/wp-admin(/|$)|/wp-login\.php|[?&](preview|draft)=(?!0|false)", re.I)
PRIVATE_ENDINGS = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
EMPTY_WORDS = {"click here", "here", "click", "link", "this link", "more", "read more"}


def links(seen: Examined) -> Iterator[Finding]:
    addresses = dict.fromkeys(node.attributes.get("href") or "" for node in seen.tree.css("a"))
    for url in addresses:
        if url == seen.unsubscribe:
            continue
        for complaint in _link_complaints(url):
            yield Finding(
                rule="links",
                level=Level.BLOCKER,
                text=_("The link to %(url)s %(complaint)s.") % {"url": url[:80], "complaint": complaint},
                remedy=_("Replace the link, or take it out."),
                place=seen.places.holding(url),
                about=f"{url} {complaint}",
            )


def _link_complaints(url: str) -> Iterator[str]:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = SplitResult("", "", "", "", ""), None
    if parts.scheme in {"mailto", "tel"}:
        return
    if not host or parts.scheme not in {"http", "https"}:
        yield _("leads nowhere")
        return
    if (is_own(url) and PRIVATE_PATHS.search(parts.path)) or OTHERS_PRIVATE.search(f"{parts.path}?{parts.query}"):
        yield _("leads to a page that only editors can open")
    if host.removeprefix("www.") in SHORTENERS:
        yield _("goes through a link shortener, which spam filters distrust")
    if is_loopback():
        return
    if (_is_local(host) and not is_own(url)) or _is_address(host):
        yield _("names a machine, not a site")
    elif parts.scheme != "https":
        yield _("is not https")


def _is_local(host: str) -> bool:
    return "." not in host.rstrip(".") or host.endswith(PRIVATE_ENDINGS)


def _is_address(host: str) -> bool:
    """In whatever spelling: a name whose last label begins with a digit is an IPv4 address to browsers."""
    if host.rsplit(".", 1)[-1][:1].isdigit():
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def link_words(seen: Examined) -> Iterator[Finding]:
    """WCAG 2.4.4. "Read on" is known by the title right above it."""
    stories = {part.url for part in seen.laid.parts if isinstance(part, StoryPart)}
    targets: dict[str, set[str]] = defaultdict(set)
    for node in seen.tree.css("a"):
        words, url = " ".join(node.text().split()).casefold(), node.attributes.get("href") or ""
        if words and url not in stories:
            targets[words].add(url)
    for words, urls in targets.items():
        if words in EMPTY_WORDS or len(urls) > 1:
            places = (seen.places.holding(url) for url in sorted(urls))
            yield Finding(
                rule="link-words",
                level=Level.WARNING,
                text=_("“%(words)s” does not say where the link leads.") % {"words": words},
                remedy=_("Name in the link what it leads to."),
                place=next((place for place in places if place != ISSUE), ISSUE),
            )


def not_checked_here(seen: Examined) -> Iterator[Finding]:
    if is_loopback():
        yield Finding(
            rule="public-address",
            level=Level.NOT_HERE,
            text=_(
                "Not applicable here: the site runs on this machine only, so https, public links, whether links "
                "answer, and the sender’s DNS are not checked."
            ),
            remedy=_("Nothing to do; in production they are."),
        )
