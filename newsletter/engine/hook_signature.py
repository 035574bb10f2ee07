"""Signing outgoing webhooks as Standard Webhooks 1.0 says (standardwebhooks.com, "Signature scheme"). Pure."""

import base64
import hashlib
import hmac
from collections.abc import Sequence

#: A secret in writing: this and the base64 of its bytes.
PREFIX = "whsec_"
#: The specification asks for 24 to 64 bytes.
SECRET_BYTES = 32


def written(secret: bytes) -> str:
    """The secret as a person copies it."""
    return PREFIX + base64.b64encode(secret).decode("ascii")


def signed_headers(event_id: str, timestamp: int, body: bytes, *, secrets: Sequence[bytes]) -> dict[str, str]:
    """The three headers of one attempt.

    Args:
        event_id: the same in every attempt.
        timestamp: of this attempt, in seconds since 1970; receivers refuse what is old.
        secrets: newest first; while a secret is being changed both sign, and the receiver takes either.
    """
    signed = b".".join([event_id.encode(), str(timestamp).encode(), body])
    signatures = [base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode("ascii") for secret in secrets]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
