"""What all parts of one issue share while they are made: numbered links, crisis lines, colours, the time zone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wagtail.rich_text import RichText

from newsletter.engine.colours import palette
from newsletter.issues.render.crisis import CrisisLines
from newsletter.issues.render.rich_text import LinkNotes, prose

if TYPE_CHECKING:
    from core.models import PublicationSettings
    from newsletter.engine.colours import Palette
    from newsletter.issues.render.rich_text import Prose
    from newsletter.models import Newsletter


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    palette: Palette
    crisis: CrisisLines
    time_zone: str
    notes: LinkNotes = field(default_factory=LinkNotes)

    @classmethod
    def of(cls, newsletter: Newsletter, publication: PublicationSettings) -> Sheet:
        return cls(
            palette=palette(newsletter.accent),
            crisis=CrisisLines(publication.country),
            time_zone=newsletter.time_zone,
        )

    def prose(self, text: Any) -> Prose:
        source = text.source if isinstance(text, RichText) else text
        return prose(str(source or ""), self.notes, link=self.palette.link)
