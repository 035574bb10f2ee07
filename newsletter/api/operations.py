"""How an operation is declared: which scope it needs, what it answers, and the errors that all of them share."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Schema

from newsletter.api.access import BearerToken
from newsletter.api.errors import Error, invalid
from newsletter.audience.api_tokens import Scope

#: What any request may be answered with.
COMMON = (400, 401, 403, 411, 413, 415, 422, 429)


def check_query(request: HttpRequest, shape: type[Schema]) -> None:
    """A filter that is spelt wrong must not list everybody: ninja drops what it does not know.

    Raises:
        ApiError: something in the query that the operation does not take.
    """
    if request.GET.keys() - shape.model_fields.keys():
        raise invalid(f"the query: it takes {', '.join(shape.model_fields)} and nothing else")


def needs(scope: Scope, *, answers: dict[int, Any], errors: tuple[int, ...] = ()) -> dict[str, Any]:
    """The arguments that say so to ninja's router."""
    return {
        "auth": BearerToken(scope),
        "response": {**answers, **dict.fromkeys(sorted({*COMMON, *errors}), Error)},
        "openapi_extra": {"x-scope": scope.value},
    }
