"""Many copies of one compiled message: the same bytes as `CompiledMessage.splice`, several times as fast."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from newsletter.engine.message import headers, quoted_printable
from newsletter.engine.message.compiled import CompiledMessage, Recipient
from newsletter.engine.message.slots import Hole, Place, Slot

#: A name that stands in a quoted-string, in HTML and in quoted-printable as it is, and needs no second line anywhere.
_EASY_NAME = re.compile(r"[A-EG-Za-z0-9][A-Za-z0-9]*(?: [A-Za-z0-9]+)*")
_EASY_NAME_LENGTH = 30
#: An address in its normal form that is as easy.
_EASY_ADDRESS = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_EASY_ADDRESS_LENGTH = 36

_FIRST_OF_FROM = ord("F")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A personal link: the reader's token between two texts that are the same for everybody."""

    before: str
    after: str

    def of(self, token: str) -> str:
        return f"{self.before}{token}{self.after}"


class Press:
    """Fills the holes of one compiled message.

    What is the same for all recipients is escaped and wrapped once: a link is cut where its token begins and ends. Only
    values that can change the line breaks around them go the long way.
    """

    def __init__(self, compiled: CompiledMessage, *, unsubscribe: Link, preferences: Link, token_length: int) -> None:
        """Raises MessageError: a link that can't stand in a message."""
        self._compiled = compiled
        self._unsubscribe, self._preferences = unsubscribe, preferences
        links = {Slot.UNSUBSCRIBE_URL: unsubscribe, Slot.PREFERENCES_URL: preferences}
        for link in links.values():
            headers.url(link.of("A" * token_length))
        #: How each kind of hole is filled: with an entry of the list that `_values` makes.
        self._printers = [
            _printer(hole, links[hole.slot], token_length)
            for hole in dict.fromkeys(compiled.holes)
            if hole.slot in links
        ]
        self._order = _order(compiled.holes, list(links))
        self._frame = [b""] * (2 * len(compiled.pieces) - 1)
        self._frame[::2] = compiled.pieces
        self._nameless = quoted_printable.encode_line(compiled.nameless) + quoted_printable.SOFT_BREAK
        self._nameless_html = (
            quoted_printable.encode_line(html.escape(compiled.nameless, quote=True)) + quoted_printable.SOFT_BREAK
        )
        self._date: datetime | None = None
        self._dated = b""

    def copy(self, *, address: str, name: str, message_id: str, token: bytes, date: datetime) -> bytes:
        """The whole message for one recipient, byte by byte what `splice` gives.

        Raises:
            MessageError: as `CompiledMessage.splice` does.
        """
        if not self._is_easy(address, name):
            return self._long_way(address=address, name=name, message_id=message_id, token=token, date=date)
        if date != self._date:
            self._date, self._dated = date, headers.date(date).encode("ascii")
        if name:
            to = f'"{name}" <{address}>'
            shown = shown_html = name.encode("ascii") + quoted_printable.SOFT_BREAK
        else:
            to, shown, shown_html = address, self._nameless, self._nameless_html
        values = [to.encode("ascii"), message_id.encode("ascii"), self._dated, shown, shown_html]
        values += [printer(token) for printer in self._printers]
        parts = self._frame.copy()
        parts[1::2] = self._order(values)
        return b"".join(parts)

    @staticmethod
    def _is_easy(address: str, name: str) -> bool:
        if len(address) > _EASY_ADDRESS_LENGTH or not _EASY_ADDRESS.fullmatch(address):
            return False
        return not name or (len(name) <= _EASY_NAME_LENGTH and _EASY_NAME.fullmatch(name) is not None)

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


def _order(holes: tuple[Hole, ...], links: list[Slot]) -> Callable[[list[bytes]], tuple[bytes, ...]]:
    """Picks the value of each hole from the list of distinct values."""
    fixed = {Slot.TO: 0, Slot.MESSAGE_ID: 1, Slot.DATE: 2}
    printed = [hole for hole in dict.fromkeys(holes) if hole.slot in links]
    places = []
    for hole in holes:
        if hole.slot is Slot.NAME:
            places.append(3 if hole.place is Place.TEXT else 4)
        elif hole.slot in fixed:
            places.append(fixed[hole.slot])
        else:
            places.append(5 + printed.index(hole))
    if len(places) == 1:  # itemgetter gives a bare value then
        (only,) = places
        return lambda values: (values[only],)
    return itemgetter(*places) if places else lambda _values: ()


def _printer(hole: Hole, link: Link, length: int) -> Callable[[bytes], bytes]:
    """A function from a token to the link as it stands in this hole."""
    if hole.place is Place.HEADER:
        before, after = link.before.encode("ascii"), link.after.encode("ascii")
        return lambda token: before + token + after

    def encoded(token: bytes) -> bytes:
        text = link.of(token.decode("ascii"))
        if hole.place is not Place.TEXT:
            text = html.escape(text, quote=True)
        return quoted_printable.encode_line(text) + quoted_printable.SOFT_BREAK

    # Where two tokens differ in every character, their encodings differ just where the token stands.
    one, other = encoded(b"A" * length), encoded(b"B" * length)
    places = [place for place in range(len(one)) if one[place] != other[place]]
    start, end = places[0], places[-1] + 1
    if len(places) != length:
        return encoded
    head, middle, tail = one[:start], one[start:end], one[end:]
    starts_line = start == 0 or head.endswith(quoted_printable.SOFT_BREAK)
    breaks = middle.count(quoted_printable.SOFT_BREAK)
    if breaks == 0:
        return lambda token: encoded(token) if starts_line and token[:1] == b"F" else head + token + tail
    cut = middle.find(quoted_printable.SOFT_BREAK)
    if breaks > 1 or starts_line:
        return encoded

    def broken(token: bytes) -> bytes:
        if token[cut] == _FIRST_OF_FROM:  # "F" never stands first on a line: all that follows it moves
            return encoded(token)
        return head + token[:cut] + quoted_printable.SOFT_BREAK + token[cut:] + tail

    return broken
