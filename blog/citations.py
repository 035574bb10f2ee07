"""Citations: a marker such as `[2]` in the text becomes a numbered link to a row of the story's references."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

#: `[2]`, `[2, 5]`, `[2-4]`: rows of the list of references, counted from 1 as the editor shows them.
#: The space before it goes with it: the raised number stands close to its word.
MARKER = re.compile(r"\s*\[(\d{1,3}(?:\s*[,–-]\s*\d{1,3})*)\]")
TAG = re.compile(r"(<[^>]*>)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a citation needs to know of a reference."""

    text: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSource:
    """One line of the list: its number, the source, and the anchors of its mentions in the text."""

    number: int
    source: Source
    mentions: tuple[str, ...]

    @property
    def anchor(self) -> str:
        return f"ref-{self.number}"


def rows_of(marker: str) -> list[int]:
    """`2, 4-6` as [2, 4, 5, 6]; a range that runs backwards has no rows."""
    rows: list[int] = []
    for part in marker.split(","):
        first, _, last = re.sub(r"\s*[–-]\s*", "-", part.strip()).partition("-")
        rows.extend(range(int(first), int(last or first) + 1))
    return rows


def outside_links(html: str, replace: Callable[[str], str]) -> str:
    """Apply `replace` to the text of an HTML fragment, leaving tags and the text of links alone."""
    depth = 0
    parts: list[str] = []
    for part in TAG.split(html):
        if part.startswith("<"):
            depth += part.startswith("<a ") - (part == "</a>")
            parts.append(part)
        else:
            parts.append(part if depth else replace(part))
    return "".join(parts)


class Citations:
    """The numbering of one rendering of one story.

    Sources are numbered in the order of their first mention; those never mentioned follow in the order of the list.
    Markers that name a row which isn't there stay as they are, for the author to see.
    """

    def __init__(self, texts: Iterable[str], sources: Sequence[Source]) -> None:
        self._sources = sources
        self._mentions: dict[int, int] = {}
        self._marked: dict[int, int] = {}
        self._noted: set[int] = set()
        for text in texts:
            outside_links(text, self._count)
        unmentioned = [row for row in range(1, len(sources) + 1) if row not in self._mentions]
        self._numbers = {row: number for number, row in enumerate([*self._mentions, *unmentioned], start=1)}

    def _rows(self, marker: str) -> list[int]:
        rows = rows_of(marker)
        return rows if rows and all(1 <= row <= len(self._sources) for row in rows) else []

    def _count(self, text: str) -> str:
        for found in MARKER.finditer(text):
            for row in self._rows(found[1]):
                self._mentions[row] = self._mentions.get(row, 0) + 1
        return text

    def mark(self, html: str, *, beside: bool = True) -> SafeString:
        """The fragment with its markers turned into links; call it once per text, in the order of the texts.

        With `beside`, a source's first mention also carries the source itself, for the margin of wide screens.
        """

        def links(found: re.Match[str]) -> str:
            rows = self._rows(found[1])
            return self._links(rows, beside=beside) if rows else found[0]

        # The fragment is rich text that Wagtail has sanitised; what is put in is escaped below.
        return mark_safe(outside_links(html, lambda text: MARKER.sub(links, text)))  # noqa: S308

    def _links(self, rows: list[int], *, beside: bool) -> str:
        links = format_html_join(" ", "{}", ((self._link(row),) for row in rows))
        return format_html('<sup class="cite">{}</sup>{}', links, self._side_notes(rows) if beside else "")

    def _link(self, row: int) -> SafeString:
        number = self._numbers[row]
        self._marked[row] = self._marked.get(row, 0) + 1
        return format_html(
            '<a href="#ref-{}" id="cite-{}-{}" aria-label="{}">{}</a>',
            number,
            number,
            self._marked[row],
            gettext("Reference %(number)s") % {"number": number},
            number,
        )

    def _side_notes(self, rows: list[int]) -> SafeString:
        """Hidden from screen readers, who have the link."""
        fresh = [row for row in dict.fromkeys(rows) if row not in self._noted]
        self._noted.update(fresh)
        return format_html_join(
            "",
            '<span class="sidenote" aria-hidden="true"><b>{}</b> {}</span>',
            ((self._numbers[row], self._sources[row - 1].text) for row in fresh),
        )

    def listed(self) -> list[ListedSource]:
        """The list of references in the order of their numbers."""
        return [
            ListedSource(
                number=number,
                source=self._sources[row - 1],
                mentions=tuple(f"cite-{number}-{mention}" for mention in range(1, self._mentions.get(row, 0) + 1)),
            )
            for row, number in self._numbers.items()
        ]
