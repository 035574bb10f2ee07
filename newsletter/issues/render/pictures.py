"""Pictures in mail: JPEG (Outlook takes no WebP or AVIF), twice as wide as shown, on the site's own address."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from wagtail.images.models import Filter, SourceImageIOError

from newsletter.issues.publication import absolute

if TYPE_CHECKING:
    from wagtail.images.models import AbstractImage

logger = logging.getLogger(__name__)

RENDITION = "width-1200|format-jpeg|jpegquality-60"
#: The column inside the sheet of 600 pixels.
SHOWN_WIDTH = 536
#: A picture is as high as it is; a thread of ten thousand pixels would not be.
MAX_HEIGHT = 4000
#: How large a logo stands in the masthead.
LOGO_WITHIN = (300, 80)
LOGO_RENDITIONS = {"jpeg": "max-600x160|format-jpeg|jpegquality-80", "png": "max-600x160|format-png"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """`size` is in bytes, `width` and `height` in pixels as shown."""

    url: str
    alt: str
    width: int
    height: int
    size: int


def picture(image: AbstractImage | None, alt: str, *, within: int = SHOWN_WIDTH) -> Picture | None:
    """The picture for mail; None without an image or when its file is gone (which the log tells)."""
    return _shown(image, RENDITION, alt, (within, MAX_HEIGHT))


def logo(image: AbstractImage | None, alt: str) -> Picture | None:
    """A newsletter's logo, twice as large as shown; what may be transparent stays so. None as above."""
    kind = "jpeg" if image and image.file.name.lower().endswith((".jpg", ".jpeg")) else "png"
    return _shown(image, LOGO_RENDITIONS[kind], alt, LOGO_WITHIN)


@cache
def _filter(spec: str) -> Filter:
    """Read once: Wagtail takes a specification apart anew for each picture."""
    return Filter(spec=spec)


def _shown(image: AbstractImage | None, spec: str, alt: str, within: tuple[int, int]) -> Picture | None:
    if image is None:
        return None
    try:
        rendition = image.get_rendition(_filter(spec))
        size = rendition.file.size
    except (SourceImageIOError, OSError):
        logger.exception("image %s can't be read, so the mail goes without it", image.pk)
        return None
    scale = min(1, within[0] / rendition.width, within[1] / rendition.height)
    width, height = (max(1, round(length * scale)) for length in (rendition.width, rendition.height))
    return Picture(url=absolute(rendition.url), alt=alt, width=width, height=height, size=size)


def alt_of(image: AbstractImage | None) -> str:
    """What Wagtail's image block says of its picture; empty for a decoration."""
    if image is None or getattr(image, "decorative", False):
        return ""
    return getattr(image, "contextual_alt_text", "") or ""
