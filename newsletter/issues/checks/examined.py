"""What the rules look at: the issue, both bodies as a reader would get them, and the message itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

if TYPE_CHECKING:
    from datetime import datetime

    from core.models import PublicationSettings
    from newsletter.issues.render import Laid
    from newsletter.models import Issue


@dataclass(frozen=True, kw_only=True)
class Examined:
    """`html` and `text` hold `unsubscribe` where a reader's link stands; `message` is empty if none could be made."""

    issue: Issue
    publication: PublicationSettings
    laid: Laid
    html: str
    text: str
    unsubscribe: str
    message: bytes
    #: Why no message could be made.
    complaint: str
    now: datetime

    @cached_property
    def tree(self) -> LexborHTMLParser:
        return LexborHTMLParser(self.html)

    @cached_property
    def visible_text(self) -> str:
        """What the HTML part says, white space collapsed."""
        body = self.tree.body
        return " ".join(body.text(separator=" ").split()) if body else ""
