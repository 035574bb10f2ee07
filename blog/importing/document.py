"""What every format is read into before it becomes a story: sections, paragraphs, a signature."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and the paragraphs under it; `heading` is empty for what stands before the first one."""

    heading: str
    #: Plain text or HTML as `html` says; one string a paragraph.
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    closing: str
    name: str
    credential: str

    def __str__(self) -> str:
        return f"{self.name}, {self.credential}" if self.credential else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One story as it was found in a file."""

    title: str
    sections: tuple[Section, ...]
    signature: Signature | None
    #: What the author should look at before publishing.
    notes: tuple[str, ...] = ()

    @property
    def headings(self) -> tuple[str, ...]:
        return tuple(section.heading for section in self.sections if section.heading)
