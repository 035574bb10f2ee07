"""What the editorial check holds against a story holds against mailing it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from blog.editorial.decide import override
from blog.editorial.gate import open_findings
from blog.models import StoryIndexPage, StoryPage
from newsletter.delivery import control
from newsletter.delivery.clock import Clock
from newsletter.delivery.control import ControlError
from newsletter.issues.compose import compose
from newsletter.issues.findings import Level
from newsletter.issues.preflight import preflight
from newsletter.models import CampaignStory, Issue, Newsletter
from tests.factories import make_story
from tests.factories_delivery import NOON, make_campaign
from tests.integration.editorial_scene import blocked_live, make_user, settle

REASON = "The evidence is unchanged; the review is booked for May."


def blockers(issue: Issue) -> set[str]:
    return {finding.rule for finding in preflight(issue) if finding.level == Level.BLOCKER}


def days_ago(days: int) -> date:
    return timezone.localdate() - timedelta(days=days)


def overdue_story(stories: StoryIndexPage) -> StoryPage:
    return make_story(stories, title="Sleep and mood", review_due_on=min(days_ago(3), NOON.date() - timedelta(days=3)))


def let_pass(story: StoryPage) -> None:
    """Override the overdue review, as an editor does on the page of the story's check."""
    (finding,) = [found for found, _ in open_findings(story, today=timezone.localdate()) if found.rule == "E2"]
    override(story, finding, user=make_user("Editor"), reason=REASON, now=timezone.now())


def test_a_blocker_in_a_live_story_stops_the_issue_until_it_is_settled(
    newsletter: Newsletter, stories: StoryIndexPage
) -> None:
    story = blocked_live(stories)
    issue = compose(newsletter, stories=[story.pk])
    assert "editorial-A1" in blockers(issue)
    settle(story, make_user("Editor"))
    assert "editorial-A1" not in blockers(issue)


def test_an_override_lets_an_overdue_story_be_sent(newsletter: Newsletter, stories: StoryIndexPage) -> None:
    story = overdue_story(stories)
    issue = compose(newsletter, stories=[story.pk])
    assert "story-overdue" in blockers(issue)
    let_pass(story)
    assert "story-overdue" not in blockers(issue)


def test_an_override_of_one_date_is_none_of_the_next(newsletter: Newsletter, stories: StoryIndexPage) -> None:
    story = overdue_story(stories)
    issue = compose(newsletter, stories=[story.pk])
    let_pass(story)
    StoryPage.objects.filter(pk=story.pk).update(review_due_on=days_ago(1))
    assert "story-overdue" in blockers(Issue.objects.get(pk=issue.pk))


def test_an_issue_whose_story_became_overdue_is_held_until_that_is_overridden(
    newsletter: Newsletter, stories: StoryIndexPage
) -> None:
    story = overdue_story(stories)
    campaign = make_campaign(newsletter)
    CampaignStory.objects.create(campaign=campaign, story=story)
    Clock("worker").tick(now=NOON)
    campaign.refresh_from_db()
    assert campaign.state == "held"
    assert "The review of “Sleep and mood” was due on" in campaign.reason
    with pytest.raises(ControlError, match="override this with a reason"):
        control.release(campaign.pk, now=NOON)
    let_pass(story)
    control.release(campaign.pk, now=NOON)
    campaign.refresh_from_db()
    assert campaign.state != "held"


@pytest.mark.parametrize(
    ("subject", "level"),
    [("He committed suicide", Level.BLOCKER), ("Suicide in autumn", Level.WARNING), ("The sea is calm", None)],
)
def test_the_subject_is_read_like_a_headline(
    newsletter: Newsletter, stories: StoryIndexPage, subject: str, level: Level | None
) -> None:
    issue = compose(newsletter, stories=[make_story(stories).pk])
    issue.subject = subject
    found = [finding for finding in preflight(issue) if finding.rule.startswith("wording-")]
    assert [finding.level for finding in found][:1] == ([level] if level else [])
    assert all(finding.text.startswith("The subject: ") for finding in found)
