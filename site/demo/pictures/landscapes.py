"""Scenes on land: a tree at dawn, terraces, a path through a meadow."""

from __future__ import annotations

import math

from PIL import ImageDraw

from demo.pictures.painting import Painting, Point, mixed

HAZE = "#f3dcc6"
DEEP = "#0a3238"


def dawn_branches(painting: Painting) -> None:
    """A bare tree before a low sun; the hills behind it fade into mist."""
    painting.sky([(0, "#2f7480"), (0.34, "#8db5b3"), (0.58, "#ecd6bd"), (0.74, "#f6cda8"), (1, "#f3dcc6")])
    painting.glow((0.64, 0.64), 0.5, "#fff0d8", 0.85)
    painting.disc((0.64, 0.62), 0.046, "#fff7e8", blur=0.0015)
    for base, height, colour in ((0.7, 0.1, "#a9bdb6"), (0.77, 0.09, "#739a99"), (0.85, 0.08, "#3f7479")):
        painting.land(
            painting.wave(base, height, bumps=1.3), [(0, colour), (0.5, mixed(colour, HAZE, 0.75)), (1, HAZE)]
        )
        painting.mist(base + 0.07, 0.1, HAZE, 0.75)
    painting.land(painting.wave(0.93, 0.035, bumps=1), [(0, "#164e55"), (1, DEEP)])
    tips: list[Point] = []

    def tree(draw: ImageDraw.ImageDraw) -> None:
        root = (painting.x(0.3), painting.y(1.03))
        tips.extend(painting.branch(draw, root, 0.04, painting.width * 0.135, 9))

    painting.lay(DEEP, painting.mask(tree))
    buds(painting, tips)


def buds(painting: Painting, tips: list[Point]) -> None:
    def dots(draw: ImageDraw.ImageDraw) -> None:
        for x, y in tips:
            radius = painting.width * painting.random.uniform(0.0007, 0.0019)
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)

    painting.lay("#e9a77c", painting.mask(dots), 0.85)


def terraces(painting: Painting) -> None:
    """Wide steps down a hillside into a hazy valley."""
    painting.sky([(0, "#9cc1bd"), (0.3, "#e4ddc8"), (0.42, "#f7dcbd"), (1, "#f3dcc6")])
    painting.glow((0.74, 0.3), 0.42, "#fff2dc", 0.9)
    for base, colour in ((0.33, "#b9ccc0"), (0.4, "#94b5ac")):
        painting.land(painting.wave(base, 0.09, bumps=0.9), [(0, colour), (0.35, HAZE), (1, HAZE)])
        painting.mist(base + 0.08, 0.1, "#fbeedd", 0.8)
    steps = 9
    for number in range(steps):
        share = number / (steps - 1)
        level = 0.5 + 0.46 * share**1.25
        terrace(painting, level, mixed("#a9bb8f", "#0f5c63", share), lit=mixed("#fdf0d3", "#9ecfb8", share))


def terrace(painting: Painting, level: float, colour: str, *, lit: str) -> None:
    """One step: a lit edge, a green field, shade below it. It leans into the hill on the left."""
    phase = painting.random.uniform(0, math.tau)
    edge = [
        (x / 100, level - 0.2 * (1 - x / 100) ** 2.2 * (1.25 - level) + 0.013 * math.sin(x / 100 * 7 + phase))
        for x in range(101)
    ]
    painting.land(edge, [(0, mixed(colour, lit, 0.35)), (0.2, colour), (1, mixed(colour, DEEP, 0.45))])
    painting.lay(
        lit,
        painting.mask(lambda draw: draw.line(painting.at(edge), fill=255, width=round(painting.width * 0.0022))),
        0.85,
    )
    under = [(x, y + 0.012) for x, y in edge]
    shade = painting.mask(
        lambda draw: draw.line(painting.at(under), fill=255, width=round(painting.width * 0.006)), blur=0.003
    )
    painting.lay(DEEP, shade, 0.35)


def meadow_path(painting: Painting) -> None:
    """A narrow path winds towards round hills."""
    painting.sky([(0, "#7fb0b4"), (0.3, "#c9d8cd"), (0.5, "#f8e6cc"), (1, "#f8e6cc")])
    painting.glow((0.3, 0.4), 0.45, "#fff6e4", 0.9)
    for base, height, colour in ((0.46, 0.12, "#a8c2b8"), (0.52, 0.1, "#7fa89b"), (0.57, 0.07, "#5f917f")):
        painting.land(
            painting.wave(base, height, bumps=0.8), [(0, colour), (0.5, mixed(colour, "#f8e6cc", 0.5)), (1, HAZE)]
        )
        painting.mist(base + 0.05, 0.06, "#fdf1de", 0.6)
    painting.land(painting.wave(0.62, 0.03, bumps=0.7), [(0, "#8fb08a"), (0.45, "#4d8a76"), (1, "#14565a")])
    path(painting)
    grasses(painting)


def path(painting: Painting) -> None:
    left, right = [], []
    for step in range(121):
        depth = step / 120  # 0 at the horizon, 1 at our feet
        y = 0.635 + 0.4 * depth**1.5
        middle = 0.53 + 0.13 * math.sin(depth * 5.2 + 0.6) * (0.25 + depth) - 0.05 * depth
        half = 0.003 + 0.062 * depth**1.7
        left.append((middle - half, y))
        right.append((middle + half, y))
    way = painting.mask(lambda draw: draw.polygon(painting.at([*left, *reversed(right)]), 255), blur=0.0015)
    painting.lay(painting.gradient([(0.6, "#fdf1dc"), (0.8, "#ecd2ae"), (1, "#d3ad84")]), way)


def grasses(painting: Painting) -> None:
    """Blades and flowers, larger towards us."""
    layers = (("#0f5c63", 0.55), ("#b9d3a2", 0.5), ("#0a4449", 0.7))
    for colour, strength in layers:

        def blades(draw: ImageDraw.ImageDraw) -> None:
            for _ in range(620):
                depth = painting.random.random() ** 0.7
                x, y = painting.random.random(), 0.68 + 0.36 * depth
                tall, lean = 0.012 + 0.06 * depth**2, painting.random.uniform(-0.008, 0.012) * depth
                if abs(x - 0.5) < 0.2 * depth:
                    continue  # the path stays clear
                points = painting.at([(x, y), (x + lean / 3, y - tall / 2), (x + lean, y - tall)])
                draw.line(points, fill=255, width=max(1, round(painting.width * 0.0011 * depth)), joint="curve")

        painting.lay(colour, painting.mask(blades), strength)
    for colour in ("#e9a77c", "#fdf1dc"):

        def flowers(draw: ImageDraw.ImageDraw) -> None:
            for _ in range(70):
                depth = painting.random.random() ** 0.8
                x, y = painting.random.random(), 0.68 + 0.3 * depth
                radius = painting.width * (0.0006 + 0.0024 * depth)
                if abs(x - 0.5) >= 0.2 * depth:
                    x, y = painting.x(x), painting.y(y)
                    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)

        painting.lay(colour, painting.mask(flowers), 0.9)
