"""Previewing an issue in Wagtail's panel: what a mail program would decode from the very bytes that go out."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletter.issues.errors import IssueError
from newsletter.issues.render import compile_issue
from newsletter.issues.sample import sample
from newsletter.models import Issue, Newsletter

if TYPE_CHECKING:
    from email.message import EmailMessage

    from django.http import HttpRequest, HttpResponse

#: The preview is a document of ours around the mail's own, which runs in a frame that allows nothing.
POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src * data:; frame-src 'self'; frame-ancestors 'self'; "
    "base-uri 'none'; form-action 'none'"
)
PHONE_WIDTH = 375


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One mail as a mail program shows it."""

    sender: str
    subject: str
    html: str
    text: str


def serve_preview(issue: Issue, request: HttpRequest, mode: str) -> HttpResponse:
    """The answer to Wagtail's preview request. An issue that can't be compiled yet says what it lacks."""
    context: dict[str, object] = {"issue": issue, "mode": mode, "phone_width": PHONE_WIDTH}
    try:
        context["mail"] = decoded(bytes_of(complete(issue), request))
    except IssueError as error:
        context["problem"] = str(error)
    response = render(request, "newsletter/admin/preview.html", context)
    response.headers["Content-Security-Policy"] = POLICY
    return response


def complete(issue: Issue) -> Issue:
    """The issue with stand-ins for a newsletter not chosen and a subject not written yet, so that its body can be seen.

    Raises:
        IssueError: there is no newsletter at all.
    """
    if issue.newsletter_id is None:
        stand_in = Newsletter.objects.first()
        if stand_in is None:
            raise IssueError(_("There is no newsletter yet. Create one first, then choose it here."))
        issue.newsletter = stand_in
    if not issue.subject.strip():
        issue.subject = _("(no subject yet)")
    return issue


def bytes_of(issue: Issue, request: HttpRequest) -> bytes:
    """The message as the person who looks would get it."""
    message = compile_issue(issue, seed=secrets.token_bytes(16)).message
    address = getattr(request.user, "email", "")
    return sample(message, date=timezone.now(), address=address) if address else sample(message, date=timezone.now())


def decoded(content: bytes) -> Shown:
    """Read the message with Python's own parser, as any mail program would."""
    message: EmailMessage = message_from_bytes(content, policy=policy.default)  # type: ignore[assignment]
    html, text = message.get_body(("html",)), message.get_body(("plain",))
    return Shown(
        sender=str(message["From"]),
        subject=str(message["Subject"]),
        html=html.get_content() if html else "",
        text=text.get_content() if text else "",
    )
