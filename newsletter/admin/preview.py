"""Previewing an issue in Wagtail's panel: what a mail program would decode from the very bytes that go out."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletter.issues.as_seen import GMAIL_CLIPS, decoded, in_the_dark
from newsletter.issues.errors import IssueError
from newsletter.issues.render import compile_issue
from newsletter.issues.sample import sample
from newsletter.models import Issue, Newsletter

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

#: The preview is a document of ours around the mail's own, which runs in a frame that allows nothing.
POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src {pictures}; frame-src 'self'; "
    "frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)
PHONE_WIDTH = 375
DARK, NO_PICTURES = "dark", "no-pictures"


def serve_preview(issue: Issue, request: HttpRequest, mode: str) -> HttpResponse:
    """The answer to Wagtail's preview request. An issue that can't be compiled yet says what it lacks."""
    context: dict[str, object] = {"issue": issue, "mode": mode, "phone_width": PHONE_WIDTH, "clips": GMAIL_CLIPS}
    try:
        mail = decoded(bytes_of(complete(issue), request))
        context |= {"mail": mail, "html": in_the_dark(mail.html) if mode == DARK else mail.html}
    except IssueError as error:
        context["problem"] = str(error)
    response = render(request, "newsletter/admin/preview.html", context)
    response.headers["Content-Security-Policy"] = POLICY.format(pictures="'none'" if mode == NO_PICTURES else "* data:")
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
