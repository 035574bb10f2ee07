"""Programs that name themselves: scanners, crawlers, libraries."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

#: Many more than are in use at a time; an unknown one is compared with all patterns, which takes a millisecond.
REMEMBERED = 2048
#: What is longer is no browser's name.
LONGEST = 1000
_LIST = Path(__file__).with_name("programs.txt")


@lru_cache(maxsize=REMEMBERED)
def is_program(agent: str) -> bool:
    """Whether the User-Agent is a program's; every browser sends one, so none at all is."""
    return not agent.strip() or len(agent) > LONGEST or bool(_patterns().search(agent))


@cache
def _patterns() -> re.Pattern[str]:
    lines = _LIST.read_text(encoding="utf-8").splitlines()
    return re.compile("|".join(f"(?:{line})" for line in lines if line and not line.startswith("#")))
