"""Colours: contrast as WCAG 2.2 measures it, and what is made of a newsletter's accent so that it can be read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

HOUSE_ACCENT = "#0F5C63"
#: Its counterpart in the dark was chosen by eye; those of other accents are worked out.
_HOUSE_IN_THE_DARK = "#7CC9CB"
#: WCAG 2.2, success criterion 1.4.3.
READABLE = 4.5
#: Criterion 1.4.6: what is read in the dark is read at night, and a colour that is just enough looks muddy there.
COMFORTABLE = 7.0
WHITE = "#FFFFFF"
#: What links stand on in a mail: the sheet, and the grounds of its boxes. Of the dark ones too.
LIGHT_GROUNDS = (WHITE, "#F1ECE3", "#F8E9DE", "#FFF3D6")
DARK_GROUNDS = ("#14191B", "#1B2225", "#2C2119", "#2D2513")
_FORM = re.compile(r"#[0-9A-Fa-f]{6}")
#: As many steps between a colour and black or white as a channel has values.
_STEPS = 255

_Channels = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """`accent` for what is filled with it under white words, `link` for words in it, `dark` for both in the dark."""

    accent: str
    link: str
    dark: str


def palette(accent: str) -> Palette:
    """The colours of an accent; those of the house for what is no colour or can't be read on white."""
    if not is_colour(accent) or contrast(accent, WHITE) < READABLE:
        accent = HOUSE_ACCENT
    accent = accent.upper()
    dark = _HOUSE_IN_THE_DARK if accent == HOUSE_ACCENT else lighter(accent, DARK_GROUNDS, ratio=COMFORTABLE)
    return Palette(accent=accent, link=darker(accent, LIGHT_GROUNDS), dark=dark)


def is_colour(text: str) -> bool:
    """Whether it is written as `#RRGGBB`."""
    return bool(_FORM.fullmatch(text))


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white); both are `#RRGGBB`."""
    low, high = sorted((_luminance(_channels(one)), _luminance(_channels(other))))
    return (high + 0.05) / (low + 0.05)


def darker(colour: str, grounds: Iterable[str], *, ratio: float = READABLE) -> str:
    """The nearest darker colour of the same hue that has this contrast on all of the grounds, itself if it has."""
    return _towards((0, 0, 0), colour, list(grounds), ratio)


def lighter(colour: str, grounds: Iterable[str], *, ratio: float = READABLE) -> str:
    """The nearest lighter colour that has this contrast on all of the grounds, itself if it has."""
    return _towards((255, 255, 255), colour, list(grounds), ratio)


def _towards(goal: _Channels, colour: str, grounds: list[str], ratio: float) -> str:
    start = _channels(colour)
    for step in range(_STEPS + 1):
        channels = tuple(round(value + (end - value) * step / _STEPS) for value, end in zip(start, goal, strict=True))
        found = "#" + "".join(f"{value:02X}" for value in channels)
        if all(contrast(found, ground) >= ratio for ground in grounds):
            return found
    return "#" + "".join(f"{value:02X}" for value in goal)


def _channels(colour: str) -> _Channels:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(channels: _Channels) -> float:
    """Relative luminance (WCAG 2.2)."""
    red, green, blue = (_linear(value / 255) for value in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
