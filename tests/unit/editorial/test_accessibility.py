"""A1: pictures and headings for readers who can't see the page."""

from __future__ import annotations

import pytest

from blog.editorial.findings import Level
from blog.editorial.manuscript import Block, BlockKind
from blog.editorial.rules.accessibility import headings_out_of_order, images_without_a_description
from tests.unit.editorial.drafts import block, draft, fired, heading


def image(alt: str | None) -> Block:
    return block(BlockKind.IMAGE, "A caption.", alt=alt)


NOTHING_SAID = (
    *("", " ", "\t", "\u00a0 "),
    *(
        "IMG_1234.jpg",
        "IMG_1234",
        "DSC 0042",
        "dsc-0042",
        "photo1",
        "image 3",
        "sunset.PNG",
        "holiday.jpeg",
        "x.webp",
        "a-b.svg",
    ),
)
SAID_OR_NOT_NEEDED = (
    *("A bare tree in front of a low sun.", "A lake", "Tree", "Two bars stand for two nights.", "IMG stands for image"),
    *("The file tree.jpg on a screen", "A photo of the 1234 team", "Dr. Smith at her desk", "1", "Ein See", None),
)


@pytest.mark.parametrize("alt", NOTHING_SAID)
def test_an_image_that_says_nothing_blocks(alt: str) -> None:
    (finding,) = fired(images_without_a_description, draft("First.", image(alt)))
    assert (finding.rule, finding.level, finding.block) == ("A1", Level.BLOCKER, "2 image")


@pytest.mark.parametrize("alt", SAID_OR_NOT_NEEDED)
def test_a_described_or_decorative_image_is_left_alone(alt: str | None) -> None:
    assert fired(images_without_a_description, draft(image(alt))) == []


JUMPS = (
    ([3], 1),
    ([3, 2], 1),
    ([3, 2, 3], 1),
    ([3, 3], 1),
    ([4], 1),
    ([2, 4], 1),
    ([2, 3, 2, 4], 1),
    ([2, 2, 4, 3], 1),
    ([3, 2, 4], 2),
    ([2, 5, 3], 1),
)
ORDERLY: tuple[list[int], ...] = (
    [],
    [2],
    [2, 2],
    [2, 3],
    [2, 3, 3],
    [2, 3, 2],
    [2, 3, 2, 3],
    [2, 2, 3],
    [2, 3, 4],
    [2, 3, 4, 2],
    [2, 3, 4, 3],
)


def headings(levels: list[int]) -> list[Block]:
    return [heading(f"Heading {number}", level=level) for number, level in enumerate(levels)]


@pytest.mark.parametrize(("levels", "count"), JUMPS)
def test_a_jump_in_the_levels_of_headings_blocks(levels: list[int], count: int) -> None:
    found = fired(headings_out_of_order, draft(*headings(levels)))
    jumps = [finding for finding in found if "stands above it" in finding.why]
    assert {(finding.rule, finding.level) for finding in jumps} == {("A1", Level.BLOCKER)}
    assert len(jumps) >= count


@pytest.mark.parametrize("levels", ORDERLY)
def test_headings_in_order_are_left_alone(levels: list[int]) -> None:
    assert fired(headings_out_of_order, draft(*headings(levels))) == []


def test_what_is_not_a_heading_changes_no_level() -> None:
    parts: list[str | Block] = [
        heading("Risks"),
        block(BlockKind.RISKS, "Nausea."),
        heading("At first", level=3),
        "Text.",
        image("A lake"),
    ]
    assert fired(headings_out_of_order, draft(*parts)) == []


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_an_empty_heading_blocks_once(text: str) -> None:
    (finding,) = fired(headings_out_of_order, draft(heading("Risks"), heading(text, level=3)))
    assert finding.level is Level.BLOCKER
    assert "no words" in finding.why


def test_the_remedy_names_the_level_that_fits() -> None:
    (finding,) = fired(headings_out_of_order, draft(heading("At First", level=3)))
    assert (finding.sentence, finding.remedy) == ("At First", "Make it a heading of level 2.")
