"""The page behind the link in a confirmation mail: one button."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from core.client import client_ip
from newsletter.audience.confirm import asked_for, confirm
from newsletter.audience.reader import token_for
from newsletter.audience.wording import version_for, words_of
from newsletter.web.private import token_page


@require_http_methods(["GET", "HEAD", "POST"])
@token_page
def confirm_page(request: HttpRequest, token: str) -> HttpResponse:
    """GET and HEAD change nothing: scanners in mail programs follow every link (security case 6)."""
    now = timezone.now()
    if request.method != "POST":
        # Whoever was signed up by a program or an editor sees here, and only here, what they agree to.
        found = asked_for(token, now=now)
        asked = {"subscription": found, "consent_text": words_of(version_for(found.newsletter))}
        return render(request, "newsletter/web/confirm.html", asked)
    subscription = confirm(token, source="/confirm/", ip=client_ip(request), now=now)
    context = {"subscription": subscription, "token": token_for(subscription)}
    return render(request, "newsletter/web/confirmed.html", context)
