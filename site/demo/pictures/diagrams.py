"""Pictures that explain: no words in them, so that they need no translation; their alt texts and captions speak."""

from __future__ import annotations

import math
from functools import partial

from PIL import ImageDraw

from demo.pictures.painting import Painting, Point, mixed

PAPER, SUNK = "#fbf8f3", "#f1ece3"
ACCENT, WARM, HAIRLINE = "#0f5c63", "#c26d3a", "#d9d1c4"


def paper(painting: Painting) -> None:
    painting.sky([(0, PAPER), (1, SUNK)])


def branch_growth(painting: Painting) -> None:
    """A nerve cell three times: its branches grow longer and more numerous."""
    paper(painting)
    for number, (depth, length) in enumerate(((3, 0.034), (5, 0.036), (6, 0.044))):
        cell(painting, (0.17 + 0.31 * number, 0.5), depth, length)


def cell(painting: Painting, centre: Point, depth: int, length: float) -> None:
    tips: list[Point] = []
    x, y = painting.x(centre[0]), painting.y(centre[1])
    painting.glow(centre, 0.17, "#dcebe6", 0.9)

    def branches(draw: ImageDraw.ImageDraw) -> None:
        for arm in range(5):
            angle = math.tau * arm / 5 + painting.random.uniform(-0.2, 0.2)
            tips.extend(painting.branch(draw, (x, y), angle, painting.width * length * 0.8, depth))
        radius = painting.width * 0.017
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)

    painting.lay(ACCENT, painting.mask(branches))
    painting.disc(centre, 0.0075, "#7cc9cb")

    def buds(draw: ImageDraw.ImageDraw) -> None:
        radius = painting.width * 0.0022
        for tip_x, tip_y in tips:
            draw.ellipse((tip_x - radius, tip_y - radius, tip_x + radius, tip_y + radius), fill=255)

    painting.lay(WARM, painting.mask(buds))


def pulse_bursts(painting: Painting) -> None:
    """Two rhythms: long even trains above, clusters of three below."""
    paper(painting)
    trains = [start + step * 0.0105 for start in (0.09, 0.55) for step in range(34)]
    bursts = [0.09 + group * 0.051 + step * 0.0105 for group in range(16) for step in range(3)]
    for places, level, colour in ((trains, 0.36, ACCENT), (bursts, 0.74, WARM)):
        painting.lay(HAIRLINE, painting.mask(partial(rest, painting, level)))
        painting.lay(colour, painting.mask(partial(strokes, painting, level, places)))


def rest(painting: Painting, level: float, draw: ImageDraw.ImageDraw) -> None:
    painting.line(draw, painting.at([(0.06, level), (0.94, level)]), painting.width * 0.0016)


def strokes(painting: Painting, level: float, places: list[float], draw: ImageDraw.ImageDraw) -> None:
    for x in places:
        painting.line(draw, painting.at([(x, level), (x, level - 0.2)]), painting.width * 0.0042)


def taper_steps(painting: Painting) -> None:
    """Two ways down: equal steps, and steps that shrink with the dose."""
    paper(painting)
    equal = [1 - step / 7 for step in range(8)]
    shrinking = [0.62**step for step in range(7)] + [0.0]
    for left, heights, colour in ((0.08, equal, "#7f9ea0"), (0.54, shrinking, ACCENT)):
        stairs(painting, left, heights, colour)


def stairs(painting: Painting, left: float, heights: list[float], colour: str) -> None:
    tread, foot, rise = 0.38 / len(heights), 0.84, 0.66
    points: list[Point] = [(left, foot)]
    for number, height in enumerate(heights):
        points += [(left + number * tread, foot - rise * height), (left + (number + 1) * tread, foot - rise * height)]
    shape = painting.mask(lambda draw: draw.polygon(painting.at([*points, (left + 0.38, foot)]), 255))
    painting.lay(painting.gradient([(0, mixed(colour, PAPER, 0.1)), (1, mixed(colour, PAPER, 0.62))]), shape)
    painting.lay(
        colour,
        painting.mask(lambda draw: draw.line(painting.at(points[1:]), 255, round(painting.width * 0.004), "curve")),
    )
    ground = painting.at([(left - 0.015, foot), (left + 0.395, foot)])
    painting.lay(HAIRLINE, painting.mask(lambda draw: painting.line(draw, ground, painting.width * 0.0024)))


def two_nights(painting: Painting) -> None:
    """Sleep as bars: broken into pieces above, in one piece below."""
    painting.sky([(0, "#14262e"), (1, "#1d3f48")])
    painting.glow((0.86, 0.14), 0.3, "#6fa3a8", 0.5)
    painting.crescent((0.86, 0.17), 0.03, "#fdf3df")
    pieces = [
        (0.08, 0.19),
        (0.225, 0.26),
        (0.315, 0.42),
        (0.45, 0.475),
        (0.53, 0.63),
        (0.66, 0.685),
        (0.73, 0.84),
        (0.88, 0.91),
    ]
    bars(painting, [(0.08, 0.92)], 0.44, "#35606a")
    bars(painting, pieces, 0.44, "#7cc9cb")
    bars(painting, [(0.2, 0.8)], 0.72, "#35606a")
    bars(painting, [(0.21, 0.79)], 0.72, "#e9a77c")


def bars(painting: Painting, spans: list[tuple[float, float]], level: float, colour: str) -> None:
    def shapes(draw: ImageDraw.ImageDraw) -> None:
        for start, end in spans:
            box = (painting.x(start), painting.y(level - 0.06), painting.x(end), painting.y(level + 0.06))
            draw.rounded_rectangle(box, radius=painting.width * 0.006, fill=255)

    painting.lay(colour, painting.mask(shapes))
