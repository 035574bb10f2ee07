"""Portraits of people who don't exist: a figure against the light, with no face to take for somebody's."""

from __future__ import annotations

from PIL import ImageDraw

from demo.pictures.painting import Painting, mixed


def dusk(painting: Painting) -> None:
    painting.sky([(0, "#245c66"), (0.5, "#d9b99a"), (0.72, "#e9a77c"), (1, "#c98258")])
    painting.glow((0.62, 0.52), 0.55, "#fde6c8", 0.9)
    painting.land(painting.wave(0.74, 0.08, bumps=0.9), [(0, "#5d8488"), (1, "#2f626a")])
    figure(painting, "#0a3238", "#e9a77c", bun=True)


def dawn(painting: Painting) -> None:
    painting.sky([(0, "#7fb0b4"), (0.5, "#e6ddc9"), (0.75, "#f6d2ae"), (1, "#f3dcc6")])
    painting.glow((0.34, 0.48), 0.55, "#fff4df", 0.95)
    painting.land(painting.wave(0.76, 0.07, bumps=1.1), [(0, "#8fb3a6"), (1, "#4f8a84")])
    figure(painting, "#164e55", "#f6e6cb", bun=False)


def figure(painting: Painting, colour: str, rim: str, *, bun: bool) -> None:
    """Head and shoulders from behind, with a rim of light."""

    def shape(draw: ImageDraw.ImageDraw, grow: float = 0.0) -> None:
        def box(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
            return (
                painting.x(left - grow),
                painting.y(top - grow),
                painting.x(right + grow),
                painting.y(bottom + grow),
            )

        draw.ellipse(box(0.395, 0.27, 0.605, 0.545), fill=255)  # head
        if bun:
            draw.ellipse(box(0.45, 0.2, 0.55, 0.3), fill=255)
        else:
            draw.ellipse(box(0.385, 0.255, 0.615, 0.47), fill=255)  # thick hair
        draw.rounded_rectangle(box(0.447, 0.48, 0.553, 0.75), painting.x(0.03), fill=255)  # neck
        draw.polygon(painting.at([(0.45 - grow, 0.6), (0.55 + grow, 0.6), (0.7 + grow, 0.72), (0.3 - grow, 0.72)]), 255)
        draw.rounded_rectangle(box(0.2, 0.685, 0.8, 1.3), painting.x(0.13), fill=255)  # shoulders

    painting.lay(rim, painting.mask(lambda draw: shape(draw, 0.005), blur=0.004), 0.9)
    body = painting.gradient([(0.2, mixed(colour, rim, 0.16)), (0.6, colour), (1, mixed(colour, "#05191c", 0.5))])
    painting.lay(body, painting.mask(shape, blur=0.002))
