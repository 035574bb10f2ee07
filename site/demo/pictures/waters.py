"""Scenes by the water: mist, a moonlit lake, ripples, stepping stones."""

from __future__ import annotations

import math
from functools import partial

from PIL import Image, ImageDraw

from demo.pictures.painting import Painting, mixed


def mirror(painting: Painting, horizon: float, tint: str, strength: float) -> None:
    """Everything above the horizon once more below it, upside down and a little darker."""
    line = round(painting.y(horizon))
    below = painting.height - line
    above = painting.image.crop((0, max(0, line - below), painting.width, line))
    flipped = above.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize((painting.width, below))
    # Water smears along the line of sight: squeezed and stretched sideways.
    smeared = flipped.resize((painting.width // 24, below)).resize((painting.width, below), Image.Resampling.BICUBIC)
    painting.image.paste(Image.blend(flipped, smeared, 0.75), (0, line))
    surface = painting.mask(lambda draw: draw.rectangle((0, line, painting.width, painting.height), fill=255))
    painting.lay(tint, surface, strength)


def streaks(painting: Painting, horizon: float, colour: str, count: int, strength: float) -> None:
    """Fine level lines of light on the water, longer towards us."""

    def lines(draw: ImageDraw.ImageDraw) -> None:
        for _ in range(count):
            depth = painting.random.random()
            y, x = horizon + (1 - horizon) * depth**1.4, painting.random.uniform(-0.1, 1)
            length = (0.02 + 0.16 * depth) * painting.random.uniform(0.4, 1)
            thick = max(1, round(painting.width * (0.0004 + 0.0012 * depth)))
            draw.line(painting.at([(x, y), (x + length, y)]), fill=255, width=thick)

    painting.lay(colour, painting.mask(lines, blur=0.0008), strength)


def mist_over_water(painting: Painting) -> None:
    """A still lake at daybreak."""
    painting.sky([(0, "#86b2b5"), (0.25, "#cfd9cc"), (0.45, "#f9dcb8"), (0.56, "#f6c79b"), (1, "#f6c79b")])
    painting.glow((0.38, 0.5), 0.42, "#fff3dc", 0.95)
    painting.disc((0.38, 0.475), 0.04, "#fffaf0", blur=0.0015)
    for base, height, colour in ((0.5, 0.13, "#b4c4bb"), (0.54, 0.08, "#7ea3a1"), (0.565, 0.04, "#3f747a")):
        painting.land(
            painting.wave(base, height, bumps=1.1), [(0, colour), (0.16, mixed(colour, "#f9e3c8", 0.7)), (1, "#f9e3c8")]
        )
        painting.mist(base + 0.02, 0.05, "#fdeed8", 0.7)
    mirror(painting, 0.585, "#2f747d", 0.2)
    streaks(painting, 0.6, "#fff3dc", 150, 0.5)
    for level in (0.575, 0.6, 0.66):
        painting.mist(level, 0.05, "#fff4e2", 0.75)
    reeds(painting)


def reeds(painting: Painting) -> None:
    def stalks(draw: ImageDraw.ImageDraw) -> None:
        for _ in range(46):
            x, tall = 0.8 + painting.random.gauss(0.08, 0.06), painting.random.uniform(0.14, 0.4)
            lean = painting.random.uniform(-0.03, 0.02)
            points = [(x + lean * (t / 12) ** 2, 1.01 - tall * t / 12) for t in range(13)]
            draw.line(painting.at(points), fill=255, width=max(1, round(painting.width * 0.0013)), joint="curve")
            if tall > 0.3:
                (x0, y0), (x1, y1) = painting.at([points[-1], points[-3]])
                painting.line(draw, [(x0, y0), (x1, y1)], painting.width * 0.0036)

    painting.lay("#0a3b41", painting.mask(stalks))


def night_lake(painting: Painting) -> None:
    """A crescent moon, its light a narrow path on the lake."""
    painting.sky([(0, "#0f1d26"), (0.3, "#163640"), (0.52, "#2d626b"), (1, "#2d626b")])
    stars(painting)
    painting.glow((0.66, 0.25), 0.34, "#a9d3d2", 0.5)
    painting.crescent((0.66, 0.25), 0.04, "#fdf3df")
    for base, height, colour in ((0.5, 0.14, "#2b5a63"), (0.55, 0.1, "#1b434c"), (0.585, 0.05, "#10303a")):
        painting.land(
            painting.wave(base, height, bumps=1.2), [(0, colour), (0.2, mixed(colour, "#3f7c84", 0.4)), (1, "#2d626b")]
        )
        painting.mist(base + 0.03, 0.04, "#6fa3a8", 0.28)
    mirror(painting, 0.6, "#0c222b", 0.38)
    painting.mist(0.6, 0.03, "#8fc0c2", 0.4)
    moonpath(painting, 0.66)


def stars(painting: Painting) -> None:
    def points(draw: ImageDraw.ImageDraw) -> None:
        for _ in range(170):
            x, y = painting.x(painting.random.random()), painting.y(painting.random.random() ** 1.3 * 0.46)
            radius = painting.width * painting.random.choice((0.0003, 0.0004, 0.0005, 0.0009))
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=painting.random.randint(90, 255))

    painting.lay("#f3ead9", painting.mask(points), 0.9)


def moonpath(painting: Painting, middle: float) -> None:
    def glints(draw: ImageDraw.ImageDraw) -> None:
        for _ in range(320):
            depth = painting.random.random()
            y = 0.605 + 0.4 * depth**1.3
            x = middle + painting.random.gauss(0, 0.006 + 0.03 * depth)
            length = painting.random.uniform(0.004, 0.012 + 0.05 * depth)
            thick = max(1, round(painting.width * (0.0005 + 0.0018 * depth)))
            draw.line(
                painting.at([(x - length / 2, y), (x + length / 2, y)]),
                fill=painting.random.randint(70, 255),
                width=thick,
            )

    painting.lay("#f3e3c6", painting.mask(glints, blur=0.0006), 0.8)
    painting.glow((middle, 0.72), 0.2, "#cfe3dc", 0.25, squash=1.6)


def ripples(painting: Painting) -> None:
    """Rings spread over a pond and catch a warm light."""
    painting.sky([(0, "#f2d9bb"), (0.16, "#a9c6bd"), (0.45, "#3f8188"), (1, "#0b4046")])
    painting.glow((0.2, 0.05), 0.55, "#fdebd0", 0.9, squash=0.7)
    streaks(painting, 0.08, "#d6e8df", 90, 0.25)
    for colour, inwards, strength in (("#062c31", 0.985, 0.3), ("#f6e6cb", 1.0, 0.75)):
        painting.lay(colour, painting.mask(partial(rings, painting, inwards), blur=0.0016), strength)
    painting.glow((0.58, 0.52), 0.06, "#fdf3df", 0.8, squash=0.4)


def rings(painting: Painting, inwards: float, draw: ImageDraw.ImageDraw) -> None:
    """Rings seen at a slant, fainter and finer as they spread; `inwards` moves them, for the trough inside a crest."""
    x, y, count = painting.x(0.58), painting.y(0.52), 15
    for number in range(count, 0, -1):
        reach = painting.width * 0.5 * (number / count) ** 1.15 * inwards
        fade = (1 - number / (count + 1)) ** 0.8
        width = max(2, round(painting.width * 0.0046 * (0.35 + fade)))
        box = (x - reach, y - reach * 0.36, x + reach, y + reach * 0.36)
        draw.ellipse(box, outline=round(255 * fade), width=width)


def stepping_stones(painting: Painting) -> None:
    """Flat stones lead over calm water, close enough for small steps."""
    painting.sky([(0, "#d9dfce"), (0.2, "#8fb8b1"), (0.6, "#3f8188"), (1, "#0f5c63")])
    painting.glow((0.7, 0.05), 0.5, "#fff0d8", 0.9, squash=0.6)
    painting.land(
        [(0, 0.2), (0.3, 0.17), (0.6, 0.19), (1, 0.15)],
        [(0, "#8fae8c"), (0.12, "#b8c9a2"), (0.13, "#8fb8b1"), (1, "#0f5c63")],
    )
    painting.ground(0.27, [(0, "#9fc0b4"), (0.35, "#4b8b90"), (1, "#0d4b52")])
    streaks(painting, 0.28, "#f4ead3", 130, 0.35)
    spots = [spot(number / 10, wobble=math.sin(number * 1.9)) for number in range(11)]
    stones(painting, spots)


def spot(share: float, *, wobble: float) -> tuple[float, float, float]:
    """Place and half width of a stone; `share` is 0 at the far bank, 1 at the near one."""
    return 0.7 - 0.44 * share + 0.06 * wobble, 0.31 + 0.6 * share**1.15, (0.055 - 0.012 * share) * (0.55 + 0.55 * share)


#: From below: colour, strength, blur, and the oval (left, top, right, bottom) as multiples of the half width.
STONE_LAYERS = (
    ("#062c31", 0.55, 0.006, (-1.1, -0.1, 1.1, 0.62)),
    ("#7f7a70", 1.0, 0.0006, (-1.0, -0.3, 1.0, 0.42)),
    ("#e5dfd3", 1.0, 0.0008, (-0.97, -0.31, 0.97, 0.3)),
    ("#fff6e6", 0.6, 0.008, (-0.2, -0.26, 0.85, 0.1)),
)


def stones(painting: Painting, spots: list[tuple[float, float, float]]) -> None:
    for colour, strength, blur, (left, top, right, bottom) in STONE_LAYERS:

        def ovals(draw: ImageDraw.ImageDraw, box: tuple[float, ...] = (left, top, right, bottom)) -> None:
            for place_x, place_y, half in spots:
                x, y, r = painting.x(place_x), painting.y(place_y), painting.x(half)
                draw.ellipse((x + r * box[0], y + r * box[1], x + r * box[2], y + r * box[3]), fill=255)

        painting.lay(colour, painting.mask(ovals, blur=blur), strength)
