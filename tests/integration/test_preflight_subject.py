"""The check before sending: subject and preview text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.preflight_scene import found, issue, levels, place_of, story

if TYPE_CHECKING:
    from newsletter.models import Issue

__all__ = ["issue", "story"]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("  ", {"subject": "B"}),
        ("x" * 60, {}),
        ("x" * 61, {"subject-length": "W"}),
        ("READ THIS NOW", {"subject-capitals": "W"}),
        ("ECT", {}),
        ("2026", {}),
    ],
)
def test_the_subject(issue: Issue, subject: str, expected: dict[str, str]) -> None:
    issue.subject = subject
    assert levels(issue) == expected


@pytest.mark.parametrize(("length", "warned"), [(0, True), (39, True), (40, False), (110, False), (111, True)])
def test_the_preview_text(issue: Issue, length: int, warned: bool) -> None:
    issue.preview_text = "x" * length
    assert levels(issue) == ({"preview-text": "W"} if warned else {})


def test_what_is_wrong_with_a_line_says_which_line(issue: Issue) -> None:
    issue.subject, issue.preview_text = "", "short"
    assert place_of(issue, "subject") == "subject"
    assert place_of(issue, "preview-text") == "preview text"


def test_a_subject_of_500_characters_is_mentioned_and_breaks_nothing(issue: Issue) -> None:
    issue.subject = "Sleep " * 83 + "xx"
    assert len(issue.subject) == 500
    assert levels(issue) == {"subject-length": "W"}
    assert "500 characters" in found(issue)["subject-length"].text


@pytest.mark.parametrize(
    "subject", ["Sleep 😴 and 👩🏽‍⚕️ mood", "النوم والمزاج", "שינה ומצב רוח", "Schlaf\u200e (עברית)"]
)
def test_emoji_and_writing_from_right_to_left_are_fine(issue: Issue, subject: str) -> None:
    issue.subject = subject
    assert levels(issue) == {}


@pytest.mark.parametrize("character", ["\u202e", "\u200b", "\u2066", "\ufeff", "\u00ad"])
@pytest.mark.parametrize("line", ["subject", "preview_text"])
def test_characters_that_hide_or_turn_the_writing_are_mentioned(issue: Issue, line: str, character: str) -> None:
    setattr(issue, line, f"Sleep comes {character}first in everything that we do here this year")
    assert levels(issue) == {"hidden-characters": "W"}
    assert place_of(issue, "hidden-characters") == line.replace("_", " ")


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x00", "\u2028"])
def test_a_subject_with_a_line_end_goes_nowhere(issue: Issue, end: str) -> None:
    issue.subject = f"Sleep{end}Bcc: everybody@example.com"
    assert levels(issue)["headers"] == "B"
    assert place_of(issue, "headers") == "subject"


@pytest.mark.parametrize(
    ("subject", "level"), [("He committed suicide", "B"), ("Suicide in autumn", "W"), ("The sea is calm", None)]
)
def test_the_subject_is_read_as_a_headline_is(issue: Issue, subject: str, level: str | None) -> None:
    issue.subject = subject
    assert [finding for rule, finding in levels(issue).items() if rule.startswith("wording-")][:1] == (
        [level] if level else []
    )
