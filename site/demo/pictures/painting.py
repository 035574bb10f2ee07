"""A canvas with the few techniques that the scenes need: gradients, glows, ridges, mist, branches, grain.

Coordinates are shares of the width (x) and of the height (y), lengths are shares of the width, so that a scene looks
the same at every size. Everything is painted at twice the size and made smaller at the end: Pillow's edges are hard.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from random import Random

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter

Point = tuple[float, float]
Colour = tuple[int, int, int]
#: A colour and where it stands, 0 to 1.
Stops = Sequence[tuple[float, str]]

OVERSAMPLING = 2
GRAIN = 0.22


def rgb(colour: str) -> Colour:
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red, green, blue


def mixed(first: str, second: str, share: float) -> str:
    """The colour at `share` of the way from the first to the second."""
    parts = (round(a + (b - a) * share) for a, b in zip(rgb(first), rgb(second), strict=True))
    return "#{:02x}{:02x}{:02x}".format(*parts)


def colour_at(stops: Stops, share: float) -> str:
    for (start, first), (end, second) in pairwise(stops):
        if share <= end:
            return mixed(first, second, max(0.0, (share - start) / ((end - start) or 1)))
    return stops[-1][1]


class Painting:
    """One picture in the making. `random` is seeded by the picture's name."""

    def __init__(self, width: int, height: int, *, seed: str) -> None:
        self.width, self.height = width * OVERSAMPLING, height * OVERSAMPLING
        self.random = Random(seed)  # noqa: S311 - pictures, not secrets
        self.image = Image.new("RGB", (self.width, self.height))

    def x(self, share: float) -> float:
        return share * self.width

    def y(self, share: float) -> float:
        return share * self.height

    def at(self, points: Sequence[Point]) -> list[Point]:
        return [(self.x(x), self.y(y)) for x, y in points]

    # Laying colour on

    def gradient(self, stops: Stops) -> Image.Image:
        """A picture-sized vertical gradient."""
        column = Image.new("RGB", (1, 512))
        column.putdata([rgb(colour_at(stops, step / 511)) for step in range(512)])
        smooth = column.resize((1, self.height), Image.Resampling.BICUBIC)
        return smooth.resize((self.width, self.height), Image.Resampling.NEAREST)

    def sky(self, stops: Stops) -> None:
        self.image = self.gradient(stops)

    def ground(self, top: float, stops: Stops) -> None:
        """A gradient from `top` down to the foot of the picture."""
        mask = self.mask(lambda draw: draw.rectangle((0, self.y(top), self.width, self.height), fill=255))
        self.lay(self.gradient([(top + at * (1 - top), colour) for at, colour in stops]), mask)

    def mask(self, paint: Callable[[ImageDraw.ImageDraw], None], *, blur: float = 0) -> Image.Image:
        """What `paint` draws in white; `blur` is a share of the width and is done small, where it costs little."""
        mask = Image.new("L", (self.width, self.height))
        paint(ImageDraw.Draw(mask))
        if not blur:
            return mask
        factor = max(1, int(blur * self.width / 6))
        small = mask.reduce(factor) if factor > 1 else mask
        small = small.filter(ImageFilter.GaussianBlur(blur * self.width / factor))
        return small.resize(mask.size, Image.Resampling.BICUBIC)

    def lay(self, colour: str | Image.Image, mask: Image.Image, strength: float = 1.0) -> None:
        """Lay a colour, or a whole picture, where the mask is white."""
        if strength < 1:
            mask = mask.point(lambda value: round(value * strength))
        box = mask.getbbox()
        if box is None:
            return
        source = rgb(colour) if isinstance(colour, str) else colour.crop(box)
        self.image.paste(source, box, mask.crop(box))

    # Things

    def glow(self, centre: Point, radius: float, colour: str, strength: float = 1.0, *, squash: float = 1.0) -> None:
        """Light that fades from its centre outwards."""
        across, down = round(self.x(radius) * 2), round(self.x(radius) * 2 * squash)
        # Pillow's gradient has 180 at the middle of its edges and 255 only in the corners.
        fading = Image.radial_gradient("L").point(lambda value: round(255 * max(0.0, 1 - value / 178) ** 1.6))
        mask = Image.new("L", self.image.size)
        corner = (round(self.x(centre[0]) - across / 2), round(self.y(centre[1]) - down / 2))
        mask.paste(fading.resize((across, down), Image.Resampling.BICUBIC), corner)
        self.lay(colour, mask, strength)

    def disc(self, centre: Point, radius: float, colour: str, strength: float = 1.0, *, blur: float = 0) -> None:
        x, y, r = self.x(centre[0]), self.y(centre[1]), self.x(radius)
        self.lay(
            colour, self.mask(lambda draw: draw.ellipse((x - r, y - r, x + r, y + r), fill=255), blur=blur), strength
        )

    def crescent(self, centre: Point, radius: float, colour: str) -> None:
        """A moon with its light from the right."""
        x, y, r = self.x(centre[0]), self.y(centre[1]), self.x(radius)

        def sickle(draw: ImageDraw.ImageDraw) -> None:
            draw.ellipse((x - r, y - r, x + r, y + r), fill=255)
            draw.ellipse((x - r * 1.5, y - r * 1.18, x + r * 0.62, y + r * 0.94), fill=0)

        self.lay(colour, self.mask(sickle, blur=0.0008))

    def wave(self, base: float, height: float, *, bumps: float) -> list[Point]:
        """A skyline around `base`: a few sines with chance phases."""
        waves = [(bumps * k, height / k, self.random.uniform(0, math.tau)) for k in (1, 1.9, 3.7)]
        return [
            (step / 200, base - sum(h * math.sin(math.tau * n * step / 200 + phase) for n, h, phase in waves) / 2)
            for step in range(201)
        ]

    def land(self, skyline: Sequence[Point], stops: Stops) -> Image.Image:
        """Everything below a skyline, in a gradient from its highest point to the foot; returns its mask."""
        mask = self.mask(
            lambda draw: draw.polygon([*self.at(skyline), (self.width, self.height), (0, self.height)], 255)
        )
        top = max(0.0, min(y for _, y in skyline))
        self.lay(self.gradient([(top + at * (1 - top), colour) for at, colour in stops]), mask)
        return mask

    def mist(self, level: float, thickness: float, colour: str, strength: float) -> None:
        def banks(draw: ImageDraw.ImageDraw) -> None:
            for _ in range(7):
                x, y = self.random.uniform(-0.2, 1), level + self.random.uniform(-0.3, 0.3) * thickness
                length = self.random.uniform(0.35, 0.8)
                draw.ellipse(
                    (self.x(x), self.y(y - thickness / 4), self.x(x + length), self.y(y + thickness / 4)), fill=255
                )

        self.lay(colour, self.mask(banks, blur=thickness / 5), strength)

    def line(self, draw: ImageDraw.ImageDraw, points: Sequence[Point], width: float) -> None:
        """A line of pixels with round ends; the points are pixels too."""
        draw.line(points, fill=255, width=max(1, round(width)), joint="curve")
        radius = width / 2
        for x, y in (points[0], points[-1]):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)

    def branch(self, draw: ImageDraw.ImageDraw, root: Point, angle: float, length: float, depth: int) -> list[Point]:
        """A branching thing from `root` (pixels) outwards; returns the tips. `angle` in radians, 0 points up."""
        bend = angle + self.random.uniform(-0.16, 0.16)
        middle = (root[0] + math.sin(angle) * length / 2, root[1] - math.cos(angle) * length / 2)
        end = (middle[0] + math.sin(bend) * length / 2, middle[1] - math.cos(bend) * length / 2)
        self.line(draw, [root, middle, end], max(1.6, length * 0.011 * depth))
        if depth == 1:
            return [end]
        tips: list[Point] = []
        for side in (-1, 1) if depth % 3 else (-1, 0.15, 1):
            turn = bend * 0.94 + side * self.random.uniform(0.28, 0.62)
            tips += self.branch(draw, end, turn, length * self.random.uniform(0.68, 0.84), depth - 1)
        return tips

    def finished(self) -> Image.Image:
        """The picture at its size, with a grain that keeps its gradients from showing bands."""
        image = self.image.resize((self.width // OVERSAMPLING, self.height // OVERSAMPLING), Image.Resampling.LANCZOS)
        grain = Image.frombytes("L", image.size, self.random.randbytes(image.width * image.height))
        grain = grain.filter(ImageFilter.GaussianBlur(0.6))
        return Image.blend(image, ImageChops.soft_light(image, Image.merge("RGB", (grain,) * 3)), GRAIN)
