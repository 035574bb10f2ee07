"""What mail programs do without: how it is found in a mail, and that ours have nothing that nobody wanted."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from newsletter.issues.checks.caniemail import support as data
from newsletter.issues.checks.caniemail import unsupported
from newsletter.issues.checks.caniemail.reduce import reduced
from newsletter.issues.checks.caniemail.support import EXPECTED, features, traits_of

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = [ROOT / "tests" / "golden" / name for name in ("issue.html", "issue-whole.html")]


def slugs(html: str) -> set[str]:
    return {feature.slug for feature in unsupported(LexborHTMLParser(html))}


@pytest.mark.parametrize(
    ("html", "slug"),
    [
        ('<p style="position:absolute">x</p>', "css-position"),
        ('<p style="DISPLAY: Flex">x</p>', "css-display-flex"),
        ('<p style="width:calc(100% - 2px)">x</p>', "css-unit-calc"),
        ('<p style="background:linear-gradient(red, blue)">x</p>', "css-linear-gradient"),
        ('<p style="margin:2vh">x</p>', "css-unit-vh"),
        ('<p style="color:rgba(0, 0, 0, .5)">x</p>', "css-rgba"),
        ("<style>@font-face{font-family:x;src:url(x)}</style>", "css-at-font-face"),
        ("<style>@media (prefers-reduced-motion: reduce){p{color:red}}</style>", "css-at-media-prefers-reduced-motion"),
        ("<style>a:hover{color:red}</style>", "css-pseudo-class-hover"),
        ("<style>p::before{content:'x'}</style>", "css-pseudo-element-before"),
        ("<video></video>", "html-video"),
        ("<figure>x</figure>", "html-semantics"),
        ('<img src="x.jpg" srcset="y.jpg 2x">', "html-srcset"),
        ('<input type="text">', "html-input-text"),
        ('<img src="https://x.example/a.mp4?b=c">', "image-mp4"),
    ],
)
def test_what_a_mail_program_does_without_is_found(html: str, slug: str) -> None:
    assert slug in slugs(html)


@pytest.mark.parametrize(
    "html",
    [
        '<table style="width:100%;padding:10px 2em;color:#123456;background-color:#fff"><tr><td>x</td></tr></table>',
        '<p style="font-family:Georgia, serif;line-height:1.6;text-align:center">x</p>',
        '<p style="background:url(https://x.example/calc(1vh)-position.png)">x</p>',
        "<p>display:flex; position:absolute, in words</p>",
        "<!--[if mso]><style>p{position:absolute}</style><![endif]--><p>x</p>",
        "<style>/* p{position:absolute} */ p{color:red}</style>",
        '<img src="a.jpg" alt="position: absolute" width="10">',
    ],
)
def test_what_all_know_is_not(html: str) -> None:
    assert slugs(html) - {"css-background"} == set()


def test_a_feature_says_what_does_without_it_and_where_to_read_about_it() -> None:
    (feature,) = unsupported(LexborHTMLParser('<p style="max-inline-size:3px">A long line</p>'))
    assert feature.title == "max-inline-size"
    assert feature.programs == ("Gmail", "Outlook")
    assert feature.url == "https://www.caniemail.com/features/css-max-inline-size/"


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.name)
def test_the_golden_issues_hold_nothing_beyond_what_is_expected(file: Path) -> None:
    assert slugs(file.read_text(encoding="utf-8")) == set()


def test_nothing_is_expected_that_no_golden_issue_has() -> None:
    trees = [LexborHTMLParser(file.read_text(encoding="utf-8")) for file in GOLDEN]
    known = features()
    used = {known[trait].slug for tree in trees for trait, _ in traits_of(tree) if trait in known}
    assert used == EXPECTED


def test_the_data_is_shipped_with_its_licence_its_version_and_its_day() -> None:
    shipped = json.loads(data.DATA.read_text(encoding="utf-8"))
    assert date.fromisoformat(shipped["updated"]) >= date(2025, 9, 9)
    assert shipped["version"]
    assert "MIT License" in data.DATA.with_name("LICENSE").read_text(encoding="utf-8")
    assert len(shipped["features"]) > 150


def test_a_feature_is_kept_when_the_latest_version_of_a_program_that_counts_does_without() -> None:
    def feature(**stats: object) -> dict[str, object]:
        return {"slug": "css-x", "title": "x-y", "category": "css", "stats": stats}

    def programs(**stats: object) -> list[str]:
        entries = reduced({"data": [feature(**stats)], "last_update_date": "2026-01-02 03:04"}, version="1")["features"]
        return [name for entry in entries for name in entry["programs"]]

    assert programs(gmail={"ios": {"2020": "n", "2024": "y"}}) == []
    assert programs(gmail={"ios": {"2020": "y", "2024": "n #1"}, "android": {"2024": "y"}}) == ["Gmail (iOS)"]
    assert programs(outlook={"windows": {"2019": "n"}, "macos": {"2016": "n"}}) == ["Outlook"]
    assert programs(outlook={"windows-mail": {"2021": "n"}}, gmail={"mobile-webmail": {"2021": "n"}}) == []
