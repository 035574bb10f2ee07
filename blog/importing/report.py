"""What an import did, or would do: one entry a story."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from blog.importing.document import Document


class Status(StrEnum):
    CREATED = "created"  #: a new draft
    UNCHANGED = "unchanged"  #: the same text was imported before
    SKIPPED = "skipped"  #: left alone; a note says why and what to do
    REFUSED = "refused"  #: can't be read; nothing of the whole run was imported


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryReport:
    source: str
    status: Status
    #: The page's, None where no page exists: a dry run, a refusal.
    id: int | None = None
    title: str = ""
    #: Heading and number of its paragraphs.
    headings: tuple[tuple[str, int], ...] = ()
    signature: str = ""
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, document: Document, *, source: str, status: Status, page_id: int | None, notes: Sequence[str]
    ) -> StoryReport:
        return cls(
            source=source,
            status=status,
            id=page_id,
            title=document.title,
            headings=tuple((s.heading, len(s.paragraphs)) for s in document.sections if s.heading),
            signature=str(document.signature or ""),
            notes=(*document.notes, *notes),
        )

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "source": self.source,
            "title": self.title,
            "status": self.status.value,
            "headings": [{"text": text, "paragraphs": count} for text, count in self.headings],
            "signature": self.signature,
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    stories: tuple[StoryReport, ...] = field(default=())

    @property
    def refusals(self) -> list[str]:
        """The message of every refused file."""
        return [note for story in self.stories if story.status is Status.REFUSED for note in story.notes]

    def as_dict(self) -> dict[str, Any]:
        return {"stories": [story.as_dict() for story in self.stories]}
