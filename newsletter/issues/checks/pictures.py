"""Rules about the pictures: their kind, their words, their weight."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from newsletter.issues.checks.markup import KB
from newsletter.issues.checks.places import ISSUE, NEWSLETTER
from newsletter.issues.findings import Finding, Level
from newsletter.issues.publication import is_loopback
from newsletter.issues.render import StoryPart, picture
from newsletter.models.blocks import HEADLINE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborNode

    from newsletter.issues.checks.examined import Examined
    from newsletter.issues.findings import Place
    from newsletter.issues.render import Picture

MAX_PICTURE, MAX_PICTURES = 150 * KB, 800 * KB
#: What Outlook or Gmail doesn't show.
UNSHOWN = {".webp", ".avif", ".svg", ".svgz"}


def pictures(seen: Examined) -> Iterator[Finding]:
    for node in seen.tree.css("img"):
        source = node.attributes.get("src") or ""
        name = PurePosixPath(urlsplit(source).path).name or source[:40]
        for complaint in _complaints_about(node, source):
            yield Finding(
                rule="images",
                level=Level.BLOCKER,
                text=_("The picture %(source)s %(complaint)s.") % {"source": name, "complaint": complaint},
                remedy=_("Replace the picture, or take it out."),
                place=seen.places.of_picture(source),
            )
        if node.parent is not None and node.parent.tag == "a" and not node.attributes.get("alt"):
            yield Finding(
                rule="image-link-alt",
                level=Level.WARNING,
                text=_("A picture that is a link says nothing to readers who can't see it."),
                remedy=_("Describe what the picture shows."),
                place=seen.places.of_picture(source),
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
    shown = seen.laid.pictures
    for one in shown:
        if one.size > MAX_PICTURE:
            yield _heavy(_("A picture has %(size)d kB; over 150 is slow on a phone."), one.size, _place(seen, one))
    total = sum(one.size for one in shown)
    if total > MAX_PICTURES:
        yield _heavy(_("The pictures have %(size)d kB together; over 800 is slow on a phone."), total, None)


def _place(seen: Examined, one: Picture) -> Place:
    return seen.places.of_picture(one.url)


def _heavy(text: str, octets: int, place: Place | None) -> Finding:
    return Finding(
        rule="image-size",
        level=Level.WARNING,
        text=text % {"size": octets // KB},
        remedy=_("Choose pictures with fewer details, or fewer pictures."),
        place=place or ISSUE,
    )


def unreadable_pictures(seen: Examined) -> Iterator[Finding]:
    stories = [part for part in seen.laid.parts if isinstance(part, StoryPart) and part.full]
    inside = [
        (name, seen.places.of_story(part.story_id))
        for part in stories
        for name in (part.full.unreadable if part.full else ())
    ]
    chosen = [(name, place) for name, place, shown in _chosen_pictures(seen) if shown is None]
    for name, place in [*_unreadable_logos(seen), *chosen, *inside]:
        yield Finding(
            rule="image-missing",
            level=Level.BLOCKER,
            text=_("The picture “%(name)s” can't be read, so the mail would go without it.") % {"name": name},
            remedy=_("Upload it again, or choose another one."),
            place=place,
        )


def _unreadable_logos(seen: Examined) -> Iterator[tuple[str, Place]]:
    brand, newsletter = seen.laid.context["brand"], seen.issue.newsletter
    dark = newsletter.logo_dark if brand.logo else None  # without the other it is not shown
    for image, shown in ((newsletter.logo, brand.logo), (dark, brand.logo_dark)):
        if image is not None and shown is None:
            yield image.title, NEWSLETTER


def _chosen_pictures(seen: Examined) -> Iterator[tuple[str, Place, Picture | None]]:
    for card in seen.places.cards:
        story, shows = card.story, card.value.get("show_image") and card.value.get("display") != HEADLINE
        if story and story.live and shows and story.hero_image:
            yield story.hero_image.title, card.place, picture(story.hero_image, "")
    for place, block in seen.places.blocks:
        if block.block_type == "image" and block.value["image"]:
            yield block.value["image"].title, place, picture(block.value["image"], "")
