"""The received messages: a Maildir whose file names say when and for whom, so that a list opens no file."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

KEY = re.compile(r"(?P<time>[0-9]{20})-[0-9a-f]{8}-(?P<recipient>[0-9a-f]{16})")


class NoSuchMessageError(Exception):
    """The key is malformed, or its message was deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What the SMTP conversation said: one recipient, as in a mailbox of its own. A bounce has no sender."""

    sender: str
    recipient: str


def recipient_mark(address: str) -> str:
    """The part of a key that stands for a recipient."""
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()[:16]


def received_at(key: str) -> datetime:
    """When the message with this key came."""
    return datetime.fromtimestamp(int(key[:20]) / 1e9, tz=UTC)


@dataclass(frozen=True, slots=True)
class Inbox:
    """One Maildir. `folder` is made on first use."""

    folder: Path

    def add(self, envelope: Envelope, content: bytes) -> str:
        """Keep a message with its envelope written on top, and return its key.

        Written beside and renamed, as Maildir asks: a reader never sees half a message.
        """
        for name in ("tmp", "new", "cur"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        key = f"{time.time_ns():020d}-{secrets.token_hex(4)}-{recipient_mark(envelope.recipient)}"
        head = f"Return-Path: <{envelope.sender}>\r\nDelivered-To: {envelope.recipient}\r\n"
        written = self.folder / "tmp" / key
        written.write_bytes(head.encode(errors="surrogateescape") + content)
        written.rename(self.folder / "new" / key)
        return key

    def keys(self, recipient: str = "") -> list[str]:
        """Newest first; only those to `recipient` where one is given."""
        wanted = recipient_mark(recipient) if recipient else ""
        keys = (path.name for path in self._files())
        found = (key for key in keys if (match := KEY.fullmatch(key)) and wanted in {"", match["recipient"]})
        return sorted(found, reverse=True)

    def read(self, key: str) -> bytes:
        """The message as it was received, under its envelope.

        Raises:
            NoSuchMessageError: no such key. Only the shape that `add` gives is ever looked for on the disk.
        """
        if not KEY.fullmatch(key):
            raise NoSuchMessageError(key)
        try:
            return (self.folder / "new" / key).read_bytes()
        except FileNotFoundError:
            raise NoSuchMessageError(key) from None

    def clear(self) -> int:
        """Delete all messages; how many there were. One that arrives meanwhile stays."""
        files = list(self._files())
        for path in files:
            path.unlink(missing_ok=True)
        return len(files)

    def _files(self) -> Iterable[Path]:
        new = self.folder / "new"
        return new.iterdir() if new.is_dir() else ()
