"""Decisions: who may settle what, and for how long it holds."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.utils import timezone
from wagtail.models import PageLogEntry

from blog.editorial.decide import (
    DecisionError,
    acknowledge,
    may_acknowledge,
    may_override,
    override,
    recent_overrides,
)
from blog.editorial.findings import Finding, Level
from blog.editorial.gate import PublishRefusedError, open_findings, refusal, unsettled
from blog.models import EditorialDecision, StoryIndexPage, StoryPage, gated
from newsletter.admin.roles import ROLES
from tests.factories import make_story
from tests.integration.editorial_scene import CALM, JUMP, blocked_draft, make_user, settle

REASON = "Read by two doctors; it stays."
#: S4, level A: the topic in a headline.
HEADLINE = "What to say about suicide"
CRISIS: tuple[str, Any] = ("crisis_help", {"title": "If you are in crisis", "text": ""})


def finding(level: Level = Level.BLOCKER, rule: str = "A1") -> Finding:
    return Finding(rule=rule, level=level, block="1 text", sentence="A sentence.", why="Because.", remedy="Mend it.")


def draft_of(story: StoryPage) -> StoryPage:
    draft: StoryPage = StoryPage.objects.get(pk=story.pk).get_latest_revision_as_object()
    return draft


def in_the_way(story: StoryPage) -> list[Finding]:
    return unsettled(draft_of(story), today=timezone.localdate())


def test_what_must_be_acknowledged_stops_publishing_until_it_is(stories: StoryIndexPage) -> None:
    doctor = make_user("Doctor")
    story = make_story(stories, live=False, owner=doctor, title=HEADLINE, body=[*CALM, CRISIS])
    with pytest.raises(PublishRefusedError):
        story.latest_revision.publish()
    for found in in_the_way(story):
        assert found.level is Level.ACKNOWLEDGE
        acknowledge(draft_of(story), found, user=doctor, now=timezone.now())
    story.latest_revision.publish()
    assert StoryPage.objects.get(pk=story.pk).live
    entry = PageLogEntry.objects.get(page=story.pk, action="rounds.acknowledge")
    assert entry.message == f"Acknowledged S4: “{HEADLINE}”"


def test_a_changed_sentence_is_asked_about_anew_and_a_moved_one_is_not(stories: StoryIndexPage) -> None:
    story = blocked_draft(stories)
    settle(story, make_user("Editor"))
    draft = draft_of(story)
    draft.body = [*CALM, *JUMP]
    draft.save_revision()
    assert in_the_way(story) == []
    draft.body = [*CALM, ("heading", {"text": "Smaller print", "level": "3"})]
    draft.save_revision()
    assert [found.rule for found in in_the_way(story)] == ["A1"]


def test_decisions_are_only_added(stories: StoryIndexPage) -> None:
    editor = make_user("Editor")
    story = blocked_draft(stories)
    (first,) = settle(story, editor)
    (found,) = [found for found, _ in open_findings(draft_of(story), today=timezone.localdate()) if found.rule == "A1"]
    override(draft_of(story), found, user=editor, reason="A better reason than before.", now=timezone.now())
    assert EditorialDecision.objects.count() == 2
    first.refresh_from_db()
    assert first.reason == REASON
    ((_, latest),) = [row for row in open_findings(draft_of(story), today=timezone.localdate()) if row[0] == found]
    assert latest is not None
    assert latest.reason == "A better reason than before."


def test_an_acknowledgement_does_not_let_a_blocker_pass(stories: StoryIndexPage) -> None:
    story = blocked_draft(stories)
    (found,) = in_the_way(story)
    EditorialDecision.objects.create(
        story=story, kind="acknowledged", rule=found.rule, fingerprint=found.fingerprint, made_at=timezone.now()
    )
    assert in_the_way(story) == [found]


@pytest.mark.parametrize("reason", ["", "ok", "   spaces    ", "123456789"])
def test_an_override_needs_a_reason_that_says_something(stories: StoryIndexPage, reason: str) -> None:
    story = blocked_draft(stories)
    with pytest.raises(DecisionError, match="10 characters"):
        override(story, finding(), user=make_user("Editor"), reason=reason, now=timezone.now())
    assert not EditorialDecision.objects.exists()


def test_only_what_asks_for_it_is_decided(stories: StoryIndexPage) -> None:
    story, editor, now = blocked_draft(stories), make_user("Editor"), timezone.now()
    with pytest.raises(DecisionError):
        acknowledge(story, finding(Level.BLOCKER), user=editor, now=now)
    with pytest.raises(DecisionError):
        acknowledge(story, finding(Level.WARNING), user=editor, now=now)
    with pytest.raises(DecisionError):
        override(story, finding(Level.WARNING), user=editor, reason=REASON, now=now)
    assert override(story, finding(Level.WARNING, "E2"), user=editor, reason=REASON, now=now).rule == "E2"


@pytest.mark.parametrize("role", ROLES)
def test_who_may_decide_about_a_story_of_somebody_else(stories: StoryIndexPage, role: str) -> None:
    story = blocked_draft(stories, owner=make_user("Owner", "somebody"))
    user = make_user(role)
    allowed = role in {"Owner", "Editor"}
    assert (may_acknowledge(user, story), may_override(user, story)) == (allowed, allowed)
    if not allowed:
        with pytest.raises(PermissionDenied):
            override(story, finding(), user=user, reason=REASON, now=timezone.now())
        with pytest.raises(PermissionDenied):
            acknowledge(story, finding(Level.ACKNOWLEDGE), user=user, now=timezone.now())


@pytest.mark.parametrize(("role", "acknowledges"), [("Doctor", True), ("Contributor", True)])
def test_who_wrote_a_story_acknowledges_but_does_not_override(
    stories: StoryIndexPage, role: str, acknowledges: bool
) -> None:
    user = make_user(role)
    story = blocked_draft(stories, owner=user)
    assert (may_acknowledge(user, story), may_override(user, story)) == (acknowledges, False)


def test_the_dashboard_asks_for_the_latest_overrides_only(stories: StoryIndexPage) -> None:
    editor = make_user("Editor")
    story = blocked_draft(stories)
    (overridden,) = settle(story, editor)
    acknowledge(story, finding(Level.ACKNOWLEDGE), user=editor, now=timezone.now())
    assert list(recent_overrides()) == [overridden]


def test_a_refusal_names_the_first_findings_and_counts_the_rest() -> None:
    many = [finding(rule=rule) for rule in ("S1", "S2", "C1", "C4", "F1")]
    assert refusal("Rain", many[:1]) == "“Rain” can't be published yet: S1 (1 text)."
    assert refusal("Rain", many).endswith("S1 (1 text), S2 (1 text), C1 (1 text), and 2 more.")


def test_without_a_gate_nothing_goes_live(stories: StoryIndexPage, monkeypatch: pytest.MonkeyPatch) -> None:
    story = make_story(stories, live=False, body=CALM)
    monkeypatch.setattr(gated, "_gates", [])
    with pytest.raises(ImproperlyConfigured):
        story.latest_revision.publish()
