"""Tables in plain text: in columns where they fit, else a line for each value."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

GAP = "  "


def text_table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, width: int) -> str:
    """The table with its columns aligned; if that is wider than `width`, `heading: value` lines, a group per row."""
    lines = [list(headings), *map(list, rows)] if any(headings) else [list(row) for row in rows]
    sizes = [max(map(len, column)) for column in zip_longest(*lines, fillvalue="")]
    if sum(sizes) + len(GAP) * (len(sizes) - 1) > width:
        return "\n\n".join(filter(None, ("\n".join(_named(headings, row)) for row in rows)))
    shown = [GAP.join(cell.ljust(size) for cell, size in zip(line, sizes, strict=False)).rstrip() for line in lines]
    if any(headings):
        shown.insert(1, GAP.join("-" * size for size in sizes))
    return "\n".join(shown)


def _named(headings: Sequence[str], row: Sequence[str]) -> list[str]:
    pairs = zip_longest(headings, row, fillvalue="")
    return [f"{heading}: {cell}" if heading else cell for heading, cell in pairs if cell]
