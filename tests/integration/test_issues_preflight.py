"""The check before sending: a test per rule, on issues that break just that rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.template import loader
from django.utils import timezone
from wagtail.models import Page

from core.models import PublicationSettings
from newsletter.issues.checks import content, editorial, markup, message
from newsletter.issues.compose import compose
from newsletter.issues.preflight import RULES, examine, preflight
from newsletter.models import Campaign, CampaignStory, Issue
from tests.factories import make_story, make_subscription
from tests.integration.issue_samples import draw, full_issue
from tests.stages import stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django import Settings

    from blog.models import HomePage, StoryIndexPage, StoryPage
    from newsletter.issues.checks.examined import Examined
    from newsletter.issues.findings import Finding
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


@stage
def story(stories: StoryIndexPage) -> StoryPage:
    return make_story(stories, title="Sleep first", standfirst="Why sleep comes first in everything that we do here.")


@stage
def issue(story: StoryPage, newsletter: Newsletter) -> Issue:
    """One that nothing is wrong with."""
    make_subscription(newsletter)
    return compose(newsletter)


def found(issue: Issue) -> dict[str, Finding]:
    return {finding.rule: finding for finding in preflight(issue, now=NOW)}


def levels(issue: Issue) -> dict[str, str]:
    return {rule: str(finding.level) for rule, finding in found(issue).items()}


def test_a_good_issue_has_no_findings(issue: Issue) -> None:
    assert found(issue) == {}


def test_a_full_issue_has_no_findings(home: HomePage, stories: StoryIndexPage, newsletter: Newsletter) -> None:
    make_subscription(newsletter)
    assert found(Issue.objects.get(pk=full_issue(home, stories, newsletter).pk)) == {}


def test_looking_changes_nothing(issue: Issue) -> None:
    before = Issue.objects.values().get(pk=issue.pk)
    preflight(issue, now=NOW)
    assert Issue.objects.values().get(pk=issue.pk) == before


def test_blockers_come_first_and_everything_is_said_on_one_line(issue: Issue) -> None:
    issue.subject, issue.preview_text, issue.body = "", "", []
    findings = preflight(issue, now=NOW)
    assert [finding.level for finding in findings] == sorted(finding.level for finding in findings)
    assert all(finding.text and finding.remedy for finding in findings)
    assert not any("\n" in finding.text + finding.remedy for finding in findings)


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


def test_an_empty_issue_is_stopped(issue: Issue) -> None:
    issue.body = []
    assert levels(issue) == {"content": "B"}


def test_an_issue_without_a_story_is_stopped(issue: Issue) -> None:
    issue.body = [("text", "<p>Only words.</p>")]
    assert levels(issue) == {"stories": "B"}


def test_a_withdrawn_story_stops_the_issue(issue: Issue, story: StoryPage, stories: StoryIndexPage) -> None:
    story.unpublish()
    issue.refresh_from_db()
    issue.body = [*_cards(issue), _card(make_story(stories, live=False, title="Not yet"))]
    texts = [finding.text for finding in preflight(issue, now=NOW) if finding.rule == "story-withdrawn"]
    assert len(texts) == 2
    assert "Sleep first" in texts[0]
    assert "Not yet" in texts[1]


def test_a_deleted_story_stops_the_issue(issue: Issue, story: StoryPage) -> None:
    Page.objects.get(pk=story.pk).delete()
    issue.refresh_from_db()
    assert levels(issue)["story-withdrawn"] == "B"


def test_a_story_behind_a_login_stops_the_issue(issue: Issue, story: StoryPage) -> None:
    story.view_restrictions.create(restriction_type="login")
    assert levels(issue) == {"story-private": "B"}


@pytest.mark.parametrize(("due", "stopped"), [(date(2026, 1, 4), True), (date(2026, 1, 5), False), (None, False)])
def test_a_story_whose_review_is_overdue_stops_the_issue(
    stories: StoryIndexPage, issue: Issue, due: date | None, stopped: bool
) -> None:
    issue.body = [_card(make_story(stories, review_due_on=due))]
    assert levels(issue) == ({"story-overdue": "B"} if stopped else {})


@pytest.mark.parametrize(("state", "warned"), [("sent", True), ("cancelled", False)])
def test_a_story_that_was_sent_before_is_mentioned(
    issue: Issue, story: StoryPage, newsletter: Newsletter, state: str, warned: bool
) -> None:
    earlier = Campaign.objects.create(
        issue=compose(newsletter),
        newsletter=newsletter,
        key="earlier",
        revision=1,
        compiled=b"",
        scheduled_at=timezone.now(),
        state=state,
    )
    CampaignStory.objects.create(campaign=earlier, story=story)
    assert levels(issue) == ({"story-sent-before": "W"} if warned else {})


@pytest.mark.parametrize("token", ["{{ first_name }}", "{{unclosed", "{% if x %}", "*|FNAME|*"])
@pytest.mark.parametrize("place", ["subject", "preview_text", "body"])
def test_a_field_that_nobody_fills_in_is_stopped(issue: Issue, token: str, place: str) -> None:
    text = f"Dear {token}, this week we write about sleep"
    if place == "body":
        issue.body = [*_cards(issue), ("text", f"<p>{text}</p>")]
    else:
        setattr(issue, place, text)
    assert levels(issue) == {"leftover-token": "B"}
    assert token[:20] in found(issue)["leftover-token"].text


def test_nobody_to_send_to_is_mentioned(story: StoryPage, newsletter: Newsletter) -> None:
    assert levels(compose(newsletter)) == {"recipients": "W"}


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
    issue.body = [*_cards(issue), ("text", f"<p>{'word ' * (length // 5)}</p>")]
    assert levels(issue).get("size") == level


def test_a_style_sheet_that_gmail_ignores_is_stopped(issue: Issue) -> None:
    assert _with_html(issue, f"<style>{'p{color:red}' * 1400}</style>", markup.size) == {"style-size": "B"}


@pytest.mark.parametrize(
    ("tag", "stopped"),
    [
        ('<img src="https://x.example/a.jpg" width="536" alt="">', False),
        ('<img src="https://x.example/a.jpg" width="536">', True),
        ('<img src="https://x.example/a.jpg" alt="">', True),
        ('<img src="https://x.example/a.jpg" alt="" width="100%">', True),
        ('<img src="http://x.example/a.jpg" width="536" alt="">', True),
        ('<img src="https://x.example/a.webp" width="536" alt="">', True),
        ('<img src="https://x.example/a.AVIF?x=1" width="536" alt="">', True),
        ('<img src="https://x.example/a.svg" width="536" alt="">', True),
        ('<img src="data:image/png;base64,AAAA" width="536" alt="">', True),
    ],
)
def test_pictures_that_mail_programs_do_not_show_are_stopped(issue: Issue, tag: str, stopped: bool) -> None:
    assert _with_html(issue, tag, markup.pictures) == ({"images": "B"} if stopped else {})


def test_a_picture_that_is_a_link_needs_words(issue: Issue) -> None:
    tag = '<a href="https://x.example/"><img src="https://x.example/a.jpg" width="536" alt="{}"></a>'
    assert _with_html(issue, tag.format(""), markup.pictures) == {"image-link-alt": "W"}
    assert _with_html(issue, tag.format("Hills"), markup.pictures) == {}


def test_heavy_pictures_are_mentioned(issue: Issue, stories: StoryIndexPage, monkeypatch: pytest.MonkeyPatch) -> None:
    issue.body = [_card(make_story(stories, hero_image=draw("morning", (600, 300)), hero_alt="Hills"))]
    assert levels(issue) == {}
    monkeypatch.setattr(markup, "MAX_PICTURE", 100)
    assert "A picture has" in found(issue)["image-size"].text
    monkeypatch.setattr(markup, "MAX_PICTURES", 100)
    assert "together" in found(issue)["image-size"].text


def test_a_picture_whose_file_is_gone_stops_the_issue(issue: Issue, stories: StoryIndexPage) -> None:
    image = draw("gone", (600, 300))
    cache.clear()  # Wagtail remembers renditions of the picture that had this id in another test
    image.file.storage.delete(image.file.name)
    issue.body = [_card(make_story(stories, hero_image=image))]
    assert levels(issue) == {"image-missing": "B"}
    assert "gone" in found(issue)["image-missing"].text


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
    ],
)
def test_links(issue: Issue, url: str, stopped: bool) -> None:
    issue.body = [*_cards(issue), ("button", {"text": "See the registry", "url": url})]
    assert levels(issue) == ({"links": "B"} if stopped else {})


def test_link_words_that_say_nothing_are_mentioned(issue: Issue) -> None:
    issue.body = [*_cards(issue), ("text", '<p>For the study <a href="https://a.example/">click here</a>.</p>')]
    assert levels(issue) == {"link-words": "W"}


def test_the_same_words_for_two_links_are_mentioned(issue: Issue) -> None:
    both = '<p><a href="https://a.example/">The study</a>, <a href="https://b.example/">the study</a></p>'
    issue.body = [*_cards(issue), ("text", both)]
    assert levels(issue) == {"link-words": "W"}


def test_on_this_machine_only_public_addresses_are_shown_as_not_checked(issue: Issue, settings: Settings) -> None:
    settings.BASE_URL = "http://127.0.0.1:8000"
    issue.body = [*_cards(issue), ("button", {"text": "Try it", "url": "http://localhost:8000/"})]
    assert levels(issue) == {"public-address": "N"}


def test_a_production_site_without_https_is_stopped(issue: Issue, settings: Settings) -> None:
    settings.BASE_URL = "http://rounds.example"
    assert levels(issue)["links"] == "B"


def test_every_rule_is_in_the_preflight() -> None:
    rules = [
        rule
        for module in (content, editorial, markup, message)
        for name, rule in vars(module).items()
        if callable(rule) and getattr(rule, "__module__", "") == module.__name__ and not name.startswith("_")
    ]
    assert set(RULES) == set(rules)


def _with_html(issue: Issue, html: str, rule: Callable[[Examined], Iterator[Finding]]) -> dict[str, str]:
    seen = examine(issue, now=NOW)
    changed = replace(seen, html=f"<html><body>{html}</body></html>")
    return {finding.rule: str(finding.level) for finding in rule(changed)}


def _card(story: StoryPage) -> tuple[str, dict[str, object]]:
    return ("story", {"story": story, "intro": "", "show_image": True})


def _cards(issue: Issue) -> list[tuple[str, object]]:
    return [(block.block_type, block.value) for block in issue.body]
