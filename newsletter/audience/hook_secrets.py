"""The secrets that sign outgoing webhooks: made here, kept sealed, shown once."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from newsletter.audience.sealing import SecretLostError, seal, unseal
from newsletter.engine.hook_signature import SECRET_BYTES, written
from newsletter.models import HookEndpoint

PURPOSE = b"rounds hooks"
#: How long the secret before the last one still signs beside it, for the receiver to be changed.
BOTH_SIGN = timedelta(hours=24)


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
    endpoint.sealed_secret = seal(secret + b"".join(before), purpose=PURPOSE)
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
        endpoint.sealed_secret = seal(b"".join(_unseal(endpoint)), purpose=PURPOSE)
    HookEndpoint.objects.bulk_update(endpoints, ["sealed_secret"])
    return len(endpoints)


def _unseal(endpoint: HookEndpoint) -> list[bytes]:
    joined = unseal(endpoint.sealed_secret, purpose=PURPOSE)
    return [joined[start : start + SECRET_BYTES] for start in range(0, len(joined), SECRET_BYTES)]
