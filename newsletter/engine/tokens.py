"""Tokens in links: sealed numbers that say what their bearer may do. Never an address, never a session."""

import base64
import binascii
import hashlib
import hmac
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from functools import lru_cache

KEY_ID_BYTES = 4
TAG_BYTES = 16

#: What a database takes for a key.
_LARGEST = 2**63 - 1

#: Base64 for URLs without padding (RFC 4648 section 5).
_URL_SAFE = bytes.maketrans(b"+/", b"-_")

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
    MAILBOX = "mailbox"  #: proves a mailbox: change of address, export, erasure; short-lived
    ADDRESS = "address"  #: says yes to a change of address, for one of its two ends; short-lived
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


class Sealer:
    """Seals payloads of one length for one purpose: what depends on the key alone is computed once.

    The tag authenticates the payload and is the nonce that hides it (a synthetic IV, as in RFC 5297, here with keyed
    BLAKE2b of RFC 7693): a reader can't count other readers from the numbers in a link.
    """

    def __init__(self, *, purpose: Purpose, key: bytes, size: int, tag_bytes: int = TAG_BYTES) -> None:
        self._key_id = key_id(key)
        self._tagger = _tagger(purpose=purpose, key=key, tag_bytes=tag_bytes)
        self._hider = _hider(key=key, size=size)
        self._size = size

    def seal(self, payload: bytes) -> bytes:
        """Key id, tag, hidden payload; the same payload always gives the same bytes."""
        tagger = self._tagger.copy()
        tagger.update(payload)
        tag = tagger.digest()
        hider = self._hider.copy()
        hider.update(tag)
        hidden = int.from_bytes(payload, "big") ^ int.from_bytes(hider.digest(), "big")
        return self._key_id + tag + hidden.to_bytes(self._size, "big")


def seal(payload: bytes, *, purpose: Purpose, ring: KeyRing, tag_bytes: int = TAG_BYTES) -> bytes:
    """As `Sealer.seal`, with the newest key of the ring."""
    return _sealer(purpose, ring.keys[0], len(payload), tag_bytes).seal(payload)


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
    _check_time(expires_at, now)
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


class ReaderTokens:
    """Makes the tokens of many deliveries of one newsletter: the same as `reader_token`, several times as fast."""

    #: Characters of each of them.
    LENGTH = len(base64.b64encode(bytes(KEY_ID_BYTES + TAG_BYTES + _THREE.size)).rstrip(b"="))

    def __init__(self, newsletter_id: int, *, ring: KeyRing) -> None:
        self._newsletter_id = newsletter_id
        self._seal = Sealer(purpose=Purpose.READER, key=ring.keys[0], size=_THREE.size).seal

    def token(self, delivery_id: int, subscriber_id: int) -> bytes:
        sealed = self._seal(_THREE.pack(delivery_id, subscriber_id, self._newsletter_id))
        return binascii.b2a_base64(sealed, newline=False).translate(_URL_SAFE, b"=")


def read_reader_token(token: str, *, ring: KeyRing) -> ReaderClaim:
    """Whom the token stands for.

    Raises:
        TokenError: altered, or for another purpose.
    """
    delivery_id, subscriber_id, newsletter_id = _read(token, _THREE, purpose=Purpose.READER, ring=ring)
    return ReaderClaim(delivery_id=delivery_id, subscriber_id=subscriber_id, newsletter_id=newsletter_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxClaim:
    """Whose mailbox the link was sent to. `fingerprint` stands for the address it was sent to."""

    subscriber_id: int
    fingerprint: int

    def proves(self, address: str) -> bool:
        """Whether it was sent to this address (in its normal form): a reader who moved has left the old mailbox."""
        return self.fingerprint == _fingerprint(address)


def mailbox_token(subscriber_id: int, address: str, *, expires_at: datetime, ring: KeyRing) -> str:
    """The token of a link that is mailed to `address` (in its normal form) and works until `expires_at` (aware)."""
    payload = _THREE.pack(subscriber_id, _fingerprint(address), int(expires_at.timestamp()))
    return _to_text(seal(payload, purpose=Purpose.MAILBOX, ring=ring))


def read_mailbox_token(token: str, *, now: datetime, ring: KeyRing) -> MailboxClaim:
    """Whose mailbox its bearer can read.

    Raises:
        ExpiredTokenError: `now` is not before its expiry.
        TokenError: altered, or for another purpose.
    """
    subscriber_id, fingerprint, expires_at = _read(token, _THREE, purpose=Purpose.MAILBOX, ring=ring)
    _check_time(expires_at, now)
    return MailboxClaim(subscriber_id=subscriber_id, fingerprint=fingerprint)


class End(IntEnum):
    """The two mailboxes of a change of address."""

    OLD = 0
    NEW = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressClaim:
    """Which change of address, and which of its mailboxes the link was sent to."""

    change_id: int
    end: End


def address_token(claim: AddressClaim, *, expires_at: datetime, ring: KeyRing) -> str:
    """The token of the link that one end of a change of address gets; works until `expires_at` (aware)."""
    payload = _THREE.pack(claim.change_id, claim.end, int(expires_at.timestamp()))
    return _to_text(seal(payload, purpose=Purpose.ADDRESS, ring=ring))


def read_address_token(token: str, *, now: datetime, ring: KeyRing) -> AddressClaim:
    """Which end of which change its bearer may answer for.

    Raises:
        ExpiredTokenError: `now` is not before its expiry.
        TokenError: altered, or for another purpose.
    """
    change_id, end, expires_at = _read(token, _THREE, purpose=Purpose.ADDRESS, ring=ring)
    _check_time(expires_at, now)
    if end not in {known.value for known in End}:
        raise TokenError("This link is not valid.")
    return AddressClaim(change_id=change_id, end=End(end))


def _fingerprint(address: str) -> int:
    """Sixty-three bits that tell addresses apart; they stand inside the seal, where nobody reads them."""
    digest = hashlib.blake2b(address.encode(), digest_size=8, person=b"rounds mailbox").digest()
    return int.from_bytes(digest, "big") & _LARGEST


def _check_time(expires_at: int, now: datetime) -> None:
    if now.timestamp() >= expires_at:
        raise ExpiredTokenError("This link has expired.")


def _read(token: str, shape: struct.Struct, *, purpose: Purpose, ring: KeyRing) -> tuple[int, ...]:
    sealed = _from_text(token)
    if len(sealed) != KEY_ID_BYTES + TAG_BYTES + shape.size:
        raise TokenError("This link is not valid.")
    numbers: tuple[int, ...] = shape.unpack(unseal(sealed, purpose=purpose, ring=ring))
    if max(numbers) > _LARGEST:
        raise TokenError("This link is not valid.")
    return numbers


@lru_cache(maxsize=64)  # purposes times keys times lengths: a handful
def _sealer(purpose: Purpose, key: bytes, size: int, tag_bytes: int) -> Sealer:
    return Sealer(purpose=purpose, key=key, size=size, tag_bytes=tag_bytes)


def _tagger(*, purpose: Purpose, key: bytes, tag_bytes: int) -> hashlib.blake2b:
    return hashlib.blake2b(key=key, digest_size=tag_bytes, person=purpose.encode())


def _hider(*, key: bytes, size: int) -> hashlib.blake2b:
    """Its digest is a stream that only this key and the tag give."""
    return hashlib.blake2b(key=key, digest_size=size, person=b"rounds hide")


def _tag(payload: bytes, *, purpose: Purpose, key: bytes, tag_bytes: int) -> bytes:
    tagger = _tagger(purpose=purpose, key=key, tag_bytes=tag_bytes)
    tagger.update(payload)
    return tagger.digest()


def _hide(payload: bytes, *, tag: bytes, key: bytes) -> bytes:
    """XOR with the stream; its own inverse."""
    hider = _hider(key=key, size=len(payload))
    hider.update(tag)
    return (int.from_bytes(payload, "big") ^ int.from_bytes(hider.digest(), "big")).to_bytes(len(payload), "big")


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
