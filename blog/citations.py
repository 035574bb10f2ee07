"""Citations: a mention of a source in the text becomes a numbered link to the story's list of references."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

#: What stands between the tags of a chosen citation. Not a word and not a number: counted, indexed or pasted as plain
#: text into another story it can't be taken for the marker of one of that story's rows.
MARK = "※"
#: `[2]`, `[2, 5]`, `[2-4]`: rows of the list of references, counted from 1 as the editor shows them.
MARKER = re.compile(r"\[(\d{1,3}(?:\s*[,–-]\s*\d{1,3})*)\]")
TAG = re.compile(r"(<[^>]*>)")
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a citation needs to know of a reference."""

    text: str
    link: str
    #: What chosen citations hold on to (`Reference.key`).
    key: str = ""
    #: The kind of evidence, in words for readers; may be empty.
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSource:
    """One line of the list: its number, the source, and the anchors of its mentions in the text."""

    number: int
    source: Source
    mentions: tuple[str, ...]

    @property
    def anchor(self) -> str:
        return f"ref-{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of an HTML fragment."""

    html: str
    #: Of a chosen citation: its key; then `html` is only what somebody wrote into it beside the mark.
    key: str | None = None
    #: Whether typed markers count here: not in tags, not in the text of links.
    readable: bool = False


def rows_of(marker: str) -> list[int]:
    """`2, 4-6` as [2, 4, 5, 6]; a range that runs backwards has no rows."""
    rows: list[int] = []
    for part in marker.split(","):
        first, _, last = re.sub(r"\s*[–-]\s*", "-", part.strip()).partition("-")
        rows.extend(range(int(first), int(last or first) + 1))
    return rows


def key_of(tag: str) -> str | None:
    """The key in the opening tag of a citation, as it is stored or as Wagtail expands it; None for another tag."""
    if not tag.startswith("<a "):
        return None
    attributes = dict(ATTRIBUTE.findall(tag))
    if attributes.get("linktype") == "citation":
        return str(attributes.get("key", ""))
    return attributes.get("data-cite")


def pieces(html: str) -> Iterator[Piece]:
    """The fragment cut into tags, text and chosen citations, in order and complete."""
    depth, key = 0, None
    inside: list[str] = []
    for part in TAG.split(html):
        if key is not None:
            if part != "</a>":
                inside.append(part)
                continue
            yield Piece(html=_beside_the_mark(inside), key=key)
            key, inside = None, []
        elif (found := key_of(part)) is not None:
            key = found
        elif part.startswith("<"):
            depth += part.startswith("<a ") - (part == "</a>")
            yield Piece(html=part)
        elif part:
            yield Piece(html=part, readable=not depth)
    if key is not None:
        yield Piece(html="".join(inside))


def _beside_the_mark(inside: list[str]) -> str:
    """Words that got into a citation by hand or by pasting are kept; mostly there are none."""
    words = "".join(inside).replace(MARK, "")
    return words if strip_tags(words).strip() else ""


def as_markers(html: str, keys: Sequence[str]) -> str:
    """The fragment with its chosen citations as markers of rows, `[0]` for a source that is gone.

    `keys` are those of the story's references in their order. Glossary words and typed markers stay as they are.
    """
    rows = {key: row for row, key in reversed(list(enumerate(keys, start=1))) if key}
    return "".join(
        piece.html if piece.key is None else f"{piece.html}[{rows.get(piece.key, 0)}]" for piece in pieces(html)
    )


class Citations:
    """The numbering of one rendering of one story.

    Sources are numbered in the order of their first mention, chosen or typed; those never mentioned follow in the
    order of the list. Typed markers that name a row which isn't there stay as they are, for the author to see; chosen
    citations whose source is gone leave nothing behind.
    """

    def __init__(self, texts: Iterable[str], sources: Sequence[Source]) -> None:
        self._sources = sources
        self._row_of = {source.key: row for row, source in reversed(list(enumerate(sources, start=1))) if source.key}
        self._mentions: dict[int, int] = {}
        self._marked: dict[int, int] = {}
        self._noted: set[int] = set()
        for text in texts:
            for run in self._runs(text):
                for row in run if isinstance(run, list) else ():
                    self._mentions[row] = self._mentions.get(row, 0) + 1
        unmentioned = [row for row in range(1, len(sources) + 1) if row not in self._mentions]
        self._numbers = {row: number for number, row in enumerate([*self._mentions, *unmentioned], start=1)}

    def _rows(self, marker: str) -> list[int]:
        rows = rows_of(marker)
        return rows if rows and all(1 <= row <= len(self._sources) for row in rows) else []

    def _runs(self, html: str) -> list[str | list[int]]:
        """HTML and, as lists of rows, mentions; those with only space between them are one mention of several."""
        runs: list[str | list[int]] = []
        for found in self._found(html):
            if isinstance(found, str):
                runs.append(found)
                continue
            # The raised number stands close to its word: the space before it goes.
            while runs and isinstance(runs[-1], str) and not runs[-1].strip():
                runs.pop()
            if not runs:
                runs.append(found)
            elif isinstance(runs[-1], str):
                runs[-1] = runs[-1].rstrip()
                runs.append(found)
            else:
                runs[-1].extend(found)
        return runs

    def _found(self, html: str) -> Iterator[str | list[int]]:
        for piece in pieces(html):
            if piece.key is not None:
                yield piece.html
                if row := self._row_of.get(piece.key):
                    yield [row]
            elif not piece.readable:
                yield piece.html
            else:
                yield from self._typed(piece.html)

    def _typed(self, text: str) -> Iterator[str | list[int]]:
        end = 0
        for found in MARKER.finditer(text):
            if rows := self._rows(found[1]):
                yield text[end : found.start()]
                yield rows
                end = found.end()
        yield text[end:]

    def mark(self, html: str, *, beside: bool = True) -> SafeString:
        """The fragment with its mentions turned into links; call it once per text, in the order of the texts.

        With `beside`, a source's first mention also carries the source itself, for the margin of wide screens.
        """
        marked = (run if isinstance(run, str) else self._links(run, beside=beside) for run in self._runs(html))
        # The fragment is rich text that Wagtail has sanitised; what is put in is escaped below.
        return mark_safe("".join(marked))  # noqa: S308

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
