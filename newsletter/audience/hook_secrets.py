"""The secrets that sign outgoing webhooks: made here, kept sealed, shown once."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from newsletter.engine.hook_signature import SECRET_BYTES, written
from newsletter.models import HookEndpoint
from newsletter.models.keys import key_ring

#: How long the secret before the last one still signs beside it, for the receiver to be changed.
BOTH_SIGN = timedelta(hours=24)


class SecretLostError(Exception):
    """It was sealed with a key that is gone: SECRET_KEY was changed without keeping the old one as a fallback."""


def give_secret(endpoint: HookEndpoint, *, now: datetime) -> str:
    """Make a new secret for the endpoint, which the caller saves; the one before signs beside it for a day.

    Returns:
        The secret in writing, for showing it once.
    """
    secret = secrets.token_bytes(SECRET_BYTES)
    try:
        before = _unseal(endpoint)[:1] if endpoint.sealed_secret else []
    except SecretLostError:
        before = []
    endpoint.sealed_secret = _fernet().encrypt(secret + b"".join(before))
    endpoint.secret_rolled_at = now if before else None
    return written(secret)


def secrets_of(endpoint: HookEndpoint, *, now: datetime) -> list[bytes]:
    """What signs now, the newest first.

    Raises:
        SecretLostError: give the endpoint a new one.
    """
    newest, *before = _unseal(endpoint)
    rolled = endpoint.secret_rolled_at
    return [newest, *before] if rolled and now < rolled + BOTH_SIGN else [newest]


def reseal_all() -> int:
    """Seal all secrets with the newest key, so that an old one can leave SECRET_KEY_FALLBACKS; returns how many.

    Raises:
        SecretLostError: the key of one of them is gone already; nothing was changed.
    """
    endpoints = list(HookEndpoint.objects.all())
    for endpoint in endpoints:
        endpoint.sealed_secret = _fernet().encrypt(b"".join(_unseal(endpoint)))
    HookEndpoint.objects.bulk_update(endpoints, ["sealed_secret"])
    return len(endpoints)


def _unseal(endpoint: HookEndpoint) -> list[bytes]:
    try:
        joined = _fernet().decrypt(bytes(endpoint.sealed_secret))
    except InvalidToken:
        raise SecretLostError("its secret can't be read: SECRET_KEY was changed") from None
    return [joined[start : start + SECRET_BYTES] for start in range(0, len(joined), SECRET_BYTES)]


def _fernet() -> MultiFernet:
    """A key of its own from each key of the ring: the first seals, all of them open."""
    keys = (hashlib.blake2b(key=key, digest_size=32, person=b"rounds hooks").digest() for key in key_ring().keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])
