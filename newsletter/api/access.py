"""Who calls, and what they may: bearer tokens with scopes (RFC 6750), counted per token and per network."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils import timezone
from ninja.security.base import AuthBase

from core.client import client_ip, network
from core.limits import Limit
from newsletter.api.errors import ApiError
from newsletter.audience.api_tokens import Scope, find_token
from newsletter.models import ApiToken

REQUESTS = Limit(name="api-requests", amount=600, every=timedelta(minutes=1))
#: Of one network. Nobody guesses 256 bits; this keeps a program with an old token from asking all day.
WRONG_TOKENS = Limit(name="api-wrong-tokens", amount=60, every=timedelta(minutes=1))

_GET_ONE = "Send a good token as “Authorization: Bearer rounds_…”. The owner makes them in the admin, under API tokens."


class BearerToken(AuthBase):
    """Lets those in whose token has the scope. Not ninja's HttpBearer, which logs what it does not understand."""

    openapi_type = "http"
    openapi_scheme = "bearer"
    openapi_description = "A token that the owner makes in the admin, such as `rounds_…`."

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self._scope = scope

    def __call__(self, request: HttpRequest) -> ApiToken:
        """The token that calls.

        Raises:
            ApiError: none, no good one, not for this, or too often.
        """
        now = timezone.now()
        kind, _, text = request.headers.get("Authorization", "").partition(" ")
        token = find_token(text.strip(), now=now) if kind.lower() == "bearer" else None
        if token is None:
            raise _unknown(request, now)
        if not REQUESTS.spend(str(token.pk), now=now):
            raise _too_many(REQUESTS, now)
        if self._scope.value not in token.scopes:
            raise ApiError(
                403,
                "not_allowed",
                f"This token may not do that: it lacks the scope {self._scope.value}.",
                "Ask the owner for a token with this scope.",
                WWW_Authenticate=f'Bearer error="insufficient_scope", scope="{self._scope.value}"',
            )
        return token


def _unknown(request: HttpRequest, now: datetime) -> ApiError:
    if not WRONG_TOKENS.spend(network(client_ip(request)), now=now):
        return _too_many(WRONG_TOKENS, now)
    message = "No token came with the request, or one that is wrong, expired or revoked."
    return ApiError(401, "unknown_token", message, _GET_ONE, WWW_Authenticate="Bearer")


def _too_many(limit: Limit, now: datetime) -> ApiError:
    """Windows start at fixed instants: the next one is when it goes on."""
    every = limit.every.total_seconds()
    wait = int(every - now.timestamp() % every) + 1
    message = f"More than {limit.amount} requests within {every:.0f} seconds."
    return ApiError(429, "too_many", message, f"Go on in {wait} seconds.", Retry_After=str(wait))
