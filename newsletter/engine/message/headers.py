"""Header fields (RFC 5322): values that are safe to stand on a line, folded at 78, in ASCII by RFC 2047."""

import base64
import binascii
import re
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from newsletter.engine.addresses import AddressError, normalise
from newsletter.engine.message.errors import MessageError

MAX_URL = 900  #: keeps a header line under the 998 bytes of RFC 5322 section 2.1.1

_LINE = 76  #: a line that holds an encoded word (RFC 2047 section 2); others may have 78
_LONGEST_WORD = 75  #: an encoded word whole (same section)
_AROUND_WORD = len("=?utf-8?b??=")
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
    used = len("Subject: ")
    if _is_plain(text) and max(map(len, words)) <= _LINE - used:
        return _fold(words, used=used)
    return _fold(_encoded_words(text, used=used), used=used)


def mailbox(name: str, address: str, *, what: str, field_name: str = "To") -> str:
    """`"Name" <address>`, the name as a quoted-string or in encoded words; folded (RFC 5322 section 3.4).

    Args:
        what: whose address it is, for the text of an error.
        field_name: what stands before it on its line.

    Raises:
        MessageError: a control character in the name, or an address that is not in normal form.
    """
    if not _ADDRESS.fullmatch(address) or len(address) > 254:
        raise MessageError(f"{what} is not an address that mail can be sent to.")
    return _named(one_line(name, what=what), address, used=len(field_name) + 2)


def sender(name: str, address: str, *, what: str, field_name: str) -> str:
    """A mailbox of our own, its address as an editor typed it.

    Raises:
        MessageError: not an address, or a control character in the name.
    """
    try:
        return mailbox(name, normalise(address), what=what, field_name=field_name)
    except AddressError as error:
        raise MessageError(f"{what}: {error}") from None


def list_id(name: str, identifier: str) -> str:
    """`"Name" <list.domain>` (RFC 2919 section 2)."""
    if not _LIST_ID.fullmatch(identifier) or len(identifier) > 255:
        raise MessageError("The list's identifier must look like a host name, as in rounds.example.com.")
    named = _named(one_line(name, what="The name of the list"), identifier, used=len("List-Id: "))
    return named if name.strip() else f"<{named}>"


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


def _named(name: str, bare: str, *, used: int) -> str:
    """`name <bare>`, or `bare` alone where there is no name."""
    shown = " ".join(name.split())  # parsers take a run of white space in a phrase for one space, or drop it
    return _fold([*_phrase(shown, used=used), f"<{bare}>"], used=used) if shown else bare


def _phrase(name: str, *, used: int) -> list[str]:
    if _is_plain(name):
        quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        if len(quoted) <= _LONGEST_QUOTED:
            return [quoted]
    return _encoded_words(name, used=used)


def _encoded_words(text: str, *, used: int) -> list[str]:
    """RFC 2047 section 4.1: base64 in words that fit their lines, the first one behind `used` characters."""
    words = []
    room = _bytes_in(min(_LONGEST_WORD, _LINE - used))
    if text and len(content := text.encode()) <= room:  # most names
        return [f"=?utf-8?b?{binascii.b2a_base64(content, newline=False).decode('ascii')}?="]
    while text:
        count = _characters_in(text, room)
        words.append(f"=?utf-8?b?{base64.b64encode(text[:count].encode()).decode('ascii')}?=")
        text = text[count:]
        room = _bytes_in(_LINE - len(" "))
    return words


def _bytes_in(room: int) -> int:
    return (room - _AROUND_WORD) // 4 * 3


def _characters_in(text: str, room: int) -> int:
    """How many characters of `text` go into a word of `room` bytes: whole ones (section 5), up to a space if need be.

    A cut behind a space is the harmless one: Python before 3.13.2 reads a space between two words of a name, against
    section 6.2 (python/cpython#128110).
    """
    count = size = 0
    for character in text:
        size += len(character.encode())
        if size > room:
            return text.rfind(" ", 0, count) + 1 or count
        count += 1
    return count


def _fold(words: list[str], *, used: int) -> str:
    """Words joined by spaces, broken before a word that would pass the end of its line."""
    folded, used = words[0], used + len(words[0])
    for word in words[1:]:
        if used + 1 + len(word) > _LINE:
            folded, used = f"{folded}\r\n {word}", 1 + len(word)
        else:
            folded, used = f"{folded} {word}", used + 1 + len(word)
    return folded
