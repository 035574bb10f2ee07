"""Sections: stretches of a message that some recipients get it without, cut out of the compiled bytes."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from newsletter.engine.message.errors import MessageError
from newsletter.engine.message.slots import Hole


class Position(NamedTuple):
    """Between two bytes of the static pieces."""

    piece: int
    offset: int


class Section(NamedTuple):
    """What lies between two positions is left out for whom all of `places` are; a section may lie in another one."""

    places: frozenset[int]
    begin: Position
    end: Position


def cut(
    pieces: Sequence[bytes], holes: Sequence[Hole], sections: Iterable[Section], left_out: Collection[int]
) -> tuple[tuple[bytes, ...], tuple[Hole, ...]]:
    """The pieces and holes that are left; sections that are not cut are as static as the rest."""
    gone = frozenset(left_out)
    end = Position(len(pieces) - 1, len(pieces[-1]))
    kept_pieces, kept_holes, rest = list[bytes](), list[Hole](), b""
    position = Position(0, 0)
    for begin, resumes in [*_joined(one for one in sections if one.places <= gone), (end, end)]:
        for number in range(position.piece, begin.piece):
            kept_pieces.append(rest + pieces[number][position.offset :])
            kept_holes.append(holes[number])
            rest, position = b"", Position(number + 1, 0)
        rest += pieces[begin.piece][position.offset : begin.offset]
        position = resumes
    return (*kept_pieces, rest), tuple(kept_holes)


def check(sections: Iterable[Section], pieces: Sequence[bytes]) -> None:
    """Raises MessageError: a section does not lie within the pieces."""
    for section in sections:
        for piece, offset in (section.begin, section.end):
            if not 0 <= piece < len(pieces) or not 0 <= offset <= len(pieces[piece]):
                raise MessageError("This compiled message is damaged: a section of it lies outside.")
        if section.begin > section.end:
            raise MessageError("This compiled message is damaged: a section of it ends before it begins.")


def _joined(sections: Iterable[Section]) -> list[tuple[Position, Position]]:
    """From where to where, in order; one for sections that lie in each other."""
    joined: list[tuple[Position, Position]] = []
    for section in sorted(sections, key=lambda one: (one.begin, one.end)):
        if joined and section.begin <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], section.end)
        else:
            joined.append((section.begin, section.end))
    return joined
