"""Rules about the message: its headers, its lines, its plain text, what the law and the big mailboxes ask for."""

from __future__ import annotations

import email
import email.policy
import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from newsletter.engine.message import headers_problems
from newsletter.issues.checks.places import NEWSLETTER, PUBLICATION, SUBJECT, TEMPLATES
from newsletter.issues.findings import Finding, Level
from newsletter.issues.publication import is_loopback
from newsletter.issues.render import StoryPart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborNode

    from newsletter.issues.checks.examined import Examined

#: Share of the HTML's words that the plain text may do without, such as "Read on" and what pictures are called.
_MAY_DIFFER = 0.1
#: In a short mail these are many of its words already.
_FEW = 12
_HIDES = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_NOT_ONE_LINE = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


def sender_address(seen: Examined) -> Iterator[Finding]:
    if not seen.issue.newsletter.sender(seen.publication)[1]:
        yield Finding(
            rule="sender",
            level=Level.BLOCKER,
            text=_("There is no address that the mail could come from."),
            remedy=_("Fill in the sender address of the newsletter, or of the publication under Settings."),
            place=NEWSLETTER,
        )


def headers(seen: Examined) -> Iterator[Finding]:
    """The finished message, read back as a receiving server would."""
    if seen.complaint:
        if seen.issue.subject.strip() and seen.issue.newsletter.sender(seen.publication)[1]:  # they have own rules
            remedy = _("Put it right in the form of the issue or of its newsletter.")
            place = SUBJECT if _NOT_ONE_LINE.search(seen.issue.subject) else NEWSLETTER
            yield Finding(rule="headers", level=Level.BLOCKER, text=seen.complaint, remedy=remedy, place=place)
        return
    if problems := headers_problems(seen.message):
        yield Finding(
            rule="headers",
            level=Level.BLOCKER,
            text=_("The message is malformed: %(problems)s") % {"problems": " ".join(dict.fromkeys(problems))},
            remedy=_("Check the subject and the sender's name for odd characters."),
            place=SUBJECT,
        )


def one_click(seen: Examined) -> Iterator[Finding]:
    """RFC 8058 section 3.1, as Gmail and Yahoo ask of bulk senders. A service that mails it writes its own headers."""
    if seen.abilities.holds_audience:
        return
    parsed = email.message_from_bytes(seen.message, policy=email.policy.compat32)
    exact = (
        is_loopback() or seen.unsubscribe.startswith("https://"),
        parsed.get_all("List-Unsubscribe", []) == [f"<{seen.unsubscribe}>"],
        parsed.get_all("List-Unsubscribe-Post", []) == ["List-Unsubscribe=One-Click"],
    )
    if seen.message and not all(exact):
        yield Finding(
            rule="list-unsubscribe",
            level=Level.BLOCKER,
            text=_("The headers for unsubscribing with one click are missing or malformed."),
            remedy=_(
                "BASE_URL has to begin with https://. If it does, this is a fault of the program: tell its makers."
            ),
            place=TEMPLATES,
        )


def unsubscribe_link(seen: Examined) -> Iterator[Finding]:
    links = [node for node in seen.tree.css("a") if node.attributes.get("href") == seen.unsubscribe]
    linked = any(node.text(strip=True) and _is_shown(node) for node in links)
    if not linked or seen.unsubscribe not in seen.text:
        yield Finding(
            rule="unsubscribe-link",
            level=Level.BLOCKER,
            text=_("The mail lacks a visible link for unsubscribing."),
            remedy=_("Put it back into the foot of both mail templates."),
            place=TEMPLATES,
        )


def _is_shown(node: LexborNode | None) -> bool:
    """Neither it nor what it stands in is hidden by its own style."""
    while node is not None:
        if "hidden" in node.attributes or _HIDES.search(node.attributes.get("style") or ""):
            return False
        node = node.parent
    return True


def postal_address(seen: Examined) -> Iterator[Finding]:
    """CAN-SPAM, 15 U.S.C. 7704(a)(5)(A)(iii)."""
    address = seen.publication.postal_address.split()
    if not address:
        yield Finding(
            rule="postal-address",
            level=Level.BLOCKER,
            text=_("The publication's postal address is missing; the law asks for it in every mail."),
            remedy=_("Fill it in under Settings, Publication."),
            place=PUBLICATION,
        )
    elif any(" ".join(address) not in " ".join(text.split()) for text in (seen.visible_text, seen.text)):
        yield Finding(
            rule="postal-address",
            level=Level.BLOCKER,
            text=_("The postal address does not stand in both versions of the mail."),
            remedy=_("Put it back into the foot of both mail templates."),
            place=TEMPLATES,
        )


def plain_text(seen: Examined) -> Iterator[Finding]:
    """Readers of the plain text get every story, every link, and nine of ten words."""
    said = " ".join(seen.text.split())
    stories = [part for part in seen.laid.parts if isinstance(part, StoryPart)]
    missing = [part.title for part in stories if part.url not in said or part.title not in said]
    if missing or not said:
        yield _lacking(_("The plain text lacks what the mail shows: %(titles)s.") % {"titles": ", ".join(missing)})
        return
    if links := [url for url in seen.links if url.startswith("http") and url not in said]:
        yield _lacking(_("The plain text lacks a link that the mail has: %(url)s") % {"url": links[0][:80]})
    shown = _words(seen.visible_text) - _words(seen.issue.preview_text)
    if len(shown - _words(seen.text)) > max(_FEW, _MAY_DIFFER * len(shown)):
        yield _lacking(_("The plain text says something else than the mail: many of its words are missing."))


def _lacking(text: str) -> Finding:
    return Finding(
        rule="plain-text",
        level=Level.BLOCKER,
        text=text,
        remedy=_("Put it back into the plain-text templates."),
        place=TEMPLATES,
    )


def _words(text: str) -> set[str]:
    return {word.casefold() for word in re.findall(r"[^\W\d_]{4,}", text)}
