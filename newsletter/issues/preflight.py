"""Preflight: everything that is checked before an issue may be scheduled."""

from __future__ import annotations

import email
import email.policy
import secrets
from html import escape
from typing import TYPE_CHECKING

from django.utils import timezone

from core.models import PublicationSettings
from newsletter.engine.message import MessageError, Recipient, Slot, compile_message, markers
from newsletter.issues.checks import content, editorial, markup, message
from newsletter.issues.checks.examined import Examined
from newsletter.issues.findings import Finding, Level
from newsletter.issues.publication import absolute
from newsletter.issues.render import headers_of, lay_out
from newsletter.issues.sample import ADDRESS

if TYPE_CHECKING:
    from datetime import datetime
    from email.message import EmailMessage

    from newsletter.engine.message import Markers
    from newsletter.issues.render import Laid
    from newsletter.models import Issue

RULES = (
    content.subject,
    content.content,
    content.withdrawn_stories,
    editorial.overdue_stories,
    editorial.unsettled_stories,
    content.leftover_tokens,
    message.sender_address,
    message.postal_address,
    message.unsubscribe_link,
    message.headers,
    message.one_click,
    message.plain_text,
    markup.size,
    markup.stories_too_long,
    markup.pictures,
    markup.unreadable_pictures,
    markup.links,
    content.preview_text,
    editorial.wording_of_the_subject,
    content.stories_sent_before,
    content.recipients,
    markup.picture_sizes,
    markup.link_words,
    markup.not_checked_here,
)
_ORDER = [Level.BLOCKER, Level.WARNING, Level.NOT_HERE]


def preflight(issue: Issue, *, now: datetime | None = None) -> list[Finding]:
    """What stands in the way of sending this version of the issue, blockers first; empty when nothing does.

    It looks at the version it is given, saved or not: pass the one that would go out.
    """
    seen = examine(issue, now=now or timezone.now())
    findings = [finding for rule in RULES for finding in rule(seen)]
    return sorted(findings, key=lambda finding: _ORDER.index(Level(finding.level)))


def examine(issue: Issue, *, now: datetime) -> Examined:
    """Lay the issue out as for sending and take the message apart again, as a mail program would."""
    slots = markers(secrets.token_bytes(16))
    laid = lay_out(issue, slots, PublicationSettings.of_default_site())
    recipient = Recipient(
        address=ADDRESS,
        name="",
        message_id="<preflight@example.com>",
        unsubscribe_url=absolute(f"/unsubscribe/{secrets.token_urlsafe(8)}/"),
        preferences_url=absolute("/preferences/"),
    )
    sent, complaint = _message(issue, laid, slots, recipient, now)
    html, text = _bodies(sent) if sent else _filled(laid, slots, recipient)
    return Examined(
        issue=issue,
        publication=PublicationSettings.of_default_site(),
        laid=laid,
        html=html,
        text=text,
        unsubscribe=recipient.unsubscribe_url,
        message=sent,
        complaint=complaint,
        now=now,
    )


def _message(issue: Issue, laid: Laid, slots: Markers, recipient: Recipient, now: datetime) -> tuple[bytes, str]:
    """The message and no complaint, or nothing and why it can't be made."""
    try:
        headers = headers_of(issue, PublicationSettings.of_default_site())
        compiled = compile_message(
            headers=headers, html=laid.html, text=laid.text, markers=slots, nameless=laid.nameless
        )
        return compiled.splice(recipient, date=now), ""
    except MessageError as error:
        return b"", str(error)


def _bodies(sent: bytes) -> tuple[str, str]:
    parsed: EmailMessage = email.message_from_bytes(sent, policy=email.policy.default)  # type: ignore[assignment]
    html, text = parsed.get_body(("html",)), parsed.get_body(("plain",))
    return html.get_content() if html else "", text.get_content() if text else ""


def _filled(laid: Laid, slots: Markers, recipient: Recipient) -> tuple[str, str]:
    """The bodies of a mail whose headers can't be written yet: the rest can be looked at all the same."""
    html, text = slots.unmarked(laid.html), slots.unmarked(laid.text)
    for slot, url in (
        (Slot.UNSUBSCRIBE_URL, recipient.unsubscribe_url),
        (Slot.PREFERENCES_URL, recipient.preferences_url),
    ):
        html, text = html.replace(slots.url(slot), url), text.replace(slots.text(slot), url)
    name = escape(laid.nameless)
    return html.replace(slots.html(Slot.NAME), name), text.replace(slots.text(Slot.NAME), laid.nameless)
