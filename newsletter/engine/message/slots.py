"""Slots: where a recipient's own values stand, and the markers that hold their places while a message is rendered."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from newsletter.engine.message.errors import MessageError

MIN_SEED = 16


class Slot(StrEnum):
    """A value that differs from recipient to recipient. Everything else in a message is static."""

    TO = "to"  #: name and address, in the header of that name
    MESSAGE_ID = "message_id"
    DATE = "date"
    UNSUBSCRIBE_URL = "unsubscribe_url"  #: in List-Unsubscribe and in both bodies
    PREFERENCES_URL = "preferences_url"
    NAME = "name"  #: the reader's name in a greeting; a fallback for readers without one


class Place(StrEnum):
    """Where a slot stands; it decides how its value is escaped."""

    HEADER = "header"
    HTML = "html"  #: text, or a quoted attribute that is no address
    URL = "url"  #: a whole quoted `href`
    TEXT = "text"  #: the plain-text part


class Edge(NamedTuple):
    """Where a section begins, with the places it belongs to, or (without any) where the one begun last ends."""

    places: frozenset[int]


class Hole(NamedTuple):
    """One slot at one place: the same value, escaped the same way, however often it occurs."""

    slot: Slot
    place: Place


_URL_SLOTS = frozenset({Slot.UNSUBSCRIBE_URL, Slot.PREFERENCES_URL})
_BODY_SLOTS = _URL_SLOTS | {Slot.NAME}
_BODY_HOLES = tuple(
    Hole(slot, place)
    for slot in Slot
    for place in Place
    if slot in _BODY_SLOTS and place is not Place.HEADER and (place is not Place.URL or slot in _URL_SLOTS)
)

#: A text that ends inside the value of an attribute that browsers follow or run.
_INSIDE_ADDRESS = re.compile(
    r"""<[^<>]*[\s"'](?:href|src|action|style|on\w+)\s*=\s*(?:"[^"]*|'[^']*|[^\s"'>]*)\Z""", re.I
)
_OPENS_ADDRESS = re.compile(r"""\bhref\s*=\s*["']\Z""", re.I)
_LOOK_BACK = 2000
_INSIDE_TAG = re.compile(r"<[^<>]*\Z")


#: What follows the stem in the mark of a section: letters that no digest has, so that it can't be taken for a marker.
_BEGINS, _NUMBERS_END, _ENDS = "open", "x", "shut"


@dataclass(frozen=True, slots=True)
class Markers:
    """The texts to put where a recipient's values belong: letters and digits only, unguessable, new for each compile.

    A template writes `markers.html(Slot.NAME)` into text or a quoted attribute, `markers.url(Slot.UNSUBSCRIBE_URL)` as
    a whole `href="..."`, and `markers.text(...)` into the plain-text part. Whoever writes the words of an issue can't
    write a marker, and values are never searched for markers.
    """

    stem: str  #: what all of these markers start with
    names: MappingProxyType[Hole, str]

    def html(self, slot: Slot) -> str:
        """Stands in HTML, as text or in a quoted attribute such as `title`; the value is escaped for both."""
        return self._name(slot, Place.HTML)

    def url(self, slot: Slot) -> str:
        """Stands in HTML as the whole of a quoted `href`; for the URL slots only."""
        return self._name(slot, Place.URL)

    def text(self, slot: Slot) -> str:
        """Stands in the plain-text part."""
        return self._name(slot, Place.TEXT)

    def section(self, places: Iterable[int]) -> tuple[str, str]:
        """The marks before and after what is left out for whom all of these places are; they leave no trace.

        Between two tags of HTML, or two lines of text. The places are numbers that count something of the message, such
        as its stories. A section may stand within another one.
        """
        numbers = "".join(f"{place}p" for place in sorted(set(places)))
        if not numbers:
            raise MessageError("A section belongs to one place at least.")
        return f"{self.stem}{_BEGINS}{numbers}{_NUMBERS_END}", f"{self.stem}{_ENDS}"

    def cut(self, body: str, *, places: frozenset[Place], part: str) -> list[str | Hole | Edge]:
        """The static texts of a body, and the holes and edges of sections between each two of them.

        Raises:
            MessageError: a marker stands where its value would not be escaped rightly, or arrived damaged; a section
                does not end, or begins or ends within a tag.
        """
        holes_by_name = {name: hole for hole, name in self.names.items()}
        stream: list[str | Hole | Edge] = []
        end = 0
        for found in re.finditer("|".join([*holes_by_name, self._edges()]), body):
            start, hole = found.start(), holes_by_name.get(found[0])
            before = body[max(0, start - _LOOK_BACK) : start]
            stream.append(body[end:start])
            if hole is not None:
                _check_place(hole, before, places=places, part=part)
                stream.append(hole)
            else:
                if Place.HTML in places and _INSIDE_TAG.search(before):
                    raise MessageError(f"{part}: a section can't begin or end within a tag.")
                stream.append(Edge(frozenset(map(int, re.findall(r"\d+", found["places"] or "")))))
            end = found.end()
        stream.append(body[end:])
        self.refuse_in(*[text for text in stream if isinstance(text, str)], part=part)
        _check_nesting([item for item in stream if isinstance(item, Edge)], part=part)
        return stream

    def unmarked(self, body: str) -> str:
        """A body without the marks of its sections; its markers stay."""
        return re.sub(self._edges(), "", body)

    def _edges(self) -> str:
        return rf"{self.stem}(?:{_BEGINS}(?P<places>(?:\d+p)+){_NUMBERS_END}|{_ENDS})"

    def refuse_in(self, *texts: str, part: str) -> None:
        """Raises MessageError when a marker, or what is left of one, occurs in `texts`."""
        if any(self.stem in text.casefold() for text in texts):
            raise MessageError(f"{part}: a marker of a personal value stands where it can't be filled in.")

    def _name(self, slot: Slot, place: Place) -> str:
        try:
            return self.names[Hole(slot, place)]
        except KeyError:
            raise MessageError(f"{slot} can't stand in the body as {place}.") from None


def markers(seed: bytes, *, avoiding: Iterable[str] = ()) -> Markers:
    """The markers of one compile, the same for the same arguments.

    Args:
        seed: at least 16 random bytes, fresh for each compile.
        avoiding: texts that will stand in the message; no marker occurs in them.

    Raises:
        MessageError: the seed is short.
    """
    if len(seed) < MIN_SEED:
        raise MessageError(f"Markers need a seed of at least {MIN_SEED} random bytes.")
    avoided = [text.casefold() for text in avoiding]
    number = 0
    while True:
        stem = "slot" + _digest(seed, f"stem {number}", 6)
        if not any(stem in text for text in avoided):
            names = {hole: stem + _digest(seed, f"{hole.slot} {hole.place}", 8) for hole in _BODY_HOLES}
            return Markers(stem=stem, names=MappingProxyType(names))
        number += 1  # pragma: no cover - takes a text that holds 48 guessed bits


def _digest(seed: bytes, what: str, size: int) -> str:
    return hashlib.blake2b(seed + what.encode(), digest_size=size, person=b"rounds markers").hexdigest()


def _check_place(hole: Hole, before: str, *, places: frozenset[Place], part: str) -> None:
    if hole.place not in places:
        raise MessageError(f"{part}: the marker of {hole.slot} was made for another part ({hole.place}).")
    if hole.place is Place.URL and not _OPENS_ADDRESS.search(before):
        raise MessageError(f"{part}: the address {hole.slot} must be the whole of a quoted href.")
    if hole.place is Place.HTML and _INSIDE_ADDRESS.search(before):
        raise MessageError(f"{part}: {hole.slot} stands in an attribute that mail programs follow; use the url marker.")


def _check_nesting(edges: list[Edge], *, part: str) -> None:
    depth = 0
    for edge in edges:
        depth += 1 if edge.places else -1
        if depth < 0:
            break
    if depth:
        raise MessageError(f"{part}: a section begins and does not end, or ends and did not begin.")
