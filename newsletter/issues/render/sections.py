"""What readers may get an issue without: its stories, the lines that part them, and dividers with nothing to part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from newsletter.issues.render.parts import BOXES, DividerPart, Part, StoryPart

#: Only so many stories of an issue can be left out, by the bits of a number in the database; those after them go to
#: everybody.
MOST_PLACES = 62

#: Makes the marks before and after what is left out for whom all of some places are.
Marking = Callable[[Iterable[int]], tuple[str, str]]

#: These part what is above from what is below by themselves: in HTML boxes do, which plain text does not show.
APART = (DividerPart, *BOXES)
APART_IN_TEXT = (DividerPart,)


@dataclass(frozen=True, slots=True)
class Row:
    """A part with the line above it, if it needs one, and the marks around both where readers may get it without.

    Plain text shows no boxes and needs more lines.
    """

    part: Part
    ruled: bool
    ruled_text: bool
    #: Whether a line stands right above it, its own or a block's.
    below_line: bool = False
    #: A box below a story keeps its distance, where others have a line: a story ends with its button.
    spaced: bool = False
    begin: str = ""
    end: str = ""
    line_begin: str = ""
    line_end: str = ""

    @property
    def mjml(self) -> str:
        return f"newsletter/issue/blocks/{self.part.kind}.mjml"

    @property
    def txt(self) -> str:
        return f"newsletter/issue/blocks/{self.part.kind}.txt"


def places_of(parts: Iterable[Part]) -> dict[int, int]:
    """The places of an issue's stories by their ids, counted from 0; one that has two cards has one place."""
    stories = dict.fromkeys(part.story_id for part in parts if isinstance(part, StoryPart))
    return {story: place for place, story in enumerate(stories)}


def marked(rows: Sequence[Row], marking: Marking, *, in_html: bool) -> list[Row]:
    """The rows with marks. Whatever stories a reader gets it without, the others are parted as if it had none of them.

    Args:
        in_html: else in plain text, where a line stands above the first row, whichever it is.
    """
    sheet = _Sheet([row.part for row in rows], is_headed=not in_html, apart=APART if in_html else APART_IN_TEXT)
    found = []
    for number, row in enumerate(rows):
        begin, end = _around(sheet.leaves(number), marking)
        line_begin, line_end = _around(sheet.leaves_line(number), marking)
        found.append(replace(row, begin=begin, end=end, line_begin=line_begin, line_end=line_end))
    return found


class _Sheet:
    """The parts of an issue, and the places of its stories."""

    def __init__(self, parts: Sequence[Part], *, is_headed: bool, apart: tuple[type[Part], ...]) -> None:
        self._parts = parts
        self._is_headed = is_headed
        self._apart = apart
        self._places = places_of(parts)

    def leaves(self, number: int) -> list[set[int]]:
        """Sets of places: the part is left out for whom all of one of the sets are.

        A divider is, where it would stand below another one or at the end, or at the beginning unless it is the line
        that stands there.
        """
        part = self._parts[number]
        if isinstance(part, StoryPart):
            place = self._places[part.story_id]
            return [{place}] if place < MOST_PLACES else []
        if not isinstance(part, DividerPart):
            return []
        before, after = self._parts[:number], self._parts[number + 1 :]
        above = self._stories_at_end(before)
        chosen = [
            above if isinstance(self._next_above(number, above), DividerPart) else [],
            before if not self._is_headed and _holds_only_stories(before) else [],
            after if _holds_only_stories(after) else [],
        ]
        return [places for some in chosen if (places := self._places_of(some))]

    def leaves_line(self, number: int) -> list[set[int]]:
        """As `leaves`, of the line above the part: it parts it from the stories right above, or from what is there when
        all of these are left out."""
        above = self._stories_at_end(self._parts[:number])
        beyond = self._next_above(number, above)
        if beyond is None:
            stays = self._is_headed
        else:
            stays = isinstance(self._parts[number], StoryPart) and not isinstance(beyond, self._apart)
        return [] if stays or not above else [self._places_of(above)]

    def _next_above(self, number: int, above: Sequence[Part]) -> Part | None:
        """What stands over the stories right above; None at the beginning."""
        first = number - len(above)
        return self._parts[first - 1] if first else None

    def _stories_at_end(self, parts: Sequence[Part]) -> list[StoryPart]:
        found: list[StoryPart] = []
        for part in reversed(parts):
            if not isinstance(part, StoryPart):
                break
            found.insert(0, part)
        return found

    def _places_of(self, parts: Iterable[Part]) -> set[int]:
        return {self._places[part.story_id] for part in parts if isinstance(part, StoryPart)}


def _around(sets: Iterable[Iterable[int]], marking: Marking) -> tuple[str, str]:
    """Sections in one another: what they hold is left out with any of them."""
    begin, end = "", ""
    for places in sets:
        before, after = marking(places)
        begin, end = begin + before, after + end
    return begin, end


def _holds_only_stories(parts: Iterable[Part]) -> bool:
    return all(isinstance(part, StoryPart | DividerPart) for part in parts)
