"""Overriding a blocker of the check before sending: who may, what never, for how long it holds."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from wagtail.log_actions import registry

from newsletter.admin.roles import ROLES
from newsletter.issues.checks.catalogue import RULES
from newsletter.issues.findings import Finding, Level
from newsletter.issues.override import OverrideError, may_override, override
from newsletter.issues.preflight import preflight
from newsletter.issues.schedule import ScheduleError, schedule
from newsletter.models import Campaign, Issue, PreflightDecision
from tests.integration.admin_scene import make_logins
from tests.integration.preflight_scene import NOW, cards, issue, levels, story

if TYPE_CHECKING:
    from blog.models import StoryPage

__all__ = ["issue", "story"]

pytestmark = pytest.mark.django_db

REASON = "The study has no other address than this one."
SHORT_LINK = ("button", {"text": "See the registry", "url": "https://bit.ly/abc"})
NEVER = {
    *("subject", "content", "unfilled-slot", "story-withdrawn", "story-private", "story-overdue", "editorial-*"),
    *("segment", "sender", "headers", "list-unsubscribe", "unsubscribe-link", "postal-address", "plain-text"),
    *("size-clipped", "backend", "audience-there", "narrowing", "service-field", "remote-checklist"),
}


@pytest.fixture
def editor(issue: Issue) -> User:
    make_logins()
    return User.objects.get(username="editor")


def blocker(issue: Issue, rule: str = "links") -> Finding:
    return next(finding for finding in preflight(issue, now=NOW) if finding.rule == rule)


def with_short_link(issue: Issue) -> Issue:
    issue.body = [*cards(issue), SHORT_LINK]
    issue.save_revision()
    return issue


def let_pass(issue: Issue, editor: User, rule: str = "links") -> PreflightDecision:
    return override(issue, blocker(issue, rule), user=editor, reason=REASON, now=NOW)


def test_an_overridden_blocker_is_shown_with_who_when_and_why_and_stops_nothing(issue: Issue, editor: User) -> None:
    with_short_link(issue)
    with pytest.raises(ScheduleError, match="link shortener"):
        send(issue, editor)
    let_pass(issue, editor)
    finding = blocker(issue)
    assert finding.level == Level.OVERRIDDEN
    assert finding.decision is not None
    assert (finding.decision.user, finding.decision.made_at, finding.decision.reason) == (editor, NOW, REASON)
    assert send(issue, editor).state == "scheduled"


def send(issue: Issue, editor: User) -> Campaign:
    now = timezone.now()
    return schedule(issue, at=now + timedelta(days=1), time_zone="UTC", user=editor, approve=True, now=now)


def test_an_override_holds_for_what_was_found_and_no_longer(issue: Issue, editor: User) -> None:
    let_pass(with_short_link(issue), editor)
    issue.subject = "Another subject altogether"
    assert levels(issue) == {"links": "O"}
    issue.body = [*cards(issue)[:-1], ("button", {"text": "See the registry", "url": "https://bit.ly/other"})]
    assert levels(issue) == {"links": "B"}


def test_an_override_of_one_issue_is_none_of_another(issue: Issue, editor: User) -> None:
    let_pass(with_short_link(issue), editor)
    other = Issue.objects.create(
        newsletter=issue.newsletter, subject=issue.subject, preview_text=issue.preview_text, body=cards(issue)
    )
    assert levels(other)["links"] == "B"


def test_an_override_is_written_into_the_issues_history(issue: Issue, editor: User) -> None:
    let_pass(with_short_link(issue), editor)
    entry = registry.get_logs_for_instance(issue).get(action="rounds.override_preflight")
    assert entry.user == editor
    assert "Overrode links" in entry.message
    assert entry.comment == REASON


@pytest.mark.parametrize("reason", ["", "ok", "  a    b  "])
def test_a_reason_says_something(issue: Issue, editor: User, reason: str) -> None:
    finding = blocker(with_short_link(issue))
    with pytest.raises(OverrideError, match="at least 10 characters"):
        override(issue, finding, user=editor, reason=reason, now=NOW)
    assert not PreflightDecision.objects.exists()


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"Owner", "Editor"}))
def test_only_owners_and_editors_may(issue: Issue, editor: User, role: str) -> None:
    finding = blocker(with_short_link(issue))
    user = User.objects.get(username=role.lower())
    assert not may_override(user, finding)
    with pytest.raises(PermissionDenied):
        override(issue, finding, user=user, reason=REASON, now=NOW)


def test_what_the_law_and_readers_need_is_never_overridden() -> None:
    assert {rule.id for rule in RULES.values() if "B" in rule.levels and not rule.overridable} == NEVER


@pytest.mark.parametrize("rule", sorted(NEVER))
def test_nobody_overrides_what_never_can_be(issue: Issue, editor: User, rule: str) -> None:
    finding = Finding(rule=rule.replace("*", "S1"), level=Level.BLOCKER, text="It is so.", remedy="")
    owner = User.objects.get(username="owner")
    for user in (editor, owner):
        assert not may_override(user, finding)
        with pytest.raises(OverrideError, match="has to be mended"):
            override(issue, finding, user=user, reason=REASON, now=NOW)


def test_a_row_that_was_forged_for_what_never_can_be_overridden_changes_nothing(
    issue: Issue, editor: User, story: StoryPage
) -> None:
    story.unpublish()
    issue.refresh_from_db()
    finding = blocker(issue, "story-withdrawn")
    PreflightDecision.objects.create(
        issue=issue, rule=finding.rule, fingerprint=finding.fingerprint, reason=REASON, user=editor, made_at=NOW
    )
    assert levels(issue)["story-withdrawn"] == "B"


def test_a_warning_is_nothing_to_override(issue: Issue, editor: User) -> None:
    issue.subject = "x" * 61
    with pytest.raises(OverrideError):
        let_pass(issue, editor, "subject-length")
