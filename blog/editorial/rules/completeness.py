"""F1, F2, F6, E1, E2: what a story about a treatment must have."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from blog.editorial.findings import Finding
from blog.editorial.manuscript import Manuscript

RULES: tuple[Callable[[Manuscript], Iterator[Finding]], ...] = ()
