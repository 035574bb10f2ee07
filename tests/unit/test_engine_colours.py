"""The colours that are made of a newsletter's accent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.engine.colours import (
    DARK_GROUNDS,
    HOUSE_ACCENT,
    LIGHT_GROUNDS,
    READABLE,
    WHITE,
    contrast,
    darker,
    is_colour,
    lighter,
    palette,
)

colours = st.integers(0, 0xFFFFFF).map("#{:06X}".format)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#FFFFFF", 21.0),
        ("#777777", "#FFFFFF", 4.48),
        ("#0F5C63", "#FBF8F3", 7.26),
        ("#123456", "#123456", 1),
    ],
)
def test_contrast_is_what_wcag_says(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)
    assert contrast(other, one) == contrast(one, other)


@given(colours)
def test_links_and_buttons_of_any_accent_can_be_read_in_light_and_dark(accent: str) -> None:
    made = palette(accent)
    assert contrast(made.accent, WHITE) >= READABLE
    assert all(contrast(made.link, ground) >= READABLE for ground in LIGHT_GROUNDS)
    assert all(contrast(made.dark, ground) >= READABLE for ground in DARK_GROUNDS)


@given(colours)
def test_what_can_be_read_already_stays_as_it_is(colour: str) -> None:
    if contrast(colour, WHITE) >= READABLE:
        assert darker(colour, [WHITE]) == colour
    if contrast(colour, "#14191B") >= READABLE:
        assert lighter(colour, ["#14191B"]) == colour


@given(colours)
def test_the_nearest_darker_colour_is_near(colour: str) -> None:
    """Not black where less would do: what it finds is just enough."""
    found = darker(colour, [WHITE])
    assert contrast(found, WHITE) >= READABLE
    if found != colour:
        assert contrast(found, WHITE) < READABLE + 0.3


@pytest.mark.parametrize("given_", ["", "teal", "#0F5C6", "#0F5C63;}", "#GGGGGG", "url(x)", "#FFFFFF", "0F5C63"])
def test_what_is_no_readable_colour_leaves_the_house_accent(given_: str) -> None:
    assert palette(given_) == palette(HOUSE_ACCENT)
    assert palette(HOUSE_ACCENT).link == HOUSE_ACCENT


def test_small_letters_are_a_colour_too() -> None:
    assert is_colour("#7a1f2b")
    assert palette("#7a1f2b").accent == "#7A1F2B"
