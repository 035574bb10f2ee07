"""`/r/<campaign>/<number>`: sends a reader on to a stored address, and counts that.

An address is answered by a middleware, before sessions, logins and forms are looked at: a click needs none of them,
and thousands come at once when an issue goes out. What it doesn't know goes on to the view, which says so kindly.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.encoding import iri_to_uri
from django.views.decorators.http import require_safe

from newsletter.web.clicks.counting import Click, tally
from newsletter.web.clicks.links import Known, find
from newsletter.web.clicks.programs import is_program
from newsletter.web.clicks.visitors import visitor_of

ADDRESS = re.compile(r"/r/([1-9][0-9]{0,17})/([1-9][0-9]{0,4})")
#: Nothing of it is kept, and the page it leads to does not hear where the reader came from.
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


class CountedLinkMiddleware:
    """Answers the links that campaigns gave out: with an address that is stored, never with one it is asked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = ADDRESS.fullmatch(request.path_info)
        if asked and request.method in {"GET", "HEAD"}:
            campaign_id, number = int(asked[1]), int(asked[2])
            if link := find(campaign_id, number):
                tally.add(_click(request, campaign_id, link))
                return HttpResponse(status=302, headers={"Location": iri_to_uri(link.url), **HEADERS})
        return self.get_response(request)


@require_safe
def unknown(request: HttpRequest, rest: str) -> HttpResponse:
    """An address that nobody gave out, or one that a mail program broke."""
    response = render(request, "newsletter/web/unknown_counted_link.html", status=404)
    for name, value in HEADERS.items():
        response[name] = value
    return response


def _click(request: HttpRequest, campaign_id: int, link: Known) -> Click:
    headers = request.headers
    purpose = f"{headers.get('Purpose', '')} {headers.get('Sec-Purpose', '')} {headers.get('X-Purpose', '')}"
    return Click(
        campaign_id,
        link,
        visitor_of(request),
        time.time(),
        request.method == "HEAD"
        or "prefetch" in purpose.casefold()
        or "preview" in purpose.casefold()
        or is_program(headers.get("User-Agent", "")),
    )
