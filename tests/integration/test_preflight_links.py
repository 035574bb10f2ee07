"""The check before sending: links, as far as their addresses tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.preflight_scene import cards, everything, issue, levels, place_of, story

if TYPE_CHECKING:
    from pytest_django import Settings

    from newsletter.models import Issue

__all__ = ["issue", "story"]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("url", "stopped"),
    [
        ("https://example.org/a?b=c", False),
        ("mailto:editor@rounds.example", False),
        ("http://example.org/", True),
        ("https://localhost/x", True),
        ("https://192.0.2.1/x", True),
        ("https://[2001:db8::1]/x", True),
        ("https://bit.ly/abc", True),
        ("https://testserver/admin/pages/7/edit/", True),
        ("https://example.org/admin/", False),
        ("ftp://example.org/x", True),
        ("https://www.tinyurl.com/abc", True),
        ("https://printer.local/x", True),
        ("https://wiki/x", True),
        ("https://2130706433/x", True),
        ("https://0x7f.1/x", True),
        ("https://[::1/x", True),
        ("https://example.org/?p=7&preview=true", True),
        ("https://example.org/?preview=false", False),
        ("https://example.org/wp-admin/post.php", True),
        ("https://example.org/the-draft/", False),
        ("https://testserver/stories/preview/7/", True),
        ("https://bücher.example/ö", False),
    ],
)
def test_links(issue: Issue, url: str, stopped: bool) -> None:
    issue.body = [*cards(issue), ("button", {"text": "See the registry", "url": url})]
    assert levels(issue) == ({"links": "B"} if stopped else {})


def test_link_words_that_say_nothing_are_mentioned(issue: Issue) -> None:
    issue.body = [*cards(issue), ("text", '<p>For the study <a href="https://a.example/">click here</a>.</p>')]
    assert levels(issue) == {"link-words": "W"}


def test_the_same_words_for_two_links_are_mentioned(issue: Issue) -> None:
    both = '<p><a href="https://a.example/">The study</a>, <a href="https://b.example/">the study</a></p>'
    issue.body = [*cards(issue), ("text", both)]
    assert levels(issue) == {"link-words": "W"}


def test_on_this_machine_only_public_addresses_are_shown_as_not_checked(issue: Issue, settings: Settings) -> None:
    settings.BASE_URL = "http://127.0.0.1:8000"
    issue.body = [*cards(issue), ("button", {"text": "Try it", "url": "http://localhost:8000/"})]
    assert levels(issue) == {"public-address": "N"}


def test_a_production_site_without_https_is_stopped(issue: Issue, settings: Settings) -> None:
    settings.BASE_URL = "http://rounds.example"
    assert levels(issue)["links"] == "B"


def test_a_bad_link_is_named_by_the_block_that_holds_it(issue: Issue) -> None:
    text = '<p>See <a href="https://a.example/study">the study</a>.</p>'
    issue.body = [*cards(issue), ("text", text), ("button", {"text": "See it", "url": "https://bit.ly/abc"})]
    assert place_of(issue, "links") == "block 3: Button"
    issue.body = [*cards(issue)[:1], ("text", text.replace("the study", "click here"))]
    assert place_of(issue, "link-words") == "block 2: Text"


def test_every_bad_link_is_a_finding_of_its_own(issue: Issue) -> None:
    buttons = [("button", {"text": f"See {name}", "url": f"https://{name}/x"}) for name in ("bit.ly", "t.co")]
    issue.body = [*cards(issue), *buttons]
    found = [finding for finding in everything(issue) if finding.rule == "links"]
    assert len(found) == len({finding.fingerprint for finding in found}) == 2
