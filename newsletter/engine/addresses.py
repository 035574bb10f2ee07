"""The one normal form of a mail address, the name beside it, and the keyed hash that outlives both."""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable
from enum import StrEnum

import idna

from core.marks import _

MAX_ADDRESS = 254  #: characters between the angle brackets (RFC 5321 section 4.5.3.1.3, erratum 1690)
MAX_LOCAL_PART = 64  #: RFC 5321 section 4.5.3.1.1
MAX_NAME = 100

_BLOCK = hashlib.sha256().block_size

#: Beyond this nothing is looked at: IDNA and normalisation of a hostile text cost more than its refusal.
_MAX_LOOKED_AT = 1000

_DOT_ATOM = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
#: Escaped wherever it is shown, a name could still carry a link: mail programs make one of a bare address.
_LIKE_MARKUP = re.compile(r"[<>]|://|\bwww\.|\w\.(?:com|net|org|info|biz|xyz|top|shop|site|online|ru|io)\b", re.I)
_TOP_LABEL = re.compile(r"[a-z][a-z0-9-]*")


class Problem(StrEnum):
    """What is wrong, as a sentence for the person who typed it; also the key of its translation."""

    EMPTY = _("Please enter an email address.")
    TOO_LONG = _("This email address is too long. Please check it.")
    UNSEEN_CHARACTER = _("This email address holds a line break or an invisible character. Please type it by hand.")
    ONE_AT = _("An email address has exactly one @, as in name@example.com. Please check it.")
    LOCAL_PART = _("The part before the @ is not one we can write to. Please check it for spaces, commas and dots.")
    QUOTED = _("Addresses with quotation marks before the @ are not supported here. Please use another address.")
    NOT_ASCII = _(
        "Before the @ we can only write to unaccented letters, digits and signs, because many mail servers do not take"
        " others yet (SMTPUTF8). Please use another address."
    )
    DOMAIN = _("The part after the @ is not a domain, as in name@example.com. Please check it.")
    NAME_TOO_LONG = _("This name is too long: 100 characters at most.")
    NAME_LINK = _("Please write the name without web addresses and without < or >.")
    NAME_CONTROL = _("This name holds a line break or an invisible character. Please type it by hand.")


class AddressError(ValueError):
    """No address (or no name) that mail can be sent to. `str()` is the problem's sentence and never holds the input."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


def normalise(address: str) -> str:
    """The one form under which an address is kept, compared and mailed: lower case, ASCII, an IDN as A-labels.

    Case before the @ is folded although RFC 5321 section 2.4 lets a host tell it apart: none that readers use does, and
    two subscriptions of one mailbox would be worse. Idempotent.

    Raises:
        AddressError: no address, or one that we can't write to; the text is kind and says what to do.
    """
    text = address.strip(" \t\u00a0")
    _check_looks(text)
    local_part, domain = text.split("@")
    normal = f"{_local_part(local_part)}@{_domain(domain)}"
    if len(normal) > MAX_ADDRESS:
        raise AddressError(Problem.TOO_LONG)
    return normal


def clean_name(text: str) -> str:
    """A reader's name on one line: NFC, trimmed, at most 100 characters; may be empty.

    Raises:
        AddressError: a line break or another control character (it would reach a header), or too long.
    """
    if len(text) > _MAX_LOOKED_AT:
        raise AddressError(Problem.NAME_TOO_LONG)
    name = unicodedata.normalize("NFC", text.strip(" \t\u00a0"))
    if not all(_may_stand_in_a_name(character) for character in name):
        raise AddressError(Problem.NAME_CONTROL)
    if len(name) > MAX_NAME:
        raise AddressError(Problem.NAME_TOO_LONG)
    return name


def given_name(text: str) -> str:
    """The name that somebody types for themselves, or a stranger for them: `clean_name`, and neither markup nor a link.

    Raises:
        AddressError: as there; or it would have us deliver a link to whoever has the address.
    """
    name = clean_name(text)
    if _LIKE_MARKUP.search(name):
        raise AddressError(Problem.NAME_LINK)
    return name


def keyed_hash(address: str, key: bytes) -> str:
    """HMAC-SHA-256 of an address in its normal form, 64 hex digits: equal ones are found, none can be read back."""
    return hmac.digest(key, address.encode(), hashlib.sha256).hex()


def hasher(key: bytes) -> Callable[[str], str]:
    """`keyed_hash` for very many texts, in half the time: what depends on the key alone is done once (RFC 2104)."""
    whole = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in whole))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in whole))

    def keyed_hash_of(text: str) -> str:
        within, around = inner.copy(), outer.copy()
        within.update(text.encode())
        around.update(within.digest())
        return around.hexdigest()

    return keyed_hash_of


def _check_looks(text: str) -> None:
    if not text:
        raise AddressError(Problem.EMPTY)
    if len(text) > _MAX_LOOKED_AT:
        raise AddressError(Problem.TOO_LONG)
    if any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in text):
        raise AddressError(Problem.UNSEEN_CHARACTER)
    if '"' in text:
        raise AddressError(Problem.QUOTED)
    if text.count("@") != 1:
        raise AddressError(Problem.ONE_AT)


def _local_part(text: str) -> str:
    if not text.isascii():
        raise AddressError(Problem.NOT_ASCII)
    normal = text.lower()
    if len(normal) > MAX_LOCAL_PART:
        raise AddressError(Problem.TOO_LONG)
    if not _DOT_ATOM.fullmatch(normal):
        raise AddressError(Problem.LOCAL_PART)
    return normal


def _domain(text: str) -> str:
    """A-labels by IDNA 2008 after the mapping of UTS 46, which also folds case and full-width forms."""
    if len(text) > MAX_ADDRESS:
        raise AddressError(Problem.TOO_LONG)
    try:
        domain = idna.encode(unicodedata.normalize("NFC", text), uts46=True).decode("ascii").lower()
    except UnicodeError:  # idna.IDNAError is one
        raise AddressError(Problem.DOMAIN) from None
    labels = domain.split(".")
    if len(labels) < 2 or not _TOP_LABEL.fullmatch(labels[-1]):  # a lone host, a trailing dot, an IPv4 address
        raise AddressError(Problem.DOMAIN)
    return domain


def _may_stand_in_a_name(character: str) -> bool:
    # Format characters (Cf) stay: joiners hold emoji and Persian or Indic words together.
    return unicodedata.category(character) not in {"Cc", "Cs", "Zl", "Zp"}
