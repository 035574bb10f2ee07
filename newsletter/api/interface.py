"""The API itself: its operations gathered from their modules, its errors in one shape, its description."""

from __future__ import annotations

import logging

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from newsletter.api import newsletters, readers, sign_ups
from newsletter.api.errors import ApiError, invalid, not_found
from newsletter.engine.addresses import AddressError
from newsletter.engine.time_zones import TimeZoneError

logger = logging.getLogger(__name__)

DESCRIPTION = """\
Sign readers up, look after them, and read what was sent. Every request carries a token, which the owner makes in the
admin and which is good for chosen scopes only. Signing up always ends in a mail that the reader has to confirm.\
"""

api = NinjaAPI(
    title="Rounds",
    version="1",
    description=DESCRIPTION,
    urls_namespace="newsletter_api",
    docs_url=None,
    openapi_url=None,
    servers=[{"url": settings.BASE_URL}],
)
api.add_router("", sign_ups.router, tags=["Signing up"])
api.add_router("", readers.router, tags=["Readers"])
api.add_router("", newsletters.router, tags=["Newsletters and issues"])


@api.exception_handler(ApiError)
def _ours(request: HttpRequest, error: ApiError) -> HttpResponse:
    return error.response()


@api.exception_handler(ValidationError)
def _not_valid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Each field and what is wrong with it; never its value, which may be an address."""
    problems = [f"{'.'.join(str(part) for part in found['loc'][1:])}: {found['msg']}" for found in error.errors]
    return invalid("; ".join(problems[:10])[:1000]).response()


@api.exception_handler(AddressError)
@api.exception_handler(TimeZoneError)
def _not_usable(request: HttpRequest, error: Exception) -> HttpResponse:
    return invalid(str(error)).response()


@api.exception_handler(Http404)
def _nowhere(request: HttpRequest, error: Http404) -> HttpResponse:
    return not_found("thing").response()


@api.exception_handler(HttpError)
def _not_json(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Ninja's own, of which 400 for a body that is no JSON is the only one left."""
    message = "The request could not be read: its body is no JSON."
    return ApiError(error.status_code, "unreadable", message, "Send one JSON object.").response()


@api.exception_handler(Exception)
def _our_fault(request: HttpRequest, error: Exception) -> HttpResponse:
    """The log says what; the program only that it was not its own."""
    logger.error("the API failed at %s %s", request.method, request.path, exc_info=error)
    message = "Something went wrong here. It is not your request's fault."
    return ApiError(500, "failed", message, "Try again later; if it stays so, tell the publication.").response()
