"""What the check before sending can say about an issue: how much it weighs, where it is, who let it pass."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from newsletter.models import PreflightDecision


class Level(StrEnum):
    """How much a finding weighs."""

    BLOCKER = "B"  #: the issue can't be scheduled
    WARNING = "W"  #: it can; a person should look
    OVERRIDDEN = "O"  #: a blocker that somebody with the right let pass, with a reason
    NOT_CHECKED = "U"  #: nobody knows: it was not looked up yet, or can't be here; stops nothing, pretends nothing
    WELL = "K"  #: looked up lately, and nothing is wrong; said so that one knows since when
    NOT_HERE = "N"  #: makes no sense on a machine that only itself can reach; never in production


#: In the order in which an editor should read them.
LEVELS = tuple(Level)


class Where(StrEnum):
    """The parts of an issue, and of what is around it, that a finding can be about."""

    ISSUE = "issue"
    SUBJECT = "subject"
    PREVIEW_TEXT = "preview_text"
    AUDIENCE = "audience"
    BLOCK = "block"
    NEWSLETTER = "newsletter"
    PUBLICATION = "publication"
    TEMPLATES = "templates"
    SENDER_DOMAIN = "sender_domain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a finding is, so that the composer can lead there."""

    where: Where = Where.ISSUE
    #: What people call a block, such as "Story"; empty for everything else.
    name: str = ""
    #: A block's place in the body, counted from 1; 0 for everything else.
    number: int = 0
    #: A block's id in the StreamField; empty before it was saved first.
    block_id: str = ""
    #: The story that the finding is about, whose own page has the remedy.
    story_id: int | None = None

    def __str__(self) -> str:
        """In words, such as "block 3: Story"."""
        if self.where is Where.BLOCK:
            return _("block %(number)d: %(name)s") % {"number": self.number, "name": self.name}
        return {
            Where.ISSUE: _("the issue as a whole"),
            Where.SUBJECT: _("subject"),
            Where.PREVIEW_TEXT: _("preview text"),
            Where.AUDIENCE: _("whom it is for"),
            Where.NEWSLETTER: _("the newsletter’s settings"),
            Where.PUBLICATION: _("the publication’s settings"),
            Where.TEMPLATES: _("the mail’s templates"),
            Where.SENDER_DOMAIN: _("the DNS of the sender’s domain"),
        }[self.where]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`text` says what was found, `remedy` what to do; both are one line, for the editor."""

    #: An id of `newsletter.issues.checks.catalogue`.
    rule: str
    level: str
    text: str
    remedy: str
    place: Place = field(default_factory=Place)
    #: What a decision on it holds for, where `text` says more than that, such as how slowly a link answered.
    about: str = ""
    #: By whom, when and why it was let pass; None while nobody has.
    decision: PreflightDecision | None = field(default=None, compare=False)

    @property
    def fingerprint(self) -> str:
        """Another one as soon as something else is found, so that it blocks anew."""
        return hashlib.sha256(f"{self.rule}\n{self.about or self.text}".encode()).hexdigest()

    def let_pass(self, decision: PreflightDecision) -> Finding:
        return replace(self, level=Level.OVERRIDDEN, decision=decision)
