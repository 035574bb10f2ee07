"""S1 to S4: how a story speaks of suicide and self-harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from blog.editorial.findings import Finding
from blog.editorial.manuscript import Manuscript

RULES: tuple[Callable[[Manuscript], Iterator[Finding]], ...] = ()
