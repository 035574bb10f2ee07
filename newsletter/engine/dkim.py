"""Signing messages with DKIM (RFC 6376): RSA with SHA-256, and Ed25519 (RFC 8463). Pure.

Canonicalisation is relaxed/relaxed: relays may fold headers anew and change white space. The body of every recipient
differs, so every message is hashed whole; all else is prepared once.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from newsletter.engine.addresses import AddressError, normalise

#: What is signed, where it is there. RFC 8058 section 4 wants both headers of one-click unsubscribing among it.
SIGNED = (
    b"from",
    b"to",
    b"reply-to",
    b"subject",
    b"date",
    b"message-id",
    b"list-id",
    b"list-unsubscribe",
    b"list-unsubscribe-post",
    b"feedback-id",
    b"mime-version",
    b"content-type",
    b"content-transfer-encoding",
)
#: Named once more than they occur: nobody can add one without breaking the signature (RFC 6376 section 8.15).
SEALED = frozenset({b"from", b"reply-to", b"subject"})

#: RFC 8301 section 3.2.
_LEAST_RSA_BITS = 2048
_SELECTOR = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*", re.I)
_SPACES = re.compile(rb"  +")
_LINE = 72
_PADDING, _HASH = PKCS1v15(), SHA256()


class DkimError(ValueError):
    """It can't be signed. The text names the option and the remedy, and holds nothing of the key."""


class Record(NamedTuple):
    """What the domain's owner publishes in the DNS: a TXT record. The name has no dot at its end."""

    name: str
    text: str


class Signer:
    """Signs for one domain, with one key or with two of different kinds. May be used by any number of threads."""

    def __init__(
        self,
        *,
        domain: str,
        selector: str,
        private_key_pem: bytes | str,
        second_selector: str = "",
        second_private_key_pem: bytes | str = b"",
    ) -> None:
        """Read the keys.

        Args:
            domain: whose record is looked up; the sender's, or a domain above it (DMARC).
            selector: names the record: `<selector>._domainkey.<domain>`.
            private_key_pem: RSA of 2048 bits or more, or Ed25519; PKCS #8 or PKCS #1, without a passphrase.
            second_selector, second_private_key_pem: one more signature, for receivers that know Ed25519 and those that
                don't.

        Raises:
            DkimError: an option is missing or wrong.
        """
        self.domain = _domain(domain)
        keys = [_Key(self.domain, selector, private_key_pem, prefix="")]
        if second_selector or second_private_key_pem:
            keys.append(_Key(self.domain, second_selector, second_private_key_pem, prefix="second_"))
            if keys[0].algorithm == keys[1].algorithm:
                raise DkimError("second_private_key_pem: both keys are of one kind. Use one RSA and one Ed25519 key.")
            if keys[0].record.name == keys[1].record.name:
                raise DkimError("second_selector: both keys have the same selector. Give each its own.")
        self._keys = tuple(keys)

    @property
    def records(self) -> tuple[Record, ...]:
        """To be published before the first message goes out."""
        return tuple(key.record for key in self._keys)

    def sign(self, content: bytes, timestamp: int) -> bytes:
        """The header lines to put before `content`: one signature for each key, folded, each line ended by CRLF.

        Args:
            content: a message with CRLF line ends, as its reader gets it (before dots are doubled).
            timestamp: seconds since 1970.

        Raises:
            DkimError: the message has no From.
        """
        head, _, body = content.partition(b"\r\n\r\n")
        names, canonical = _headers(head)
        body_hash = base64.b64encode(hashlib.sha256(relaxed_body(body)).digest())
        return b"".join([key.sign(names, canonical, body_hash, b"%d" % timestamp) for key in self._keys])


class _Key:
    """One key, and what all of its signatures share."""

    def __init__(self, domain: str, selector: str, pem: bytes | str, *, prefix: str) -> None:
        if not _SELECTOR.fullmatch(selector):
            raise DkimError(
                f"{prefix}selector: {selector[:60]!r} is none. Use letters, digits and hyphens, such as rounds2026."
            )
        self._key = _private_key(pem, option=f"{prefix}private_key_pem")
        self.algorithm = "rsa" if isinstance(self._key, RSAPrivateKey) else "ed25519"
        self.record = Record(f"{selector}._domainkey.{domain}", f"v=DKIM1; k={self.algorithm}; p={self._public()}")
        self._begin = f"v=1; a={self.algorithm}-sha256; c=relaxed/relaxed; d={domain};\r\n s={selector}; t=".encode()

    def sign(self, names: bytes, canonical: bytes, body_hash: bytes, timestamp: bytes) -> bytes:
        """One header field, for header fields that are canonical already."""
        value = b"".join((self._begin, timestamp, b";\r\n h=", names, b";\r\n bh=", body_hash, b";\r\n b="))
        # All that relaxing changes in this field is its folds: they are ours, each a CRLF before one space.
        signed = b"".join((canonical, b"dkim-signature:", value.replace(b"\r\n", b"")))
        if isinstance(self._key, Ed25519PrivateKey):
            signature = self._key.sign(hashlib.sha256(signed).digest())  # RFC 8463 section 3: the digest is signed
        else:
            signature = self._key.sign(signed, _PADDING, _HASH)
        written = base64.b64encode(signature)
        folded = b"\r\n ".join([written[start : start + _LINE] for start in range(0, len(written), _LINE)])
        return b"".join((b"DKIM-Signature: ", value, folded, b"\r\n"))

    def _public(self) -> str:
        public = self._key.public_key()
        if isinstance(self._key, Ed25519PrivateKey):
            written = public.public_bytes(Encoding.Raw, PublicFormat.Raw)  # RFC 8463 section 4.2: the bare 32 bytes
        else:
            written = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(written).decode("ascii")


def relaxed_body(body: bytes) -> bytes:
    """A body as RFC 6376 section 3.4.4 hashes it; no step looks at single bytes in Python."""
    body = _one_space(body)
    if b" \r\n" in body:
        body = body.replace(b" \r\n", b"\r\n")
    body = body.removesuffix(b" ")
    end = len(body)
    while body.endswith(b"\r\n", 0, end):
        end -= 2
    if end == 0:
        return b""
    return body if end == len(body) - 2 else body[:end] + b"\r\n"


def _headers(head: bytes) -> tuple[bytes, bytes]:
    """The list of signed names as it is written, and the signed fields as RFC 6376 section 3.4.2 hashes them."""
    unfolded = _one_space(head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" "))
    fields: dict[bytes, list[bytes]] = {}
    for line in unfolded.split(b"\r\n"):
        name, _, value = line.partition(b":")
        fields.setdefault(name.rstrip(b" ").lower(), []).append(value.strip(b" "))
    if b"from" not in fields:
        raise DkimError("The message has no From, which every signature must cover (RFC 6376 section 5.4).")
    names: list[bytes] = []
    canonical: list[bytes] = []
    for name in SIGNED:
        values = fields.get(name, [])
        names += [name] * (len(values) + (name in SEALED))
        canonical += [b"%s:%s\r\n" % (name, value) for value in reversed(values)]  # section 5.4.2: the last is first
    return _fold(names), b"".join(canonical)


def _fold(names: list[bytes]) -> bytes:
    lines, line = [], b""
    for name in names:
        if line and len(line) + len(name) > _LINE - 4:
            lines.append(line + b":")
            line = name
        else:
            line = line + b":" + name if line else name
    return b"\r\n ".join([*lines, line])


def _one_space(text: bytes) -> bytes:
    """Each run of spaces and tabs as one space."""
    if b"\t" in text:
        text = text.replace(b"\t", b" ")
    return _SPACES.sub(b" ", text)


def _domain(domain: str) -> str:
    try:
        return normalise(f"anybody@{domain}").partition("@")[2]
    except AddressError:
        raise DkimError(
            f"domain: {domain[:60]!r} is no domain. Use the one of the sender's address, such as example.org."
        ) from None


def _private_key(pem: bytes | str, *, option: str) -> RSAPrivateKey | Ed25519PrivateKey:
    if not pem.strip():
        raise DkimError(f"{option}: the key is missing. Make one: openssl genrsa -out dkim.pem 2048")
    try:
        key = load_pem_private_key(pem.encode() if isinstance(pem, str) else pem, password=None)
    except TypeError:
        raise DkimError(
            f"{option}: the key has a passphrase. Take it off: openssl pkey -in dkim.pem -out plain.pem"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise DkimError(
            f"{option}: this is no private key in PEM, which begins with -----BEGIN PRIVATE KEY-----."
            " Make one: openssl genrsa -out dkim.pem 2048"
        ) from None
    if isinstance(key, Ed25519PrivateKey):
        return key
    if not isinstance(key, RSAPrivateKey):
        raise DkimError(f"{option}: DKIM knows RSA and Ed25519 keys only. Make one: openssl genrsa -out dkim.pem 2048")
    if key.key_size < _LEAST_RSA_BITS:
        raise DkimError(
            f"{option}: {key.key_size} bits are too few for RSA; receivers want {_LEAST_RSA_BITS}."
            " Make a new key: openssl genrsa -out dkim.pem 2048"
        )
    return key
