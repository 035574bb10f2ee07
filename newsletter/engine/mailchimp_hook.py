"""What Mailchimp posts to a webhook: whether it is genuine, and what it says. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import parse_qsl

#: What was signed longer ago, or is signed ahead of our clock, may be a replay.
WINDOW = timedelta(minutes=5)
#: An audience with all merge fields and groups that Mailchimp sells stays below.
MOST_FIELDS = 500
_MOST_CHARACTERS = 400

_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[a-z_]{1,40}(?:\[\w{0,60}\]){0,5}", re.ASCII)
_TYPE = re.compile(r"[a-z_]{1,40}", re.ASCII)
#: The fields that are read. None of them holds others.
_READ = frozenset(
    {"type", "fired_at"}
    | {f"data[{name}]" for name in ("id", "list_id", "email", "reason", "action", "new_id", "old_email", "new_email")}
)


class Kind(StrEnum):
    """What happened over there, as Mailchimp names it."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    PROFILE = "profile"
    CLEANED = "cleaned"
    UPEMAIL = "upemail"  #: a contact has another address
    CAMPAIGN = "campaign"


class SignatureError(Exception):
    """Not signed, not by Mailchimp, or too long ago. Says no more, so that nobody learns from it."""


class FormError(Exception):
    """No form as Mailchimp posts it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One event. `kind` is None for one that Mailchimp has added since: nothing is known of it but its name."""

    kind: Kind | None
    type: str
    #: Of the contact or campaign; empty where Mailchimp gives none, as for an address that was cleaned.
    id: str
    list_id: str
    fired_at: datetime
    #: The contact's; of one with another address now, the earlier one. Empty where the event is about nobody.
    address: str = ""
    #: They reported a mail as spam.
    is_abuse: bool = False
    #: The contact was archived or deleted, by somebody who works there.
    is_removal: bool = False

    @property
    def digest(self) -> str:
        """By which a second one is known: Mailchimp posts again what it had no answer to."""
        about = self.id or self.address.lower()
        return hashlib.sha256(f"{self.type}\n{about}\n{self.fired_at.isoformat()}".encode()).hexdigest()


def check_signature(header: str, body: bytes, *, secret: bytes, now: datetime) -> None:
    """`X-Mailchimp-Signature: t=<seconds since 1970>,v1=<hex>`: HMAC-SHA256 over `<t>.<raw body>`.

    Raises:
        SignatureError: any other header, another secret or body, or signed more than five minutes from now.
    """
    parts = [part.strip().partition("=") for part in header[:1000].split(",")]
    stamps = [value for name, _, value in parts if name == "t"]
    given = [value for name, _, value in parts if name == "v1" and _DIGEST.fullmatch(value)]
    if len(stamps) != 1 or not _TIMESTAMP.fullmatch(stamps[0]) or not given:
        raise SignatureError
    expected = hmac.digest(secret, stamps[0].encode() + b"." + body, hashlib.sha256).hex()
    # All of them are compared, whichever fits: while a secret is changed, two may stand there.
    genuine = sum(hmac.compare_digest(expected, value) for value in given)
    if not genuine or abs(now.timestamp() - int(stamps[0])) > WINDOW.total_seconds():
        raise SignatureError


def read_notice(body: bytes) -> Notice:
    """Read the form.

    Raises:
        FormError: too many fields, a field inside one that holds none, one given twice, or one that is missing.
    """
    fields = _fields(body)
    name = fields.get("type", "")
    if not _TYPE.fullmatch(name):
        raise FormError("type")
    kind = next((known for known in Kind if known == name), None)
    moved = kind is Kind.UPEMAIL
    about_nobody = kind in (None, Kind.CAMPAIGN)
    return Notice(
        kind=kind,
        type=name,
        id=fields.get("data[new_id]" if moved else "data[id]", "").strip(),
        list_id=_given(fields, "data[list_id]"),
        fired_at=_instant(fields.get("fired_at", "")),
        address="" if about_nobody else _given(fields, "data[old_email]" if moved else "data[email]"),
        is_abuse=fields.get("data[reason]") == "abuse",
        is_removal=kind is Kind.UNSUBSCRIBE and fields.get("data[action]") == "delete",
    )


def _fields(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=MOST_FIELDS, errors="strict"
        )
    except ValueError:  # UnicodeDecodeError is one
        raise FormError("form") from None
    read: dict[str, str] = {}
    for key, value in pairs:
        if not _KEY.fullmatch(key) or _holds_others(key):
            raise FormError("key")
        if key not in _READ:
            continue
        if key in read or len(value) > _MOST_CHARACTERS or not value.isprintable():
            raise FormError("value")
        read[key] = value
    return read


def _holds_others(key: str) -> bool:
    return any(key.startswith(f"{name}[") for name in _READ)


def _given(fields: Mapping[str, str], name: str) -> str:
    value = fields.get(name, "").strip()
    if not value:
        raise FormError(name)
    return value


def _instant(text: str) -> datetime:
    """`2026-03-26 21:35:57`, in UTC."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        raise FormError("fired_at") from None
