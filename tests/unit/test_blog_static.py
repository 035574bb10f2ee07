"""The style sheet and the fonts that every page loads."""

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "site" / "static"
SHEET = STATIC / "css" / "rounds.css"
FONTS = sorted((STATIC / "fonts").glob("*.woff2"))

TOKEN = re.compile(r"--([\w-]+): (#[0-9a-f]{3,6})")


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance of `#rgb` or `#rrggbb`."""
    digits = colour.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    channels = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def schemes() -> dict[str, dict[str, str]]:
    sheet = SHEET.read_text()
    tokens = sheet[sheet.index("@layer tokens {") : sheet.index("@layer base {")]
    light, _, dark = tokens.partition("@media (prefers-color-scheme: dark)")
    found = dict(TOKEN.findall(light))
    return {"light": found, "dark": {**found, **dict(TOKEN.findall(dark))}}


def test_the_style_sheet_stays_under_25_kilobytes() -> None:
    assert SHEET.stat().st_size < 25_000


def test_the_style_sheet_loads_only_our_own_fonts() -> None:
    assert sorted(re.findall(r'url\("([^"]+)"\)', SHEET.read_text())) == [f"../fonts/{font.name}" for font in FONTS]


def test_only_the_fonts_that_pages_use_are_shipped() -> None:
    assert len(FONTS) == 3
    assert (STATIC / "fonts" / "OFL.txt").read_text().count("SIL OPEN FONT LICENSE") == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        *[(ink, "paper") for ink in ("ink", "ink-2", "muted", "accent", "accent-strong", "warm")],
        *[(ink, "sunk") for ink in ("ink", "ink-2", "accent")],
        ("ink-2", "warm-tint"),
        ("accent", "warm-tint"),
        ("accent", "surface"),
        ("muted", "surface"),
        ("on-accent", "accent"),
        ("on-accent", "accent-strong"),
        ("crisis", "crisis-tint"),
        ("ink-2", "crisis-tint"),
        ("caution", "caution-tint"),
        ("focus-ink", "focus"),
    ],
)
def test_text_has_the_contrast_that_wcag_asks_for(scheme: str, ink: str, ground: str) -> None:
    tokens = schemes()[scheme]
    assert contrast(tokens[ink], tokens[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_edge_of_an_input_can_be_seen(scheme: str) -> None:
    tokens = schemes()[scheme]
    assert contrast(tokens["edge"], tokens["paper"]) >= 3
