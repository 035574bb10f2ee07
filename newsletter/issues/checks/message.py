"""Rules about the message: its headers, its lines, its plain text, what the law and the big mailboxes ask for."""

from __future__ import annotations

import email
import email.policy
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from newsletter.engine.message import headers_problems
from newsletter.issues.findings import Finding, Level
from newsletter.issues.render import StoryPart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from newsletter.issues.checks.examined import Examined


def sender_address(seen: Examined) -> Iterator[Finding]:
    if not seen.issue.newsletter.sender(seen.publication)[1]:
        yield Finding(
            rule="sender",
            level=Level.BLOCKER,
            text=_("There is no address that the mail could come from."),
            remedy=_("Fill in the sender address of the newsletter, or of the publication under Settings."),
        )


def headers(seen: Examined) -> Iterator[Finding]:
    """The finished message, read back as a receiving server would."""
    if seen.complaint:
        if seen.issue.subject.strip() and seen.issue.newsletter.sender(seen.publication)[1]:  # they have own rules
            remedy = _("Put it right in the form of the issue or of its newsletter.")
            yield Finding(rule="headers", level=Level.BLOCKER, text=seen.complaint, remedy=remedy)
        return
    if problems := headers_problems(seen.message):
        yield Finding(
            rule="headers",
            level=Level.BLOCKER,
            text=_("The message is malformed: %(problems)s") % {"problems": " ".join(dict.fromkeys(problems))},
            remedy=_("Check the subject and the sender's name for odd characters."),
        )


def one_click(seen: Examined) -> Iterator[Finding]:
    """RFC 8058 section 3.1, as Gmail and Yahoo ask of bulk senders."""
    parsed = email.message_from_bytes(seen.message, policy=email.policy.compat32)
    exact = (
        parsed.get_all("List-Unsubscribe", []) == [f"<{seen.unsubscribe}>"],
        parsed.get_all("List-Unsubscribe-Post", []) == ["List-Unsubscribe=One-Click"],
    )
    if seen.message and not all(exact):
        yield Finding(
            rule="list-unsubscribe",
            level=Level.BLOCKER,
            text=_("The headers for unsubscribing with one click are missing or malformed."),
            remedy=_("This is a fault of the program: please tell its makers."),
        )


def unsubscribe_link(seen: Examined) -> Iterator[Finding]:
    linked = any(
        node.attributes.get("href") == seen.unsubscribe and node.text(strip=True) for node in seen.tree.css("a")
    )
    if not linked or seen.unsubscribe not in seen.text:
        yield Finding(
            rule="unsubscribe-link",
            level=Level.BLOCKER,
            text=_("The mail lacks a visible link for unsubscribing."),
            remedy=_("Put it back into the foot of both mail templates."),
        )


def postal_address(seen: Examined) -> Iterator[Finding]:
    """CAN-SPAM, 15 U.S.C. 7704(a)(5)(A)(iii)."""
    address = seen.publication.postal_address.split()
    if not address:
        yield Finding(
            rule="postal-address",
            level=Level.BLOCKER,
            text=_("The publication's postal address is missing; the law asks for it in every mail."),
            remedy=_("Fill it in under Settings, Publication."),
        )
    elif any(" ".join(address) not in " ".join(text.split()) for text in (seen.visible_text, seen.text)):
        yield Finding(
            rule="postal-address",
            level=Level.BLOCKER,
            text=_("The postal address does not stand in both versions of the mail."),
            remedy=_("Put it back into the foot of both mail templates."),
        )


def plain_text(seen: Examined) -> Iterator[Finding]:
    said = " ".join(seen.text.split())
    stories = [part for part in seen.laid.parts if isinstance(part, StoryPart)]
    missing = [part.title for part in stories if part.url not in said or part.title not in said]
    if missing or not said:
        yield Finding(
            rule="plain-text",
            level=Level.BLOCKER,
            text=_("The plain text lacks what the mail shows: %(titles)s.") % {"titles": ", ".join(missing)},
            remedy=_("Put it back into the plain-text templates."),
        )
