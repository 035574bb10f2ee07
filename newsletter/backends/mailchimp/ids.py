"""What may stand in an address of Mailchimp's: ids, hashes, data centres. Anything else is sent nowhere.

The official client puts ids into the path unescaped, and lets a key choose the host.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext as _

from newsletter.backends.mailchimp.errors import InvalidIdError, KeyRefusedError

_ID = re.compile(r"[0-9A-Za-z]{1,32}")
_HASH = re.compile(r"[0-9a-f]{32}")
_KEY = re.compile(r"([0-9a-f]{32})-(us[0-9]{1,3})")
_NOT_IN_A_URL = re.compile(r"[^!-~]|\\")
_USUAL_PORTS = {"http": 80, "https": 443}
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


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
            _(
                "This is no key of Mailchimp’s: it has 32 digits and letters from a to f, a hyphen and the data "
                "centre, such as -us21. Copy it whole from Account & billing > Extras > API keys."
            )
        )
    return KeyParts(data_centre=found[2], hint=found[1][-4:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """Where calls go: one host, whatever a key, an id or an answer says."""

    scheme: str
    host: str
    port: int
    #: What comes before the path of every call; may be empty.
    path: str = ""

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _USUAL_PORTS[self.scheme] else f"{host}:{self.port}"


#: Where Mailchimp keeps the results of batches: in a bucket of its own at Amazon, and since May 2022 at Google, as the
#: makers of its extension for Magento found (mailchimp/mc-magento2, issue 1414). Which bucket there is said nowhere. No
#: key goes to either, and what comes is read as anybody's.
_RESULTS = re.compile(r"mailchimp-api-batch\.s3\.amazonaws\.com|(?:[a-z0-9-]{3,63}\.)?storage\.googleapis\.com")


def base_of(key: KeyParts, api_url: str = "") -> Base:
    """The host of the key’s data centre, or the given one on this machine, for the contract server and the fake.

    Raises:
        InvalidIdError: `api_url` leads to another machine.
    """
    if not api_url:
        return Base(scheme="https", host=f"{key.data_centre}.api.mailchimp.com", port=443, path="/3.0")
    parts = _split(api_url)
    if parts is None or parts.hostname not in _LOOPBACK or parts.query or parts.fragment:
        raise InvalidIdError(
            "MAILCHIMP_API_URL has to be an address of this machine, such as http://127.0.0.1:4010. Leave it out for "
            "Mailchimp itself: the key says where that is."
        )
    return Base(
        scheme=parts.scheme,
        host=parts.hostname,
        port=parts.port or _USUAL_PORTS[parts.scheme],
        path=parts.path.rstrip("/"),
    )


def results_of(url: str, api: Base) -> tuple[Base, str]:
    """Where the results of a batch lie, as host and path: in Mailchimp’s stores, or with the fake at the fake itself.

    Raises:
        InvalidIdError: they are said to lie somewhere else.
    """
    parts = _split(url)
    if parts is not None:
        query = f"?{parts.query}" if parts.query else ""
        base = Base(
            scheme=parts.scheme, host=parts.hostname or "", port=parts.port or _USUAL_PORTS[parts.scheme], path=""
        )
        is_fakes = api.host in _LOOPBACK and (base.scheme, base.host, base.port) == (api.scheme, api.host, api.port)
        is_stores = (base.scheme, base.port) == ("https", 443) and _RESULTS.fullmatch(base.host)
        if is_stores or is_fakes:
            return base, f"{parts.path or '/'}{query}"
    raise InvalidIdError(
        _("Mailchimp says that the results of a batch lie on a host that is not its own. None was asked.")
    )


def _split(url: str) -> SplitResult | None:
    """None for what is no plain address: with a login, other characters, another scheme."""
    if _NOT_IN_A_URL.search(url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    return parts if parts.scheme in _USUAL_PORTS and parts.hostname and "@" not in parts.netloc and port != 0 else None


def checked_id(given: object) -> str:
    """An id of a list, campaign, batch, webhook or segment, as the path may hold it.

    Raises:
        InvalidIdError: it has other characters than letters and digits, or is too long.
    """
    text = str(given)
    if not _ID.fullmatch(text):
        raise InvalidIdError(_("Mailchimp has no such id: ids are letters and digits only. Nothing was asked."))
    return text


def is_hash(given: str) -> bool:
    return bool(_HASH.fullmatch(given))


def checked_hash(given: str) -> str:
    """The name of a member in the path.

    Raises:
        InvalidIdError: it is no MD5 hash in lower case.
    """
    if not is_hash(given):
        raise InvalidIdError(_("Mailchimp knows members by an MD5 hash; this is none. Nothing was asked."))
    return given


def member_hash(address: str) -> str:
    """By which Mailchimp knows an address: MD5 of it in lower case. It hides nothing, it only names."""
    return hashlib.md5(address.lower().encode(), usedforsecurity=False).hexdigest()
