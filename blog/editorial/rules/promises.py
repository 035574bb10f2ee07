"""F3 to F5: promises, hype, and what a reader is told to feel."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from blog.editorial.findings import Finding
from blog.editorial.manuscript import Manuscript

RULES: tuple[Callable[[Manuscript], Iterator[Finding]], ...] = ()
