"""A1: what readers who can't see the page need."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from blog.editorial.findings import Finding
from blog.editorial.manuscript import Manuscript

RULES: tuple[Callable[[Manuscript], Iterator[Finding]], ...] = ()
