"""Tokens of other programs: made here, kept as hashes, shown once, good for what they were made for."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from newsletter.models import ApiToken

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

#: Says whose it is when one turns up in a log or a repository, for people and for scanners.
PREFIX = "rounds_"
_BYTES = 32
_HINT = 12
#: `last_used_at` is written at most this often: a busy program would otherwise write with every request.
NOTED_EVERY = timedelta(minutes=1)


class Scope(StrEnum):
    """What a token may do."""

    READ_READERS = "readers:read"
    WRITE_READERS = "readers:write"
    ERASE_READERS = "readers:erase"
    READ_NEWSLETTERS = "newsletters:read"
    READ_ISSUES = "issues:read"


SCOPES = MappingProxyType(
    {
        Scope.READ_NEWSLETTERS: _("List the newsletters."),
        Scope.READ_ISSUES: _("List the issues that were sent, and read them."),
        Scope.WRITE_READERS: _(
            "Sign readers up (each has to confirm by mail), change what they read, and unsubscribe them."
        ),
        Scope.READ_READERS: _("See readers with their addresses. Personal data: only for a program that needs it."),
        Scope.ERASE_READERS: _("Erase readers for good. It can't be undone."),
    }
)


def make_token(
    *,
    name: str,
    scopes: Collection[Scope],
    expires_at: datetime | None = None,
    by: AbstractBaseUser | None = None,
    now: datetime,
) -> tuple[ApiToken, str]:
    """A new token, and its text: the only time that anybody sees it."""
    text = PREFIX + secrets.token_urlsafe(_BYTES)
    token = ApiToken.objects.create(
        name=name,
        digest=_digest(text),
        hint=text[:_HINT],
        scopes=[scope.value for scope in SCOPES if scope in scopes],
        expires_at=expires_at,
        created_by_id=by.pk if by else None,
        created_at=now,
    )
    return token, text


def find_token(text: str, *, now: datetime) -> ApiToken | None:
    """The token of this text, if it is good now; notes that it was used.

    A hash of 256 random bits needs no salt and no slow function, and finding it by an index gives no timing away: who
    doesn't know the text can't choose its hash.
    """
    token = good_tokens(now).filter(digest=_digest(text)).first()
    if token is not None and (token.last_used_at is None or token.last_used_at <= now - NOTED_EVERY):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def good_tokens(now: datetime) -> QuerySet[ApiToken]:
    """Neither revoked nor expired."""
    return ApiToken.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)


def revoke(token: ApiToken, *, now: datetime) -> bool:
    """From now on it opens nothing; False when it was revoked before."""
    return bool(ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
