"""The picture that a social network shows of a story: its title and author, drawn by Pillow in our own type.

Open Graph asks for 1,200 x 630 (https://ogp.me). A title in a script that our fonts don't have is left out rather than
drawn as empty boxes: the card then shows the publication, the author if that can be written, and the picture.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.contrib.staticfiles import finders
from PIL import Image, ImageDraw, ImageFont, ImageOps

SIZE = (1200, 630)
MARGIN = 72
PAPER, INK, MUTED, ACCENT = "#FBF8F3", "#22282B", "#4A5559", "#0F5C63"
#: How wide the story's picture stands at the right edge.
PICTURE_WIDTH = 400
SERIF, SANS = "fonts/source-serif-4-latin-roman.woff2", "fonts/source-sans-3-latin-roman.woff2"
#: From the largest that reads well to the smallest that is still read on a phone.
TITLE_SIZES = (76, 68, 60, 54, 48, 42)
TITLE_LINES = 5
LEADING = 1.16


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a card says. `picture` is an image file's bytes or None."""

    title: str
    byline: str
    publication: str
    picture: bytes | None = None


@lru_cache(maxsize=32)
def font(name: str, size: int, weight: int) -> ImageFont.FreeTypeFont:
    """One of our variable fonts (FreeType reads WOFF2)."""
    path = finders.find(name)
    if not path:
        raise FileNotFoundError(f"{name} is not among the static files")
    found = ImageFont.truetype(str(path), size)
    found.set_variation_by_axes([weight])
    return found


def can_write(text: str, with_font: ImageFont.FreeTypeFont) -> bool:
    """Whether the font has a shape for every letter; what it lacks, it draws as the shape of U+FFFF."""
    missing = bytes(with_font.getmask("\uffff"))
    return all(letter.isspace() or bytes(with_font.getmask(letter)) != missing for letter in set(text))


def draw_card(card: Card) -> bytes:
    """A PNG of 1,200 x 630 pixels."""
    image = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(image)
    width = SIZE[0] - 2 * MARGIN
    if card.picture is not None and _paste(image, card.picture):
        width -= PICTURE_WIDTH
    draw.rectangle((0, 0, 16, SIZE[1]), fill=ACCENT)
    _write_title(draw, card.title, width)
    small = font(SANS, 34, 600)
    if can_write(card.publication, small):
        draw.text((MARGIN, MARGIN), card.publication, font=small, fill=ACCENT, anchor="lt")
    author = font(SANS, 34, 400)
    if card.byline and can_write(card.byline, author):
        draw.text(
            (MARGIN, SIZE[1] - MARGIN), _fitting(card.byline, author, width), font=author, fill=MUTED, anchor="lb"
        )
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _paste(image: Image.Image, data: bytes) -> bool:
    """Set the picture at the right edge; False when it can't be read, for a card matters more than its picture."""
    try:
        with Image.open(io.BytesIO(data)) as opened:
            picture = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError):
        return False
    image.paste(ImageOps.fit(picture, (PICTURE_WIDTH, SIZE[1])), (SIZE[0] - PICTURE_WIDTH, 0))
    return True


def _write_title(draw: ImageDraw.ImageDraw, title: str, width: int) -> None:
    if not can_write(title, font(SERIF, TITLE_SIZES[0], 650)):
        return
    for size in TITLE_SIZES:
        with_font = font(SERIF, size, 650)
        lines = wrapped(title, with_font, width)
        if len(lines) <= TITLE_LINES and len(lines) * size * LEADING <= SIZE[1] - 4 * MARGIN:
            break
    else:
        lines = lines[:TITLE_LINES]
        lines[-1] = _fitting(f"{lines[-1]} …", with_font, width)
    top = (SIZE[1] - len(lines) * size * LEADING) / 2
    for number, line in enumerate(lines):
        draw.text((MARGIN, top + number * size * LEADING), line, font=with_font, fill=INK, anchor="la")


def wrapped(text: str, with_font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Lines that are at most `width` pixels wide; a word that is wider is broken."""
    lines: list[str] = []
    for word in _breakable(text.split(), with_font, width):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and with_font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _breakable(words: Sequence[str], with_font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    letters = max(1, int(width / (with_font.getlength("m") or 1)))
    return [
        piece
        for word in words
        for piece in ([word] if with_font.getlength(word) <= width else textwrap.wrap(word, letters))
    ]


def _fitting(text: str, with_font: ImageFont.FreeTypeFont, width: int) -> str:
    while len(text) > 1 and with_font.getlength(text) > width:
        text = f"{text[:-2].rstrip(' …')}…"
    return text
