"""Many copies of one compiled message: the same bytes as `CompiledMessage.splice`, several times as fast."""

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import TypeVar

from newsletter.engine.message import headers
from newsletter.engine.message.compiled import CompiledMessage, Recipient
from newsletter.engine.message.quoted_printable import SOFT_BREAK, encode_line
from newsletter.engine.message.slots import Hole, Place, Slot

#: A name that stands in a quoted-string, in HTML and in quoted-printable as it is, and needs no second line anywhere.
_EASY_NAME = re.compile(r"[A-EG-Za-z0-9][A-Za-z0-9]*(?: [A-Za-z0-9]+)*")
_EASY_NAME_LENGTH = 30
#: An address in its normal form that is as easy.
_EASY_ADDRESS = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_EASY_ADDRESS_LENGTH = 36

T = TypeVar("T")

_FIRST_OF_FROM = ord("F")
#: What HTML escapes.
_SPECIAL = re.compile("[&<>\"']")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A personal link: the reader's token between two texts that are the same for everybody."""

    before: str
    after: str

    def of(self, token: str) -> str:
        return f"{self.before}{token}{self.after}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Print:
    """A link as it stands in one hole, around the token; `cut` is where a soft break parts the token, 0 for nowhere."""

    before: bytes
    after: bytes
    cut: int = 0
    starts_line: bool = False


class Press:
    """Fills the holes of one compiled message.

    What is the same for all recipients is escaped, wrapped and put into the static pieces once: a link is parted where
    its token begins and ends. Only a token that would move the line breaks goes the long way.
    """

    def __init__(self, compiled: CompiledMessage, *, unsubscribe: Link, preferences: Link, token_length: int) -> None:
        """Raises MessageError: a link that can't stand in a message."""
        self._compiled = compiled
        self._unsubscribe, self._preferences = unsubscribe, preferences
        links = {Slot.UNSUBSCRIBE_URL: unsubscribe, Slot.PREFERENCES_URL: preferences}
        for link in links.values():
            headers.url(link.of("A" * token_length))
        prints = {hole: _print(hole, links[hole.slot], token_length) for hole in compiled.holes if hole.slot in links}
        #: A link so long that its token is broken more than once, or another oddity, leaves only the long way.
        self._is_printable = None not in prints.values()
        known = {hole: found for hole, found in prints.items() if found is not None}
        self._cuts = sorted({found.cut for found in known.values()} - {0})
        #: The characters of a token that start a line, where an "F" must not stand: all that follows would move.
        self._first_ones = _picker(sorted({*self._cuts, *(0 for found in known.values() if found.starts_line)}))
        self._frame = _frame(compiled, known)
        self._order = _order(compiled.holes, known, self._cuts)
        self._nameless = _shown(compiled.nameless)
        self._date: datetime | None = None
        self._dated = b""

    def copy(self, *, address: str, name: str, message_id: str, token: bytes, date: datetime) -> bytes:
        """The whole message for one recipient, byte by byte what `splice` gives.

        Raises:
            MessageError: as `CompiledMessage.splice` does.
        """
        if not self._is_printable or _FIRST_OF_FROM in self._first_ones(token):
            return self._long_way(address=address, name=name, message_id=message_id, token=token, date=date)
        if date != self._date:
            self._date, self._dated = date, headers.date(date).encode("ascii")
        is_easy = len(address) <= _EASY_ADDRESS_LENGTH and _EASY_ADDRESS.fullmatch(address)
        if is_easy and not name:
            to, (shown, shown_html) = address, self._nameless
        elif is_easy and len(name) <= _EASY_NAME_LENGTH and _EASY_NAME.fullmatch(name):
            to = f'"{name}" <{address}>'
            shown = shown_html = name.encode("ascii") + SOFT_BREAK
        else:
            to = headers.mailbox(name, address, what="The recipient")
            shown, shown_html = _shown(stripped) if (stripped := name.strip()) else self._nameless
        values = [to.encode("ascii"), message_id.encode("ascii"), self._dated, shown, shown_html, token]
        for cut in self._cuts:
            values.append(token[:cut] + SOFT_BREAK + token[cut:])  # noqa: PERF401 - mostly one: this is faster
        parts = self._frame.copy()
        parts[1::2] = self._order(values)
        return b"".join(parts)

    def _long_way(self, *, address: str, name: str, message_id: str, token: bytes, date: datetime) -> bytes:
        text = token.decode("ascii")
        recipient = Recipient(
            address=address,
            name=name,
            message_id=message_id,
            unsubscribe_url=self._unsubscribe.of(text),
            preferences_url=self._preferences.of(text),
        )
        return self._compiled.splice(recipient, date=date)


def _shown(name: str) -> tuple[bytes, bytes]:
    """A name in the text and in the HTML."""
    shown = encode_line(name) + SOFT_BREAK
    if not _SPECIAL.search(name):
        return shown, shown
    return shown, encode_line(html.escape(name, quote=True)) + SOFT_BREAK


def _frame(compiled: CompiledMessage, prints: dict[Hole, _Print]) -> list[bytes]:
    """The static pieces with what stands around the tokens; between each two an empty place."""
    pieces = list(compiled.pieces)
    for number, hole in enumerate(compiled.holes):
        if hole in prints:
            pieces[number] += prints[hole].before
            pieces[number + 1] = prints[hole].after + pieces[number + 1]
    frame = [b""] * (2 * len(pieces) - 1)
    frame[::2] = pieces
    return frame


def _order(
    holes: tuple[Hole, ...], prints: dict[Hole, _Print], cuts: list[int]
) -> Callable[[Sequence[bytes]], tuple[bytes, ...]]:
    """Picks the value of each hole from the list of distinct values that `Press.copy` makes."""
    fixed = {Slot.TO: 0, Slot.MESSAGE_ID: 1, Slot.DATE: 2}
    places = []
    for hole in holes:
        if hole.slot is Slot.NAME:
            places.append(3 if hole.place is Place.TEXT else 4)
        elif hole.slot in fixed:
            places.append(fixed[hole.slot])
        else:
            cut = prints[hole].cut if hole in prints else 0
            places.append(6 + cuts.index(cut) if cut else 5)
    return _picker(places)


def _picker(places: list[int]) -> Callable[[Sequence[T]], tuple[T, ...]]:
    """A function that gives the entries at these places."""
    if len(places) == 1:  # itemgetter gives a bare value then
        (only,) = places
        return lambda values: (values[only],)
    return itemgetter(*places) if places else lambda _values: ()


def _print(hole: Hole, link: Link, length: int) -> _Print | None:
    """None where the token can't be put between two texts with at most one break."""
    if hole.place is Place.HEADER:
        return _Print(before=link.before.encode("ascii"), after=link.after.encode("ascii"))

    def encoded(token: str) -> bytes:
        text = link.of(token)
        if hole.place is not Place.TEXT:
            text = html.escape(text, quote=True)
        return encode_line(text) + SOFT_BREAK

    # Where two tokens differ in every character, their encodings differ just where the token stands.
    one, other = encoded("A" * length), encoded("B" * length)
    places = [place for place in range(len(one)) if one[place] != other[place]]
    if len(places) != length:
        return None
    start, end = places[0], places[-1] + 1
    middle = one[start:end]
    starts_line = start == 0 or one[:start].endswith(SOFT_BREAK)
    breaks = middle.count(SOFT_BREAK)
    if breaks > 1:
        return None
    cut = middle.find(SOFT_BREAK) if breaks else 0
    return _Print(before=one[:start], after=one[end:], cut=cut, starts_line=starts_line)
