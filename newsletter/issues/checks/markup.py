"""Rules about the HTML: its size, its pictures, its links."""

from __future__ import annotations

import ipaddress
import re
from collections import defaultdict
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from newsletter.issues.findings import Finding, Level
from newsletter.issues.publication import is_loopback
from newsletter.issues.render import PicturePart, StoryPart, picture, story_of
from newsletter.models.blocks import HEADLINE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborNode

    from newsletter.issues.checks.examined import Examined
    from newsletter.issues.render import Picture

KB = 1000
WARN_SIZE, MAX_SIZE = 80 * KB, 100 * KB  #: Gmail clips near 102 kB
MAX_STYLE = 16 * KB
MAX_PICTURE, MAX_PICTURES = 150 * KB, 800 * KB
#: What Outlook or Gmail doesn't show.
UNSHOWN = {".webp", ".avif", ".svg", ".svgz"}
SHORTENERS = {"bit.ly", "tinyurl.com", "t.co", "goo.gl", "ow.ly", "is.gd", "buff.ly", "rebrand.ly"}
PRIVATE_PATHS = re.compile(r"^/admin(/|$)|/preview/|/draft/", re.I)
EMPTY_WORDS = {"click here", "here", "click", "link", "this link", "more", "read more"}


def size(seen: Examined) -> Iterator[Finding]:
    octets = len(seen.html.encode())
    if octets > WARN_SIZE:
        yield Finding(
            rule="size",
            level=Level.BLOCKER if octets > MAX_SIZE else Level.WARNING,
            text=_("The mail has %(size)d kB; Gmail cuts off what is over 100.") % {"size": octets // KB},
            remedy=_("Take some stories or text out, or make two issues of it."),
        )
    styles = sum(len(node.text(deep=True).encode()) for node in seen.tree.css("style"))
    if styles > MAX_STYLE:
        yield Finding(
            rule="style-size",
            level=Level.BLOCKER,
            text=_("The mail's style sheet has %(size)d kB; Gmail ignores one over 16.") % {"size": styles // KB},
            remedy=_("Shorten the style sheet of the mail template."),
        )


def stories_too_long(seen: Examined) -> Iterator[Finding]:
    for part in seen.laid.parts:
        if isinstance(part, StoryPart) and part.too_long:
            yield Finding(
                rule="story-too-long",
                level=Level.WARNING,
                text=_(
                    "“%(title)s” does not fit in full: the mail would be over 100 kB. It stands there as an excerpt."
                )
                % {"title": part.title},
                remedy=_(
                    "Nothing to do if that is fine; else give it an issue of its own, or shorten what is around it."
                ),
            )


def pictures(seen: Examined) -> Iterator[Finding]:
    for node in seen.tree.css("img"):
        source = node.attributes.get("src") or ""
        for complaint in _complaints_about(node, source):
            yield Finding(
                rule="images",
                level=Level.BLOCKER,
                text=_("The picture %(source)s %(complaint)s.")
                % {"source": PurePosixPath(urlsplit(source).path).name or source[:40], "complaint": complaint},
                remedy=_("Replace the picture, or take it out."),
            )
        if node.parent is not None and node.parent.tag == "a" and not node.attributes.get("alt"):
            yield Finding(
                rule="image-link-alt",
                level=Level.WARNING,
                text=_("A picture that is a link says nothing to readers who can't see it."),
                remedy=_("Describe what the picture shows."),
            )


def _complaints_about(node: LexborNode, source: str) -> Iterator[str]:
    parts = urlsplit(source)
    if "alt" not in node.attributes:
        yield _("has no description for readers who can't see it")
    if not (node.attributes.get("width") or "").isdigit():
        yield _("has no width")
    if parts.scheme == "data" or PurePosixPath(parts.path).suffix.lower() in UNSHOWN:
        yield _("is of a kind that some mail programs don't show")
    elif parts.scheme != "https" and not is_loopback():
        yield _("is not served by https")


def picture_sizes(seen: Examined) -> Iterator[Finding]:
    parts = (part for part in seen.laid.parts if isinstance(part, StoryPart | PicturePart))
    shown = [one for part in parts for one in part.pictures]
    heavy = [one for one in shown if one.size > MAX_PICTURE]
    total = sum(one.size for one in shown)
    for one in heavy:
        yield _heavy(_("A picture has %(size)d kB; over 150 is slow on a phone."), one.size)
    if total > MAX_PICTURES:
        yield _heavy(_("The pictures have %(size)d kB together; over 800 is slow on a phone."), total)


def _heavy(text: str, octets: int) -> Finding:
    return Finding(
        rule="image-size",
        level=Level.WARNING,
        text=text % {"size": octets // KB},
        remedy=_("Choose pictures with fewer details, or fewer pictures."),
    )


def unreadable_pictures(seen: Examined) -> Iterator[Finding]:
    whole = [part.full for part in seen.laid.parts if isinstance(part, StoryPart) and part.full]
    chosen = [name for name, shown in _chosen_pictures(seen) if shown is None]
    for name in [*chosen, *(name for story in whole for name in story.unreadable)]:
        yield Finding(
            rule="image-missing",
            level=Level.BLOCKER,
            text=_("The picture “%(name)s” can't be read, so the mail would go without it.") % {"name": name},
            remedy=_("Upload it again, or choose another one."),
        )


def _chosen_pictures(seen: Examined) -> Iterator[tuple[str, Picture | None]]:
    for block in seen.issue.body:
        story = story_of(block.value) if block.block_type == "story" else None
        shows = block.value.get("show_image") and block.value.get("display") != HEADLINE if story else False
        if story and story.live and shows and story.hero_image:
            yield story.hero_image.title, picture(story.hero_image, "")
        if block.block_type == "image" and block.value["image"]:
            yield block.value["image"].title, picture(block.value["image"], "")


def links(seen: Examined) -> Iterator[Finding]:
    for url in dict.fromkeys(node.attributes.get("href") or "" for node in seen.tree.css("a")):
        if url == seen.unsubscribe:
            continue
        for complaint in _link_complaints(url):
            yield Finding(
                rule="links",
                level=Level.BLOCKER,
                text=_("The link to %(url)s %(complaint)s.") % {"url": url[:80], "complaint": complaint},
                remedy=_("Replace the link, or take it out."),
            )


def _link_complaints(url: str) -> Iterator[str]:
    parts = urlsplit(url)
    own = url.startswith(f"{settings.BASE_URL}/")
    if parts.scheme in {"mailto", "tel"}:
        return
    if not parts.hostname or parts.scheme not in {"http", "https"}:
        yield _("leads nowhere")
        return
    if own and PRIVATE_PATHS.search(parts.path):
        yield _("leads to a page that only editors can open")
    if parts.hostname in SHORTENERS:
        yield _("goes through a link shortener, which spam filters distrust")
    if is_loopback():
        return
    if parts.hostname == "localhost" or _is_address(parts.hostname):
        yield _("names a machine, not a site")
    elif parts.scheme != "https":
        yield _("is not https")


def _is_address(host: str) -> bool:
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
            yield Finding(
                rule="link-words",
                level=Level.WARNING,
                text=_("“%(words)s” does not say where the link leads.") % {"words": words},
                remedy=_("Name in the link what it leads to."),
            )


def not_checked_here(seen: Examined) -> Iterator[Finding]:
    if is_loopback():
        yield Finding(
            rule="public-address",
            level=Level.NOT_HERE,
            text=_(
                "Not applicable here: the site runs on this machine only, so https and public links are not checked."
            ),
            remedy=_("Nothing to do; in production they are."),
        )
