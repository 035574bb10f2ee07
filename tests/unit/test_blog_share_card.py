"""The picture that stands for a story elsewhere."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from blog.discovery.share_card import ACCENT, PAPER, SERIF, SIZE, Card, can_write, draw_card, font, wrapped

TITLES = [
    "Sleep",
    "Ketamine Infusions: What They Can and Can’t Do",
    "A title of many words " * 12,
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3,
    "",
    "Ω не по-русски 漢字",
    "😀 emoji",
    "a\nb\tc",
]


def drawn(**fields: object) -> Image.Image:
    given = {"title": "Sleep", "byline": "Dr. Ada Quist, MD", "publication": "Rounds", **fields}
    with Image.open(io.BytesIO(draw_card(Card(**given)))) as image:  # type: ignore[arg-type]
        image.load()
        return image


def ink_between(image: Image.Image, top: int, bottom: int) -> int:
    """How many pixels of a band, right of the coloured edge, are not paper."""
    band = image.convert("RGB").crop((20, top, SIZE[0], bottom))
    paper = tuple(int(PAPER[place : place + 2], 16) for place in (1, 3, 5))
    return sum(count for count, colour in band.getcolors(band.width * band.height) or [] if colour != paper)


@pytest.mark.parametrize("title", TITLES)
def test_a_card_has_the_size_that_networks_ask_for(title: str) -> None:
    image = drawn(title=title)
    assert (image.size, image.format) == (SIZE, "PNG")


def test_title_publication_and_author_are_written() -> None:
    image = drawn()
    assert min(ink_between(image, 60, 120), ink_between(image, 250, 380), ink_between(image, 520, 570)) > 300


def test_a_title_that_the_font_does_not_have_is_left_out_instead_of_drawn_as_boxes() -> None:
    assert ink_between(drawn(title="漢字"), 150, 500) == 0
    assert not can_write("漢字", font(SERIF, 76, 650))
    assert can_write("Çédille – “quotes”, naïve", font(SERIF, 76, 650))


@pytest.mark.parametrize("title", TITLES[:4])
def test_no_line_is_wider_than_its_place(title: str) -> None:
    with_font = font(SERIF, 42, 650)
    lines = wrapped(title, with_font, 600)
    assert all(with_font.getlength(line) <= 600 for line in lines)
    assert "".join("".join(lines).split()) == "".join(title.split())


def test_a_long_title_stays_between_publication_and_author() -> None:
    image = drawn(title="A title of many words " * 12)
    assert ink_between(image, 112, 130) == 0
    assert ink_between(image, 505, 520) == 0


def test_a_picture_stands_at_the_right_edge() -> None:
    file = io.BytesIO()
    Image.new("RGB", (300, 300), "#123456").save(file, "JPEG", quality=100)
    right = drawn(picture=file.getvalue()).convert("RGB").getpixel((SIZE[0] - 10, 300))
    assert right == pytest.approx((0x12, 0x34, 0x56), abs=3)


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n"])
def test_a_picture_that_cannot_be_read_leaves_the_card_without_one(data: bytes) -> None:
    assert drawn(picture=data).convert("RGB").getpixel((SIZE[0] - 10, 300)) == drawn().convert("RGB").getpixel(
        (1190, 300)
    )


def test_the_edge_has_the_colour_of_the_publication() -> None:
    assert drawn().convert("RGB").getpixel((5, 5)) == tuple(int(ACCENT[place : place + 2], 16) for place in (1, 3, 5))
