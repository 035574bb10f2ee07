"""The demo's pictures: always the same, in the sizes that pages ask for."""

import io

import pytest
from PIL import Image, ImageStat

from demo import pictures


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "WIDTH", 160)


@pytest.mark.parametrize("name", pictures.PICTURES)
def test_a_picture_is_drawn_alike_every_time_and_shows_something(name: str) -> None:
    data = pictures.draw(name)
    image = Image.open(io.BytesIO(data))

    assert data == pictures.draw(name)
    assert image.format == "JPEG"
    assert image.size in {(160, 90), (160, 70), (80, 80)}
    assert max(ImageStat.Stat(image).stddev) > 5


def test_no_two_pictures_are_the_same() -> None:
    assert len({pictures.draw(name) for name in pictures.PICTURES}) == len(pictures.PICTURES)
