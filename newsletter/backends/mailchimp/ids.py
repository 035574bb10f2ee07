"""What may stand in an address of Mailchimp's: ids, hashes, data centres. Anything else is sent nowhere.

The official client puts ids into the path unescaped, and lets a key choose the host.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from newsletter.backends.mailchimp.errors import InvalidIdError, KeyRefusedError

_ID = re.compile(r"[0-9A-Za-z]{1,32}")
_HASH = re.compile(r"[0-9a-f]{32}")
_KEY = re.compile(r"([0-9a-f]{32})-(us[0-9]{1,3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyParts:
    """What may be shown of a key: where it leads, and its end."""

    data_centre: str
    hint: str


def read_key(key: str) -> KeyParts:
    """Take a key apart.

    Raises:
        KeyRefusedError: it can't be one. The text does not repeat it.
    """
    found = _KEY.fullmatch(key.strip())
    if found is None:
        raise KeyRefusedError(
            "This is no key of Mailchimp’s: it has 32 digits and letters from a to f, a hyphen and the data centre, "
            "such as -us21. Copy it whole from Account > Extras > API keys."
        )
    return KeyParts(data_centre=found[2], hint=found[1][-4:])


def checked_id(given: object) -> str:
    """An id of a list, campaign, batch, webhook or segment, as the path may hold it.

    Raises:
        InvalidIdError: it has other characters than letters and digits, or is too long.
    """
    text = str(given)
    if not _ID.fullmatch(text):
        raise InvalidIdError("Mailchimp has no such id: ids are letters and digits only. Nothing was asked.")
    return text


def checked_hash(given: str) -> str:
    """The name of a member in the path.

    Raises:
        InvalidIdError: it is no MD5 hash in lower case.
    """
    if not _HASH.fullmatch(given):
        raise InvalidIdError("Mailchimp knows members by an MD5 hash; this is none. Nothing was asked.")
    return given


def member_hash(address: str) -> str:
    """By which Mailchimp knows an address: MD5 of it in lower case. It hides nothing, it only names."""
    return hashlib.md5(address.lower().encode(), usedforsecurity=False).hexdigest()
