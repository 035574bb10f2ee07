"""The check before sending: stories, leftovers of templates, readers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from wagtail.models import Page

from newsletter.issues.checks import (
    checklist,
    content,
    editorial,
    links,
    looked_up,
    markup,
    message,
    pictures,
    service,
    subject,
)
from newsletter.issues.compose import compose
from newsletter.issues.preflight import RULES, examine
from newsletter.models import Campaign, CampaignStory, Issue
from tests.factories import make_story, make_subscription
from tests.integration.issue_samples import full_issue
from tests.integration.preflight_scene import NOW, card, cards, everything, found, issue, levels, place_of, story

if TYPE_CHECKING:
    from blog.models import HomePage, StoryIndexPage, StoryPage
    from newsletter.models import Newsletter

__all__ = ["issue", "story"]

pytestmark = pytest.mark.django_db

TOKENS = (
    "{{ settings.SECRET_KEY }}",
    "{{unclosed",
    "{% include %}",
    "*|UNSUB|*",
    "%recipient%",
    "%recipient.name%",
    "<%= name %>",
    "${name}",
)


def test_a_good_issue_has_no_findings(issue: Issue) -> None:
    assert found(issue) == {}


def test_a_full_issue_has_no_findings(home: HomePage, stories: StoryIndexPage, newsletter: Newsletter) -> None:
    make_subscription(newsletter)
    assert found(Issue.objects.get(pk=full_issue(home, stories, newsletter).pk)) == {}


def test_looking_changes_nothing(issue: Issue) -> None:
    before = Issue.objects.values().get(pk=issue.pk)
    everything(issue)
    assert Issue.objects.values().get(pk=issue.pk) == before


def test_blockers_come_first_and_everything_is_said_on_one_line(issue: Issue) -> None:
    issue.subject, issue.preview_text, issue.body = "", "", []
    findings = everything(issue)
    assert [finding.level for finding in findings] == sorted(finding.level for finding in findings)
    assert all(finding.text and finding.remedy for finding in findings)
    assert not any("\n" in finding.text + finding.remedy for finding in findings)


def test_an_empty_issue_is_stopped(issue: Issue) -> None:
    issue.body = []
    assert levels(issue) == {"content": "B"}


def test_an_issue_without_a_story_is_stopped(issue: Issue) -> None:
    issue.body = [("text", "<p>Only words.</p>")]
    assert levels(issue) == {"stories": "B"}


def test_a_withdrawn_story_stops_the_issue(issue: Issue, story: StoryPage, stories: StoryIndexPage) -> None:
    story.unpublish()
    issue.refresh_from_db()
    issue.body = [*cards(issue), card(make_story(stories, live=False, title="Not yet"))]
    texts = [finding.text for finding in everything(issue) if finding.rule == "story-withdrawn"]
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
    issue.body = [card(make_story(stories, review_due_on=due))]
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


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("place", ["subject", "preview_text", "body"])
def test_a_field_that_nobody_fills_in_is_stopped(issue: Issue, token: str, place: str) -> None:
    text = f"Dear {token}, on sleep and mood this week"
    if place == "body":
        issue.body = [*cards(issue), ("text", f"<p>{text}</p>")]
    else:
        setattr(issue, place, text)
    assert levels(issue) == {"leftover-token": "B"}
    assert token[:20] in found(issue)["leftover-token"].text


def test_nobody_to_send_to_is_mentioned(story: StoryPage, newsletter: Newsletter) -> None:
    assert levels(compose(newsletter)) == {"recipients": "W"}


@pytest.mark.parametrize(
    "text", ["50% off and 20% more", "caf%C3%A9 and th%C3%A9", "{ a brace }", "| a | table |", "$5"]
)
def test_words_that_only_look_a_little_like_a_field_are_fine(issue: Issue, text: str) -> None:
    issue.body = [*cards(issue), ("text", f"<p>{text}</p>")]
    assert levels(issue) == {}


@pytest.mark.parametrize("token", TOKENS[:-2])
def test_a_field_stays_the_very_words_that_were_typed(issue: Issue, token: str) -> None:
    issue.body = [*cards(issue), ("text", f"<p>Dear {token}</p>")]
    seen = examine(issue, now=NOW)
    assert f"Dear {token}" in seen.visible_text
    assert f"Dear {token}" in seen.text


def test_a_place_of_ours_that_nothing_was_put_into_is_stopped(issue: Issue) -> None:
    seen = examine(issue, now=NOW)
    assert list(content.unfilled_slots(seen)) == []
    left = replace(seen, html=f"{seen.html}<p>{seen.stem}</p>")
    assert [finding.rule for finding in content.unfilled_slots(left)] == ["unfilled-slot"]


def test_a_finding_says_which_block_it_is_about(issue: Issue, story: StoryPage, stories: StoryIndexPage) -> None:
    withdrawn = make_story(stories, live=False, title="Not yet")
    issue.body = [*cards(issue), ("text", "<p>Dear {{ name }}</p>"), card(withdrawn), card(story)]
    assert place_of(issue, "story-withdrawn") == "block 3: Story"
    assert place_of(issue, "leftover-token") == "block 2: Text"
    story.view_restrictions.create(restriction_type="login")
    assert place_of(issue, "story-private") == "block 4: Story"  # the last of both: one finding each


def test_findings_about_readers_say_so(story: StoryPage, newsletter: Newsletter) -> None:
    assert place_of(compose(newsletter), "recipients") == "whom it is for"


def test_every_rule_is_in_the_preflight() -> None:
    modules = (checklist, content, editorial, links, looked_up, markup, message, pictures, service, subject)
    rules = {
        rule
        for module in modules
        for name, rule in vars(module).items()
        if callable(rule)
        and getattr(rule, "__module__", "") == module.__name__
        and not name.startswith("_")
        and list(getattr(rule, "__annotations__", {})) == ["seen", "return"]
    }
    assert set(RULES) == rules
