"""The check before sending: headers, unsubscribing, postal address, plain text, size."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.template import loader

from core.models import PublicationSettings
from newsletter.issues.checks import markup, message
from newsletter.issues.checks.catalogue import is_overridable
from newsletter.issues.preflight import examine
from tests.integration.preflight_scene import NOW, cards, issue, levels, place_of, story, with_html

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django import Settings

    from newsletter.models import Issue

__all__ = ["issue", "story"]

pytestmark = pytest.mark.django_db


def test_a_sender_is_needed(issue: Issue) -> None:
    issue.newsletter.sender_email = ""
    assert levels(issue) == {}  # the publication's own address serves
    PublicationSettings.objects.update(sender_email="")
    assert levels(issue) == {"sender": "B"}


@pytest.mark.parametrize(
    ("field", "value"), [("sender_name", "two\nlines"), ("reply_to", "no address"), ("sender_email", "nobody")]
)
def test_headers_that_cannot_be_written_are_stopped(issue: Issue, field: str, value: str) -> None:
    setattr(issue.newsletter, field, value)
    assert levels(issue) == {"headers": "B"}


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("headers", b"Date: ", b"X-Date: "),
        ("headers", b"Subject: ", b"Subject: twice\r\nSubject: "),
        ("headers", b"Message-ID: <", b"Message-ID: <<"),  # Python's parser stumbles over it
        ("headers", b"To: ", b"To: @,"),
        ("list-unsubscribe", b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""),
        ("list-unsubscribe", b"List-Unsubscribe: <https", b"List-Unsubscribe: <mailto"),
        ("headers", b"Subject: ", b"X-Long: " + b"x" * 1000 + b"\r\nSubject: "),
        ("headers", b"Subject: ", b"X-Bare: x\nSubject: "),
    ],
)
def test_a_damaged_message_is_stopped(issue: Issue, rule: str, old: bytes, new: bytes) -> None:
    seen = examine(issue, now=NOW)
    assert old in seen.message
    damaged = replace(seen, message=seen.message.replace(old, new, 1))
    findings = [*message.headers(damaged), *message.one_click(damaged)]
    assert rule in {finding.rule for finding in findings}


def test_the_postal_address_is_needed(issue: Issue) -> None:
    PublicationSettings.objects.update(postal_address=" ")
    assert levels(issue) == {"postal-address": "B"}


def test_a_postal_address_of_several_lines_is_found(issue: Issue) -> None:
    PublicationSettings.objects.update(postal_address="1 Quiet Lane\r\nSpringfield, MA 01103\r\n")
    assert levels(issue) == {}


@pytest.mark.parametrize(
    ("path", "cut", "rule"),
    [
        ("newsletter/issue/blocks/footer.mjml", "{{ unsubscribe_url }}", "unsubscribe-link"),
        ("newsletter/issue/blocks/footer.txt", "{{ unsubscribe_url }}", "unsubscribe-link"),
        ("newsletter/issue/blocks/footer.mjml", "{{ line }}", "postal-address"),
        ("newsletter/issue/blocks/footer.txt", "{{ line }}", "postal-address"),
        ("newsletter/issue/blocks/story_excerpt.txt", "{{ part.url }}", "plain-text"),
        ("newsletter/issue/blocks/story_title.txt", "{{ part.title }}", "plain-text"),
    ],
)
def test_a_template_that_lost_what_the_law_or_readers_need_is_noticed(
    issue: Issue, without: Callable[[str, str], None], path: str, cut: str, rule: str
) -> None:
    without(path, cut)
    assert levels(issue)[rule] == "B"


@pytest.fixture
def without(settings: Settings) -> Callable[[str, str], None]:
    """Serves a template of an issue without one of its words."""

    def cut(template: str, words: str) -> None:
        source = loader.get_template(template).template.source  # type: ignore[attr-defined]
        assert words in source
        (configured,) = settings.TEMPLATES
        loaders = [
            ("django.template.loaders.locmem.Loader", {template: source.replace(words, "")}),
            "django.template.loaders.app_directories.Loader",
        ]
        options = {**configured["OPTIONS"], "loaders": loaders}
        settings.TEMPLATES = [{**configured, "APP_DIRS": False, "OPTIONS": options}]

    return cut


@pytest.mark.parametrize(("length", "level"), [(30_000, None), (70_000, "W"), (95_000, "B")])
def test_the_size_of_the_mail(issue: Issue, length: int, level: str | None) -> None:
    issue.body = [*cards(issue), ("text", f"<p>{'word ' * (length // 5)}</p>")]
    assert (levels(issue).get("size") or levels(issue).get("size-clipped")) == level


def test_a_style_sheet_that_gmail_ignores_is_stopped(issue: Issue) -> None:
    assert with_html(issue, f"<style>{'p{color:red}' * 1400}</style>", markup.size) == {"style-size": "B"}


def test_over_100_kilobytes_may_be_overridden_and_what_gmail_cuts_off_may_not(issue: Issue) -> None:
    frame = len("<html><body></body></html>")
    sizes = {79_000: {}, 81_000: {"size": "W"}, 101_000: {"size": "B"}, 103_000: {"size-clipped": "B"}}
    for octets, expected in sizes.items():
        assert with_html(issue, "x" * (octets - frame), markup.size) == expected
    assert is_overridable("size")
    assert not is_overridable("size-clipped")


def test_findings_about_settings_say_whose(issue: Issue) -> None:
    PublicationSettings.objects.update(sender_email="", postal_address="")
    issue.newsletter.sender_email = ""
    assert place_of(issue, "sender") == "the newsletter’s settings"
    assert place_of(issue, "postal-address") == "the publication’s settings"


@pytest.mark.parametrize("style", ["display:none", "visibility: hidden", "color:red;DISPLAY : NONE"])
def test_a_hidden_link_for_unsubscribing_is_none(issue: Issue, style: str) -> None:
    seen = examine(issue, now=NOW)

    def said_of(html: str) -> list[str]:
        changed = replace(seen, html=f"<html><body>{html}</body></html>")
        return [finding.rule for finding in message.unsubscribe_link(changed)]

    assert said_of(f'<div><a href="{seen.unsubscribe}">Unsubscribe</a></div>') == []
    assert said_of(f'<div><a href="{seen.unsubscribe}" style="{style}">Unsubscribe</a></div>') == ["unsubscribe-link"]
    assert said_of(f'<div style="{style}"><a href="{seen.unsubscribe}">Unsubscribe</a></div>') == ["unsubscribe-link"]


def test_one_click_needs_https_in_production(issue: Issue, settings: Settings) -> None:
    assert list(message.one_click(examine(issue, now=NOW))) == []
    settings.BASE_URL = "http://rounds.example"
    assert levels(issue)["list-unsubscribe"] == "B"


def test_plain_text_that_lacks_a_link_or_says_something_else_is_stopped(issue: Issue) -> None:
    issue.body = [*cards(issue), ("button", {"text": "See the registry", "url": "https://example.org/registry"})]
    seen = examine(issue, now=NOW)
    assert list(message.plain_text(seen)) == []
    (finding,) = message.plain_text(replace(seen, text=seen.text.replace("https://example.org/registry", "")))
    assert "https://example.org/registry" in finding.text
    other = "<p>" + " ".join(f"word{letter * 4}" for letter in "abcdefghijklmnopqrstuvwxyz") + "</p></body>"
    (finding,) = message.plain_text(replace(seen, html=seen.html.replace("</body>", other)))
    assert "something else" in finding.text
