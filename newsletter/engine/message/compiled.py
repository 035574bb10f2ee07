"""The message of a campaign as it is kept and sent: static bytes, and holes that each recipient's values fill."""

import html
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from newsletter.engine.message import headers, quoted_printable
from newsletter.engine.message.errors import MessageError
from newsletter.engine.message.sections import Position, Section, check, cut
from newsletter.engine.message.slots import Hole, Place, Slot

#: The second one has sections; a message without any is written as before, for workers that don't know of them yet.
_VERSIONS = (1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """The values of one recipient. The address is in its normal form; the name may be empty."""

    address: str
    name: str
    message_id: str  #: with angle brackets
    unsubscribe_url: str
    preferences_url: str


_VALUES: MappingProxyType[Slot, Callable[[Recipient, datetime], str]] = MappingProxyType(
    {
        Slot.TO: lambda recipient, _: headers.mailbox(recipient.name, recipient.address, what="The recipient"),
        Slot.MESSAGE_ID: lambda recipient, _: headers.message_id(recipient.message_id),
        Slot.DATE: lambda _, date: headers.date(date),
        Slot.UNSUBSCRIBE_URL: lambda recipient, _: headers.url(recipient.unsubscribe_url),
        Slot.PREFERENCES_URL: lambda recipient, _: headers.url(recipient.preferences_url),
        Slot.NAME: lambda recipient, _: headers.one_line(recipient.name.strip(), what="The recipient's name"),
    }
)


_IN_HTML = frozenset({Place.HTML, Place.URL})


@dataclass(frozen=True, kw_only=True)
class CompiledMessage:
    """Static pieces with a hole between each two. Nothing is rendered per recipient: `splice` joins bytes.

    It is whole as it stands, with everything in its sections; `without` makes the message of those who get less of it.
    """

    pieces: tuple[bytes, ...]
    holes: tuple[Hole, ...]
    nameless: str  #: stands for the name of a reader who gave none
    sections: tuple[Section, ...] = ()

    _slots: tuple[Slot, ...] = field(init=False, repr=False, compare=False)
    _distinct: tuple[Hole, ...] = field(init=False, repr=False, compare=False)
    _frame: list[bytes] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.pieces) != len(self.holes) + 1:
            raise MessageError("A compiled message has one static piece more than it has holes.")
        check(self.sections, self.pieces)
        frame = [b""] * (2 * len(self.pieces) - 1)
        frame[::2] = self.pieces
        object.__setattr__(self, "_slots", tuple(dict.fromkeys(hole.slot for hole in self.holes)))
        object.__setattr__(self, "_distinct", tuple(dict.fromkeys(self.holes)))
        object.__setattr__(self, "_frame", frame)

    def splice(self, recipient: Recipient, *, date: datetime) -> bytes:
        """The whole message for one recipient, lines ending in CRLF.

        Each value is checked once per slot and escaped once per place; then bytes are joined.

        Raises:
            MessageError: a value that can't stand in a message (a control character in the name, a malformed address or
                link). The message of others is not affected.
        """
        values = {slot: _VALUES[slot](recipient, date) for slot in self._slots}
        if Slot.NAME in values:
            values[Slot.NAME] = values[Slot.NAME] or self.nameless
        filled = _filled(self._distinct, values)
        parts = self._frame.copy()
        parts[1::2] = [filled[hole] for hole in self.holes]
        return b"".join(parts)

    @property
    def places(self) -> frozenset[int]:
        """The places that it can be had without."""
        return frozenset(place for section in self.sections if len(section.places) == 1 for place in section.places)

    def without(self, places: Collection[int]) -> "CompiledMessage":
        """The message for those who get it without these places; it has no sections any more.

        Raises:
            MessageError: it has no section of such a place.
        """
        if unknown := frozenset(places) - self.places:
            raise MessageError(f"This message has no section for the places {sorted(unknown)}.")
        pieces, holes = cut(self.pieces, self.holes, self.sections, places)
        return CompiledMessage(pieces=pieces, holes=holes, nameless=self.nameless)

    def dump(self) -> bytes:
        """One line of JSON (version, holes, lengths of the pieces, fallback name, sections), then the pieces."""
        head: dict[str, object] = {
            "version": _VERSIONS[bool(self.sections)],
            "holes": [[hole.slot, hole.place] for hole in self.holes],
            "lengths": [len(piece) for piece in self.pieces],
            "nameless": self.nameless,
        }
        if self.sections:
            head["sections"] = [[sorted(one.places), one.begin, one.end] for one in self.sections]
        return json.dumps(head, separators=(",", ":")).encode("ascii") + b"\n" + b"".join(self.pieces)

    @classmethod
    def load(cls, data: bytes | memoryview) -> "CompiledMessage":
        """What `dump` gave, however old.

        Raises:
            MessageError: not a dump, a damaged one, or one by a later version of this program.
        """
        line, _, content = bytes(data).partition(b"\n")
        try:
            head = json.loads(line)
            if head["version"] not in _VERSIONS:
                raise MessageError(f"This message was compiled by another version ({head['version']}).")
            holes = tuple(Hole(Slot(slot), Place(place)) for slot, place in head["holes"])
            lengths, nameless = [int(length) for length in head["lengths"]], str(head["nameless"])
            sections = tuple(
                Section(frozenset(map(int, places)), Position(*map(int, begin)), Position(*map(int, end)))
                for places, begin, end in head.get("sections", ())
            )
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, MessageError):
                raise
            raise MessageError("This is not a compiled message.") from None
        return cls(pieces=_sliced(content, lengths), holes=holes, nameless=nameless, sections=sections)


def _filled(holes: tuple[Hole, ...], values: dict[Slot, str]) -> dict[Hole, bytes]:
    """Each value escaped for where it stands. Most are the same in text and HTML, and encoded once for both."""
    filled, encoded = {}, dict[str, bytes]()
    for hole in holes:
        value = values[hole.slot]
        if hole.place is Place.HEADER:
            filled[hole] = value.encode("ascii")
            continue
        if hole.place in _IN_HTML:
            value = html.escape(value, quote=True)
        if value not in encoded:
            encoded[value] = quoted_printable.encode_line(value) + quoted_printable.SOFT_BREAK
        filled[hole] = encoded[value]
    return filled


def _sliced(content: bytes, lengths: list[int]) -> tuple[bytes, ...]:
    if sum(lengths) != len(content) or min(lengths, default=0) < 0:
        raise MessageError("This compiled message is damaged: its pieces don't add up.")
    pieces, start = [], 0
    for length in lengths:
        pieces.append(content[start : start + length])
        start += length
    return tuple(pieces)
