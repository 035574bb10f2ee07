"""How a newsletter's issues look: its logo, its colours, its own words at the foot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.engine.colours import palette
from newsletter.issues.render.pictures import logo
from newsletter.issues.render.story_blocks import paragraphs

if TYPE_CHECKING:
    from newsletter.engine.colours import Palette
    from newsletter.issues.render.pictures import Picture
    from newsletter.models import Newsletter


@dataclass(frozen=True, slots=True, kw_only=True)
class Branding:
    """Without a `logo` the name stands in its place; without a `logo_dark` the logo stands on a light plate."""

    palette: Palette
    logo: Picture | None
    logo_dark: Picture | None
    footer: tuple[str, ...]


def branding_of(newsletter: Newsletter) -> Branding:
    shown = logo(newsletter.logo, newsletter.name)
    return Branding(
        palette=palette(newsletter.accent),
        logo=shown,
        logo_dark=logo(newsletter.logo_dark, newsletter.name) if shown else None,
        footer=paragraphs(newsletter.footer),
    )
