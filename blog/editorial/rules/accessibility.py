"""A1: what readers who can't see the page need."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from blog.editorial.catalogue import finding
from blog.editorial.findings import Finding
from blog.editorial.manuscript import Block, BlockKind, Manuscript

#: The title of the page is its heading of level 1.
TITLE_LEVEL = 1
#: A camera's or a file's name describes nothing (WCAG failure F30).
FILE_NAME = re.compile(
    r"(?:\S+\.(?:jpe?g|png|gif|webp|heic|tiff?|svg)|(?:IMG|DSC|DSCN|PXL|image|photo)[_ -]?\d+)", re.I
)


def images_without_a_description(manuscript: Manuscript) -> Iterator[Finding]:
    """A1: images that mean something and say nothing to a screen reader."""
    for block in manuscript.blocks:
        if block.alt is None:
            continue
        alt = block.alt.strip()
        if not alt:
            yield finding("A1", block)
        elif FILE_NAME.fullmatch(alt):
            yield finding("A1", block, alt, variant="file_name")


def headings_out_of_order(manuscript: Manuscript) -> Iterator[Finding]:
    """A1: headings that skip a level going down, or that are empty."""
    level = TITLE_LEVEL
    for block in manuscript.of_kind(BlockKind.HEADING):
        text = _text_of(block)
        if not text:
            yield finding("A1", block, variant="empty_heading")
        elif block.level > level + 1:
            yield finding("A1", block, text, variant="heading_jump", level=block.level, above=level + 1)
        level = block.level or level


def _text_of(block: Block) -> str:
    return " ".join(" ".join(block.paragraphs).split())


RULES: tuple[Callable[[Manuscript], Iterator[Finding]], ...] = (images_without_a_description, headings_out_of_order)
