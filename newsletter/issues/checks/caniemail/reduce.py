"""Makes `caniemail.json` of what npm's package has: `make caniemail`, or `python -m ... FOLDER_OF_THE_PACKAGE`.

Kept are the features that the latest version of one of three families of mail programs does without, each with the
words by which it is found in a mail. Left out are the programs that hardly anybody uses any more (Windows Mail) or
that keep no style at all, so that they would complain of everything (Gmail's web page on phones with other accounts),
and what no mail of ours can hold: selectors, AMP, BIMI.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FAMILIES = {
    "gmail": ("Gmail", {"desktop-webmail": "", "ios": "iOS", "android": "Android"}),
    "outlook": (
        "Outlook",
        {"windows": "Windows", "macos": "macOS", "outlook-com": "outlook.com", "ios": "iOS", "android": "Android"},
    ),
    "apple-mail": ("Apple Mail", {"macos": "macOS", "ios": "iOS"}),
}
#: Features whose title is no name: what they are found by.
NAMED = {
    "css-block-inline-size": ("property", ["block-size", "inline-size"]),
    "css-border-radius-logical": (
        "property",
        ["border-start-start-radius", "border-start-end-radius", "border-end-start-radius", "border-end-end-radius"],
    ),
    "css-color-scheme": ("property", ["color-scheme"]),
    "css-column-layout-properties": (
        "property",
        ["columns", "column-fill", "column-rule", "column-span", "column-width"],
    ),
    "css-gap": ("property", ["gap", "row-gap", "column-gap"]),
    "css-grid-template": ("property", ["grid-template", "grid-template-areas", "grid-template-columns"]),
    "css-intrinsic-size": ("value", ["fit-content", "min-content", "max-content"]),
    "css-left-right-top-bottom": ("property", ["left", "right", "top", "bottom"]),
    "css-modern-color": ("function", ["lch", "oklch", "lab", "oklab"]),
    "css-scroll-snap": ("property", ["scroll-snap-type", "scroll-snap-align"]),
    "css-sytem-ui": ("value", ["system-ui", "ui-serif", "ui-sans-serif", "ui-rounded", "ui-monospace"]),
    "css-unit-calc": ("function", ["calc"]),
    "css-variables": ("function", ["var"]),
    "html-image-maps": ("element", ["map"]),
    "html-semantics": (
        "element",
        ["article", "aside", "details", "figcaption", "figure", "footer", "header", "main", "mark", "nav", "section"],
    ),
    "html-srcset": ("attribute", ["srcset", "sizes"]),
    "html-svg": ("element", ["svg"]),
    "image-apng": ("image", ["apng"]),
    "image-heif": ("image", ["heic", "heif"]),
    "image-hdr": ("image", ["hdr"]),
    "image-ico": ("image", ["ico"]),
    "image-mp4": ("image", ["mp4"]),
    "image-tiff": ("image", ["tif", "tiff"]),
}
#: How a title tells what a feature is found by; the groups are its names.
TITLES = (
    ("at-rule", re.compile(r"@(font-face|import|keyframes|supports)")),
    ("media", re.compile(r"@media \(([\w-]+)\).*")),
    ("pair", re.compile(r"([a-z-]+: ?[a-z-]+)")),
    ("function", re.compile(r"([a-z-]+)\(\)")),
    ("unit", re.compile(r"(\w+) unit")),
    ("pseudo", re.compile(r"::?([a-z-]+)(?:\(\))?")),
    ("property", re.compile(r"([a-z-]+)(?: property)?(?: & ([a-z-]+))?")),
    ("typed", re.compile(r'<(\w+ type="\w+")> element')),
    ("element", re.compile(r"<(\w+)>(?: element)?")),
    ("attribute", re.compile(r"([a-z-]+) attribute")),
)
CATEGORIES = {
    "css": {"at-rule", "media", "pair", "function", "unit", "pseudo", "property"},
    "html": {"typed", "element", "attribute"},
    "image": set(),
    "others": set(),
}


def reduced(data: Mapping[str, Any], *, version: str) -> dict[str, Any]:
    """What is shipped."""
    features = [found for feature in data["data"] if (found := _feature(feature)) is not None]
    return {
        "source": "https://www.caniemail.com/, by npm's package caniemail",
        "version": version,
        "updated": data["last_update_date"][:10],
        "features": sorted(features, key=lambda found: str(found["slug"])),
    }


def _feature(feature: Mapping[str, Any]) -> dict[str, Any] | None:
    programs = [name for family in FAMILIES for name in _without(feature["stats"], family)]
    kind, names = _found_by(feature)
    if not programs or not names:
        return None
    return {
        "slug": feature["slug"],
        "title": feature["title"].strip(),
        "kind": kind,
        "names": names,
        "programs": programs,
    }


def _without(stats: Mapping[str, Any], family: str) -> list[str]:
    """The programs of a family that do without it in their latest version."""
    name, platforms = FAMILIES[family]
    lacking = [
        label
        for platform, label in platforms.items()
        if (versions := list(stats.get(family, {}).get(platform, {}).values())) and versions[-1].startswith("n")
    ]
    tested = [platform for platform in platforms if stats.get(family, {}).get(platform)]
    if lacking and len(lacking) == len(tested):
        return [name]
    return [f"{name} ({label})" if label else name for label in lacking]


def _found_by(feature: Mapping[str, Any]) -> tuple[str, list[str]]:
    if feature["slug"] in NAMED:
        return NAMED[feature["slug"]]
    for kind, pattern in TITLES:
        found = pattern.fullmatch(feature["title"].strip())
        if kind in CATEGORIES[feature["category"]] and found:
            return kind, [name.replace(" ", "") if kind == "pair" else name for name in found.groups() if name]
    return "", []


def main(folder: Path) -> None:
    version = json.loads((folder / "package.json").read_text(encoding="utf-8"))["version"]
    data = json.loads((folder / "dist" / "data" / "caniemail.json").read_text(encoding="utf-8"))
    here = Path(__file__).parent
    text = json.dumps(reduced(data, version=version), ensure_ascii=False, indent=1)
    (here / "caniemail.json").write_text(f"{text}\n", encoding="utf-8")
    (here / "LICENSE").write_text((folder / "LICENSE").read_text(encoding="utf-8"), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
