"""Preflight: everything that is checked before an issue may be scheduled."""

from __future__ import annotations

import email
import email.policy
import secrets
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from django.utils import timezone

from core.models import PublicationSettings
from newsletter.engine.message import MessageError, Recipient, Slot, compile_message, markers
from newsletter.issues.checks import (
    checklist,
    content,
    editorial,
    links,
    looked_up,
    markup,
    message,
    pictures,
    service,
    subject,
)
from newsletter.issues.checks.catalogue import is_overridable
from newsletter.issues.checks.examined import Examined
from newsletter.issues.findings import LEVELS, Finding, Level
from newsletter.issues.kept_answers import kept_answers
from newsletter.issues.publication import absolute
from newsletter.issues.render import headers_of, lay_out
from newsletter.issues.sample import ADDRESS
from newsletter.models import PreflightDecision

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from email.message import EmailMessage

    from newsletter.engine.message import Markers
    from newsletter.issues.render import Laid
    from newsletter.models import Issue

RULES = (
    subject.subject,
    content.content,
    content.withdrawn_stories,
    editorial.overdue_stories,
    editorial.unsettled_stories,
    content.leftover_tokens,
    content.unfilled_slots,
    service.fields,
    service.backend,
    service.audience,
    message.sender_address,
    message.postal_address,
    message.unsubscribe_link,
    message.headers,
    message.one_click,
    message.plain_text,
    markup.size,
    markup.stories_too_long,
    pictures.pictures,
    pictures.unreadable_pictures,
    links.links,
    looked_up.link_answers,
    looked_up.sender_records,
    looked_up.spam_score,
    checklist.remote_checklist,
    subject.preview_text,
    subject.hidden_characters,
    editorial.wording_of_the_subject,
    content.stories_sent_before,
    content.recipients,
    pictures.picture_sizes,
    links.link_words,
    markup.mail_programs,
    links.not_checked_here,
)


def preflight(issue: Issue, *, now: datetime | None = None) -> list[Finding]:
    """What stands in the way of sending this version of the issue, blockers first; empty when nothing does.

    It looks at the version it is given, saved or not: pass the one that would go out. It asks nobody: of links, DNS and
    SpamAssassin it knows what was answered lately (`newsletter.issues.lookups`), and says what it doesn't know. A
    blocker that was overridden for this issue has the level of that and its decision.
    """
    return findings_of(examine(issue, now=now or timezone.now()))


def findings_of(seen: Examined) -> list[Finding]:
    """What all rules say of it, in the order in which an editor should read it."""
    found = [finding for rule in RULES for finding in rule(seen)]
    findings = _with_decisions(found, decisions_on(seen.issue))
    return sorted(findings, key=lambda finding: LEVELS.index(Level(finding.level)))


def decisions_on(issue: Issue) -> dict[str, PreflightDecision]:
    """The latest decision for each fingerprint; none on an issue that was never saved."""
    if issue.pk is None:
        return {}
    made = PreflightDecision.objects.filter(issue_id=issue.pk).select_related("user").order_by("made_at", "pk")
    return {decision.fingerprint: decision for decision in made}


def _with_decisions(found: Sequence[Finding], decisions: dict[str, PreflightDecision]) -> list[Finding]:
    """Only what may be overridden ever is, whatever rows there are."""
    return [
        finding.let_pass(decisions[finding.fingerprint])
        if finding.level == Level.BLOCKER and finding.fingerprint in decisions and is_overridable(finding.rule)
        else finding
        for finding in found
    ]


def examine(issue: Issue, *, now: datetime) -> Examined:
    """Lay the issue out as for sending and take the message apart again, as a mail program would."""
    slots = markers(secrets.token_bytes(16))
    laid = lay_out(issue, slots, PublicationSettings.of_default_site())
    recipient = Recipient(
        address=ADDRESS,
        name="",
        message_id="<preflight@example.com>",
        unsubscribe_url=absolute(f"/unsubscribe/{secrets.token_urlsafe(8)}/"),
        preferences_url=absolute(f"/preferences/{secrets.token_urlsafe(8)}/"),
    )
    sent, complaint = _message(issue, laid, slots, recipient, now)
    html, text = _bodies(sent) if sent else _filled(laid, slots, recipient)
    seen = Examined(
        issue=issue,
        publication=PublicationSettings.of_default_site(),
        laid=laid,
        html=html,
        text=text,
        unsubscribe=recipient.unsubscribe_url,
        preferences=recipient.preferences_url,
        message=sent,
        complaint=complaint,
        now=now,
        stem=slots.stem,
    )
    return replace(seen, kept=kept_answers(seen.questions))


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
    values = {
        Slot.UNSUBSCRIBE_URL: recipient.unsubscribe_url,
        Slot.PREFERENCES_URL: recipient.preferences_url,
        Slot.NAME: laid.nameless,
    }
    for hole, marker in slots.names.items():
        value = values.get(hole.slot, "")
        html, text = html.replace(marker, escape(value)), text.replace(marker, value)
    return html, text
