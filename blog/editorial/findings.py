"""What the check found: one rule, one place, why it matters, what to do."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    #: Stops publishing and sending; an override needs the right and a reason.
    BLOCKER = "B"
    #: Somebody has to have seen it.
    ACKNOWLEDGE = "A"
    #: Worth a look.
    WARNING = "W"


#: In the order in which an author should read them.
LEVELS = tuple(Level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    rule: str
    level: Level
    #: The block's name, such as `4 text`; see `Block.name`.
    block: str
    #: The block's id in the StreamField, so that an editor can jump to it; empty for fields and files.
    block_id: str = ""
    #: The sentence it fires on as readers see it; empty when something is missing instead of wrong.
    sentence: str = ""
    why: str
    remedy: str
    #: Higher stands first among findings of the same level.
    weight: int = 0

    @property
    def fingerprint(self) -> str:
        """The same for the same sentence anywhere in the story, another one as soon as a word changes."""
        words = " ".join(self.sentence.split())
        return hashlib.sha256(f"{self.rule}\n{self.level}\n{words or self.why}".encode()).hexdigest()
