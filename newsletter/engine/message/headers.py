"""Header fields (RFC 5322): values that are safe to stand on a line, folded at 78, in ASCII by RFC 2047."""

import base64
import re
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from newsletter.engine.addresses import AddressError, normalise
from newsletter.engine.message.errors import MessageError

MAX_URL = 900  #: keeps a header line under the 998 bytes of RFC 5322 section 2.1.1

_LINE = 76  #: a line that holds an encoded word (RFC 2047 section 2); others may have 78
_LONGEST_FIELD_NAME = len("Reply-To: ")
_WORD_BYTES = 39  #: of text in one encoded word: `=?utf-8?b?` + 52 + `?=` is 64, fits behind any field name
_LONGEST_QUOTED = 64

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
#: ASCII that comes back as it was from a quoted-string or an unfolded line: single spaces inside only.
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
)
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+>")
_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&'()*+,;=%\[\]-]+")
_LIST_ID = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")
_FEEDBACK_ID = re.compile(r"[A-Za-z0-9._-]+(?::[A-Za-z0-9._-]+){0,3}")


def one_line(text: str, *, what: str) -> str:
    """`text` as it is.

    Raises:
        MessageError: a line break, NUL or other control character in it, which could start a header of its own.
    """
    if _CONTROL.search(text):
        raise MessageError(f"{what} holds a line break or a control character. Please write it on one line.")
    return text


def unstructured(text: str, *, what: str) -> str:
    """The value of a Subject: as it is where it is plain ASCII, otherwise in encoded words; folded."""
    words = one_line(text, what=what).split(" ")
    if _is_plain(text) and max(map(len, words)) <= _LINE - _LONGEST_FIELD_NAME:
        return _fold(words)
    return _fold(_encoded_words(text))


def mailbox(name: str, address: str, *, what: str) -> str:
    """`"Name" <address>`, the name as a quoted-string or in encoded words; folded (RFC 5322 section 3.4).

    Raises:
        MessageError: a control character in the name, or an address that is not in normal form.
    """
    if not _ADDRESS.fullmatch(address) or len(address) > 254:
        raise MessageError(f"{what} is not an address that mail can be sent to.")
    return _fold([*_phrase(one_line(name, what=what)), f"<{address}>"]) if name.strip() else address


def sender(name: str, address: str, *, what: str) -> str:
    """A mailbox of our own, its address as an editor typed it.

    Raises:
        MessageError: not an address, or a control character in the name.
    """
    try:
        return mailbox(name, normalise(address), what=what)
    except AddressError as error:
        raise MessageError(f"{what}: {error}") from None


def list_id(name: str, identifier: str) -> str:
    """`"Name" <list.domain>` (RFC 2919 section 2)."""
    if not _LIST_ID.fullmatch(identifier) or len(identifier) > 255:
        raise MessageError("The list's identifier must look like a host name, as in rounds.example.com.")
    phrase = _phrase(one_line(name, what="The name of the list")) if name.strip() else []
    return _fold([*phrase, f"<{identifier}>"])


def feedback_id(text: str) -> str:
    """Up to four fields between colons, the last one names the sender (Gmail's Feedback-ID); never a person."""
    return _matching(_FEEDBACK_ID, text, "The Feedback-ID", longest=200)


def message_id(text: str) -> str:
    """A Message-ID with its angle brackets (RFC 5322 section 3.6.4)."""
    return _matching(_MESSAGE_ID, text, "The Message-ID", longest=500)


def url(text: str) -> str:
    """An http or https address that needs no escaping in angle brackets or on a line."""
    return _matching(_URL, text, "A personal link", longest=MAX_URL)


@lru_cache(maxsize=16)  # all messages of one second share a date
def date(instant: datetime) -> str:
    """RFC 5322 section 3.3.

    Raises:
        MessageError: a time without a zone.
    """
    if instant.tzinfo is None:
        raise MessageError("The date of a message needs its time zone.")
    return format_datetime(instant)


def field(name: str, value: str) -> bytes:
    """One header field with its line end. `value` comes from a function above: checked, folded, ASCII."""
    return f"{name}: {value}\r\n".encode("ascii")


def _matching(pattern: re.Pattern[str], text: str, what: str, *, longest: int) -> str:
    if len(text) > longest or not pattern.fullmatch(text):
        raise MessageError(f"{what} is malformed or too long.")
    return text


def _is_plain(text: str) -> bool:
    # Mail programs decode "=?...?=" wherever they see it: text that looks so must be encoded to arrive as it is.
    return bool(_PLAIN.fullmatch(text)) and "=?" not in text


def _phrase(name: str) -> list[str]:
    if _is_plain(name):
        quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        if len(quoted) <= _LONGEST_QUOTED:
            return [quoted]
    return _encoded_words(name)


def _encoded_words(text: str) -> list[str]:
    """RFC 2047 section 4.1, cut between characters (section 5: each word holds whole characters)."""
    chunks = [b""]
    for character in text:
        encoded = character.encode()
        if len(chunks[-1]) + len(encoded) > _WORD_BYTES:
            chunks.append(b"")
        chunks[-1] += encoded
    return [f"=?utf-8?b?{base64.b64encode(chunk).decode('ascii')}?=" for chunk in chunks]


def _fold(words: list[str]) -> str:
    """Words joined by spaces, broken before a word that would pass the end of its line."""
    folded, used = words[0], _LONGEST_FIELD_NAME + len(words[0])
    for word in words[1:]:
        if used + 1 + len(word) > _LINE:
            folded, used = f"{folded}\r\n {word}", 1 + len(word)
        else:
            folded, used = f"{folded} {word}", used + 1 + len(word)
    return folded
