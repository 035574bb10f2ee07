"""C1 to C4: numbers, findings and the sources behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from blog.editorial.findings import Finding
from blog.editorial.manuscript import Manuscript

RULES: tuple[Callable[[Manuscript], Iterator[Finding]], ...] = ()
