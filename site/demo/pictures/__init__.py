"""Draws the demo's pictures: calm scenes in the colours of the site, the same ones every time."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from types import MappingProxyType

from demo.pictures import diagrams, landscapes, portraits, waters
from demo.pictures.painting import Painting

#: Pixels across a scene; tests make it small.
WIDTH = 1600
#: Width and height as shares of WIDTH.
LANDSCAPE, BAND, SQUARE = (1.0, 9 / 16), (1.0, 0.44), (0.5, 0.5)

#: How each picture is painted, and its shape.
PICTURES: Mapping[str, tuple[Callable[[Painting], None], tuple[float, float]]] = MappingProxyType(
    {
        "dawn-branches": (landscapes.dawn_branches, LANDSCAPE),
        "terraces": (landscapes.terraces, LANDSCAPE),
        "meadow-path": (landscapes.meadow_path, LANDSCAPE),
        "mist-over-water": (waters.mist_over_water, LANDSCAPE),
        "night-lake": (waters.night_lake, LANDSCAPE),
        "ripples": (waters.ripples, LANDSCAPE),
        "stepping-stones": (waters.stepping_stones, LANDSCAPE),
        "branch-growth": (diagrams.branch_growth, BAND),
        "pulse-bursts": (diagrams.pulse_bursts, BAND),
        "taper-steps": (diagrams.taper_steps, BAND),
        "two-nights": (diagrams.two_nights, BAND),
        "portrait-dusk": (portraits.dusk, SQUARE),
        "portrait-dawn": (portraits.dawn, SQUARE),
    }
)


def draw(name: str) -> bytes:
    """The picture of that name as a JPEG file.

    Raises:
        KeyError: there is no such picture.
    """
    paint, (across, down) = PICTURES[name]
    painting = Painting(round(WIDTH * across), round(WIDTH * down), seed=name)
    paint(painting)
    file = io.BytesIO()
    painting.finished().save(file, "JPEG", quality=88, optimize=True)
    return file.getvalue()
