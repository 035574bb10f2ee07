"""The documents in the preview's frames: a mail's HTML under a policy that lets it do nothing."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpResponse
from django.views.generic import View

from core.middleware import media_origin
from newsletter.admin.everywhere.viewing import Viewing
from newsletter.issues.as_seen import in_the_dark
from newsletter.issues.errors import IssueError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

MAIL, DARK, NO_PICTURES = "mail", "dark", "no-pictures"
#: What is done to the HTML before it is shown; the mail itself is shown as it is.
LOOKS: MappingProxyType[str, Callable[[str], str]] = MappingProxyType({MAIL: str, DARK: in_the_dark, NO_PICTURES: str})
#: The sandbox stands here, too: whoever opens the frame's address by itself gets no more than the frame does. No
#: script, no form, no origin, no request but for pictures of this publication.
POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src {pictures}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)


def policy_for(look: str) -> str:
    return POLICY.format(pictures="'none'" if look == NO_PICTURES else f"'self' {_origin()}{media_origin()}")


def _origin() -> str:
    """Where a mail's pictures come from, which need not be where the admin is."""
    parts = urlsplit(settings.BASE_URL)
    return f"{parts.scheme}://{parts.netloc}"


class FrameView(Viewing, View):
    """One look at the mail."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, pk: int, look: str) -> HttpResponse:
        if look not in LOOKS:
            raise Http404
        try:
            response = HttpResponse(LOOKS[look](self.mail.html))
        except IssueError as error:
            response = HttpResponse(str(error), content_type="text/plain; charset=utf-8")
        response.headers["Content-Security-Policy"] = policy_for(look)
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
