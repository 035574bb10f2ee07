"""Pages behind a token: kept out of caches, search engines and other sites' logs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from newsletter.engine.tokens import ExpiredTokenError, TokenError

View = Callable[..., HttpResponse]


def token_page(view: View) -> View:
    """For a view with a `token` in its address.

    A token that does not open is answered with 404, an expired one with 410 and what to do. CSRF protection would add
    nothing: these views act for the token alone, never for a session, and whoever can forge the request has the token;
    without it they need no cookie, which RFC 8058 asks for.
    """

    @csrf_exempt
    @wraps(view)
    def wrapped(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, token, **kwargs)
        except ExpiredTokenError:
            page = request.resolver_match.url_name if request.resolver_match else ""
            response = render(request, "newsletter/web/expired.html", {"page": page}, status=410)
        except TokenError:
            response = render(request, "newsletter/web/unknown_link.html", status=404)
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex"
        return response

    return wrapped
