"""Tokens in links: sealed numbers that say what their bearer may do. Never an address, never a session."""

import base64
import binascii
import hashlib
import hmac
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

KEY_ID_BYTES = 4
TAG_BYTES = 16

_ONE = struct.Struct(">Q")
_TWO = struct.Struct(">QQ")
_THREE = struct.Struct(">QQQ")


class TokenError(Exception):
    """Altered, made for another purpose or with a key that is gone. Says nothing about which one."""


class ExpiredTokenError(TokenError):
    """Genuine, but its time is over: its bearer may be told so, and what to do."""


class Purpose(StrEnum):
    """What a token is for. It goes into the seal, so that a token of one purpose never opens as another."""

    CONFIRM = "confirm"  #: turns a pending subscription into a confirmed one; short-lived
    READER = "reader"  #: serves the links of one delivery: unsubscribe, preferences; never expires
    BOUNCE = "bounce"  #: the return path of one delivery
    MESSAGE_ID = "message-id"  #: names one delivery; never opened again


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of a site, newest first: the first one seals, all of them open.

    Keys are taken off the ring only when links of old mails may die: a reader token has no expiry of its own.
    """

    keys: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if not self.keys:
            raise ValueError("a key ring needs at least one key")

    @classmethod
    def of(cls, secrets: Sequence[str]) -> "KeyRing":
        """A ring of keys derived from secrets of any length (32 bytes each)."""
        return cls(
            tuple(hashlib.blake2b(secret.encode(), digest_size=32, person=b"rounds key").digest() for secret in secrets)
        )

    def named(self) -> Iterator[tuple[str, bytes]]:
        """Each key with its id (8 hex digits), newest first: what keyed hashes are stored and looked up under."""
        for key in self.keys:
            yield key_id(key).hex(), key


@lru_cache(maxsize=64)  # every token asks for it; a site has a handful of keys
def key_id(key: bytes) -> bytes:
    """Four bytes that tell which key sealed a token and say nothing about the key."""
    return hashlib.blake2b(key=key, digest_size=KEY_ID_BYTES, person=b"rounds key id").digest()


def seal(payload: bytes, *, purpose: Purpose, ring: KeyRing, tag_bytes: int = TAG_BYTES) -> bytes:
    """Key id, tag, hidden payload; the same payload always gives the same bytes.

    The tag authenticates the payload and is the nonce that hides it (a synthetic IV, as in RFC 5297, here with keyed
    BLAKE2b of RFC 7693): a reader can't count other readers from the numbers in a link.
    """
    key = ring.keys[0]
    tag = _tag(payload, purpose=purpose, key=key, tag_bytes=tag_bytes)
    return key_id(key) + tag + _hide(payload, tag=tag, key=key)


def unseal(sealed: bytes, *, purpose: Purpose, ring: KeyRing, tag_bytes: int = TAG_BYTES) -> bytes:
    """The payload that `seal` was given.

    Raises:
        TokenError: not sealed by a key of this ring for this purpose.
    """
    name, rest = sealed[:KEY_ID_BYTES], sealed[KEY_ID_BYTES:]
    tag, hidden = rest[:tag_bytes], rest[tag_bytes:]
    for key in ring.keys:
        if hidden and key_id(key) == name:
            payload = _hide(hidden, tag=tag, key=key)
            if hmac.compare_digest(tag, _tag(payload, purpose=purpose, key=key, tag_bytes=tag_bytes)):
                return payload
    raise TokenError("This link is not valid.")


def confirm_token(subscription_id: int, *, expires_at: datetime, ring: KeyRing) -> str:
    """The token behind the button that confirms a subscription until `expires_at` (aware)."""
    payload = _TWO.pack(subscription_id, int(expires_at.timestamp()))
    return _to_text(seal(payload, purpose=Purpose.CONFIRM, ring=ring))


def read_confirm_token(token: str, *, now: datetime, ring: KeyRing) -> int:
    """The id of the subscription to confirm.

    Raises:
        ExpiredTokenError: `now` is not before its expiry.
        TokenError: altered, or for another purpose.
    """
    subscription_id, expires_at = _read(token, _TWO, purpose=Purpose.CONFIRM, ring=ring)
    if now.timestamp() >= expires_at:
        raise ExpiredTokenError("This link has expired.")
    return subscription_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderClaim:
    """Whose links these are. `delivery_id` is 0 when they did not come with a campaign."""

    delivery_id: int
    subscriber_id: int
    newsletter_id: int


def reader_token(claim: ReaderClaim, *, ring: KeyRing) -> str:
    """One token for all links of a delivery: unsubscribe, frequency, topics. It never expires."""
    payload = _THREE.pack(claim.delivery_id, claim.subscriber_id, claim.newsletter_id)
    return _to_text(seal(payload, purpose=Purpose.READER, ring=ring))


def read_reader_token(token: str, *, ring: KeyRing) -> ReaderClaim:
    """Whom the token stands for.

    Raises:
        TokenError: altered, or for another purpose.
    """
    delivery_id, subscriber_id, newsletter_id = _read(token, _THREE, purpose=Purpose.READER, ring=ring)
    return ReaderClaim(delivery_id=delivery_id, subscriber_id=subscriber_id, newsletter_id=newsletter_id)


def _read(token: str, shape: struct.Struct, *, purpose: Purpose, ring: KeyRing) -> tuple[int, ...]:
    sealed = _from_text(token)
    if len(sealed) != KEY_ID_BYTES + TAG_BYTES + shape.size:
        raise TokenError("This link is not valid.")
    return shape.unpack(unseal(sealed, purpose=purpose, ring=ring))


def _tag(payload: bytes, *, purpose: Purpose, key: bytes, tag_bytes: int) -> bytes:
    return hashlib.blake2b(payload, key=key, digest_size=tag_bytes, person=purpose.encode()).digest()


def _hide(payload: bytes, *, tag: bytes, key: bytes) -> bytes:
    """XOR with a stream that only this key and tag give; its own inverse."""
    stream = hashlib.blake2b(tag, key=key, digest_size=len(payload), person=b"rounds hide").digest()
    return (int.from_bytes(payload, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(payload), "big")


def _to_text(sealed: bytes) -> str:
    """Base64 for URLs without padding (RFC 4648 section 5)."""
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode("ascii")


def _from_text(token: str) -> bytes:
    try:
        given = token.encode("ascii")
        sealed = base64.b64decode(given + b"=" * (-len(given) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise TokenError("This link is not valid.") from None
    if _to_text(sealed) != token:  # the unused bits of the last character: one token has one spelling
        raise TokenError("This link is not valid.")
    return sealed
