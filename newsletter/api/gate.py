"""What holds for every address of the API: no cookie, no cache, small bodies, errors in our shape."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from newsletter.api.errors import ApiError

#: The longest request that makes sense is a reader with all tags and attributes.
MOST_BYTES = 64 * 1024

_UNKNOWN = ApiError(404, "unknown_address", "The API has no such address.", "The reference lists those there are.")

View = Callable[..., HttpResponse]


def gate(view: View) -> View:
    """For each view of the API. A forged cross-site request has no token, and nothing here looks at a cookie."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            _check_body(request)
            response = _answer(view, request, *args, **kwargs)
        except ApiError as error:
            response = error.response()
        except Http404:
            response = _UNKNOWN.response()
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex"
        return response

    return guarded


def unknown(request: HttpRequest) -> HttpResponse:
    """What is no address of the API."""
    raise Http404


def _check_body(request: HttpRequest) -> None:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MOST_BYTES:
        raise ApiError(413, "too_large", f"More than {MOST_BYTES} bytes.", "Send less at once: one reader a request.")
    if request.headers.get("Transfer-Encoding"):
        raise ApiError(411, "length_required", "The length of the request is not known.", "Send Content-Length.")
    if length != "0" and request.content_type != "application/json":
        raise ApiError(415, "not_json", "This is no JSON.", "Send JSON, as Content-Type: application/json.")


def _answer(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    asked = request.method or ""
    if asked == "HEAD":
        request.method = "GET"  # the server leaves the body out
    response = view(request, *args, **kwargs)
    if response.status_code != 405:
        return response
    allowed = {method.strip() for method in response.get("Allow", "").split(",")} | {"OPTIONS"}
    allowed |= {"HEAD"} & {"HEAD" for method in allowed if method == "GET"}
    names = ", ".join(sorted(allowed - {""}))
    if asked == "OPTIONS":
        return HttpResponse(status=204, headers={"Allow": names})
    raise ApiError(405, "wrong_method", f"This address does not take {asked}.", f"It takes {names}.", Allow=names)
