"""What the check before sending can say about an issue."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a finding weighs."""

    BLOCKER = "B"  #: the issue can't be scheduled
    WARNING = "W"  #: it can; a person should look
    NOT_HERE = "N"  #: can't be checked on this machine; never in production


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`text` says what was found, `remedy` what to do; both are one line, for the editor."""

    rule: str
    level: str
    text: str
    remedy: str
