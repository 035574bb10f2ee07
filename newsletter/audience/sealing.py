"""Secrets that have to be read again, sealed with the site's keys: those of webhooks, and Mailchimp's."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from newsletter.models.keys import key_ring


class SecretLostError(Exception):
    """It was sealed with a key that is gone: SECRET_KEY was changed without keeping the old one as a fallback."""


def seal(secret: bytes, *, purpose: bytes) -> bytes:
    """Only `unseal` with the same purpose (at most 16 bytes) reads it again."""
    return _box(purpose).encrypt(secret)


def unseal(sealed: bytes | memoryview, *, purpose: bytes) -> bytes:
    """What was sealed, with whichever key of the ring.

    Raises:
        SecretLostError: no key of the ring opens it.
    """
    try:
        return _box(purpose).decrypt(bytes(sealed))
    except InvalidToken:
        raise SecretLostError("its secret can't be read: SECRET_KEY was changed") from None


def _box(purpose: bytes) -> MultiFernet:
    """A key of its own from each key of the ring: the first seals, all of them open."""
    keys = (hashlib.blake2b(key=key, digest_size=32, person=purpose).digest() for key in key_ring().keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])
