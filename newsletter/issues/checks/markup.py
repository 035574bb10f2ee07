"""Rules about the HTML as a whole: its size, and what mail programs make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from newsletter.issues.checks.caniemail import unsupported
from newsletter.issues.checks.places import TEMPLATES
from newsletter.issues.findings import Finding, Level
from newsletter.issues.render import StoryPart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from newsletter.issues.checks.examined import Examined

KB = 1000
WARN_SIZE, MAX_SIZE = 80 * KB, 100 * KB
#: Gmail cuts a mail off near here, and the link for unsubscribing with it: nobody may let that pass.
CLIPPED_SIZE = 102 * KB
MAX_STYLE = 16 * KB


def size(seen: Examined) -> Iterator[Finding]:
    octets = len(seen.html.encode())
    if octets > WARN_SIZE:
        clipped = octets > CLIPPED_SIZE
        yield Finding(
            rule="size-clipped" if clipped else "size",
            level=Level.BLOCKER if octets > MAX_SIZE else Level.WARNING,
            text=(
                _("The mail has %(size)d kB; Gmail cuts it off before the link for unsubscribing.")
                if clipped
                else _("The mail has %(size)d kB; Gmail cuts off what is over 100.")
            )
            % {"size": octets // KB},
            remedy=_("Take some stories or text out, or make two issues of it."),
        )
    styles = sum(len(node.text(deep=True).encode()) for node in seen.tree.css("style"))
    if styles > MAX_STYLE:
        yield Finding(
            rule="style-size",
            level=Level.BLOCKER,
            text=_("The mail's style sheet has %(size)d kB; Gmail ignores one over 16.") % {"size": styles // KB},
            remedy=_("Shorten the style sheet of the mail template."),
            place=TEMPLATES,
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
                place=seen.places.of_story(part.story_id),
            )


def mail_programs(seen: Examined) -> Iterator[Finding]:
    """What the issue adds to what MJML emits, and Gmail, Outlook or Apple Mail do without (caniemail.com)."""
    for feature in unsupported(seen.tree):
        yield Finding(
            rule="mail-programs",
            level=Level.WARNING,
            text=_("%(feature)s is not known to %(programs)s.")
            % {"feature": feature.title, "programs": ", ".join(feature.programs)},
            remedy=_("Look whether the mail can do without it: %(url)s") % {"url": feature.url},
            place=seen.places.holding(feature.example),
        )
