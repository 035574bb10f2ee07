"""What the rules look at: the issue, both bodies as a reader would get them, and the message itself."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from newsletter.issues.checks.places import Places
from newsletter.issues.checks.questions import (
    Question,
    checklist_question,
    dkim_keys,
    links_to_ask,
    sender_question,
    spam_question,
)

if TYPE_CHECKING:
    from datetime import datetime

    from core.models import PublicationSettings
    from newsletter.backends.base import Capabilities
    from newsletter.issues.checks.questions import Kept
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
    preferences: str
    message: bytes
    #: Why no message could be made.
    complaint: str
    now: datetime
    #: What all markers of this look start with; none may be left.
    stem: str
    #: What was answered lately to the questions that take time.
    kept: Mapping[Question, Kept] = field(default_factory=dict)

    @cached_property
    def tree(self) -> LexborHTMLParser:
        return LexborHTMLParser(self.html)

    @cached_property
    def visible_text(self) -> str:
        """What the HTML part says, white space collapsed."""
        body = self.tree.body
        return " ".join(body.text(separator=" ").split()) if body else ""

    @cached_property
    def places(self) -> Places:
        return Places(issue=self.issue, laid=self.laid)

    @cached_property
    def links(self) -> list[str]:
        """The addresses that its links lead to, each once; not a reader's own ones."""
        found = dict.fromkeys(node.attributes.get("href") or "" for node in self.tree.css("a"))
        return [url for url in found if url not in {self.unsubscribe, self.preferences}]

    @property
    def sender(self) -> tuple[str, str]:
        """Name and address; both are empty without one."""
        return self.issue.newsletter.sender(self.publication)

    @cached_property
    def abilities(self) -> Capabilities:
        """What the backend of its newsletter can do."""
        return self.issue.newsletter.can

    @cached_property
    def link_questions(self) -> list[Question]:
        return links_to_ask(self.links, issue=self.issue)

    @cached_property
    def sender_question(self) -> Question | None:
        return sender_question(self.sender[1], dkim_keys(self.issue.newsletter.backend))

    @cached_property
    def spam_question(self) -> Question | None:
        if not self.message:
            return None
        personal = (self.unsubscribe, self.preferences)
        return spam_question((self.issue.subject, *self.sender, self.html, self.text), without=personal)

    @cached_property
    def checklist_question(self) -> Question | None:
        return checklist_question(self.spam_question, self.issue.newsletter)

    @property
    def questions(self) -> Sequence[Question]:
        """Everything about it that takes time or the network to answer."""
        once = (self.sender_question, self.spam_question, self.checklist_question)
        return [*self.link_questions, *filter(None, once)]

    @cached_property
    def has_spamassassin(self) -> bool:
        return shutil.which("spamassassin") is not None
