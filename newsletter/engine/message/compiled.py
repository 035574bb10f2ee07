"""The message of a campaign as it is kept and sent: static bytes, and holes that each recipient's values fill."""

import html
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from newsletter.engine.message import headers, quoted_printable
from newsletter.engine.message.errors import MessageError
from newsletter.engine.message.slots import Hole, Place, Slot

_VERSION = 1


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


def _in_text(value: str) -> bytes:
    return quoted_printable.encode_line(value) + quoted_printable.SOFT_BREAK


def _in_html(value: str) -> bytes:
    return _in_text(html.escape(value, quote=True))


_ESCAPES: MappingProxyType[Place, Callable[[str], bytes]] = MappingProxyType(
    {
        Place.HEADER: lambda value: value.encode("ascii"),
        Place.HTML: _in_html,
        Place.URL: _in_html,
        Place.TEXT: _in_text,
    }
)


@dataclass(frozen=True, kw_only=True)
class CompiledMessage:
    """Static pieces with a hole between each two. Nothing is rendered per recipient: `splice` joins bytes."""

    pieces: tuple[bytes, ...]
    holes: tuple[Hole, ...]
    nameless: str  #: stands for the name of a reader who gave none

    _distinct: tuple[Hole, ...] = field(init=False, repr=False, compare=False)
    _order: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _frame: list[bytes] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.pieces) != len(self.holes) + 1:
            raise MessageError("A compiled message has one static piece more than it has holes.")
        distinct = tuple(dict.fromkeys(self.holes))
        frame = [b""] * (2 * len(self.pieces) - 1)
        frame[::2] = self.pieces
        object.__setattr__(self, "_distinct", distinct)
        object.__setattr__(self, "_order", tuple(distinct.index(hole) for hole in self.holes))
        object.__setattr__(self, "_frame", frame)

    def splice(self, recipient: Recipient, *, date: datetime) -> bytes:
        """The whole message for one recipient, lines ending in CRLF.

        Raises:
            MessageError: a value that can't stand in a message (a control character in the name, a malformed address or
                link). The message of others is not affected.
        """
        filled = [self._fill(hole, recipient, date) for hole in self._distinct]
        parts = self._frame.copy()
        parts[1::2] = [filled[number] for number in self._order]
        return b"".join(parts)

    def _fill(self, hole: Hole, recipient: Recipient, date: datetime) -> bytes:
        value = _VALUES[hole.slot](recipient, date)
        if hole.slot is Slot.NAME:
            value = value or self.nameless
        return _ESCAPES[hole.place](value)

    def dump(self) -> bytes:
        """One line of JSON (version, holes, lengths of the pieces, fallback name), then the pieces."""
        head = {
            "version": _VERSION,
            "holes": [[hole.slot, hole.place] for hole in self.holes],
            "lengths": [len(piece) for piece in self.pieces],
            "nameless": self.nameless,
        }
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
            if head["version"] != _VERSION:
                raise MessageError(f"This message was compiled by another version ({head['version']}).")
            holes = tuple(Hole(Slot(slot), Place(place)) for slot, place in head["holes"])
            lengths, nameless = [int(length) for length in head["lengths"]], str(head["nameless"])
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, MessageError):
                raise
            raise MessageError("This is not a compiled message.") from None
        return cls(pieces=_sliced(content, lengths), holes=holes, nameless=nameless)


def _sliced(content: bytes, lengths: list[int]) -> tuple[bytes, ...]:
    if sum(lengths) != len(content) or min(lengths, default=0) < 0:
        raise MessageError("This compiled message is damaged: its pieces don't add up.")
    pieces, start = [], 0
    for length in lengths:
        pieces.append(content[start : start + length])
        start += length
    return tuple(pieces)
