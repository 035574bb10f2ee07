"""Freezing an issue into exactly one campaign."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from wagtail.models import ModelLogEntry

from newsletter.engine.machine import CampaignState
from newsletter.engine.message import CompiledMessage
from newsletter.issues import schedule as schedule_module
from newsletter.issues.compose import compose
from newsletter.issues.queries import unsent_stories
from newsletter.issues.sample import sample
from newsletter.issues.schedule import ScheduleError, schedule
from newsletter.models import Campaign, CampaignStory, Issue
from tests.factories import make_story, make_subscription
from tests.stages import stage

if TYPE_CHECKING:
    from blog.models import StoryIndexPage, StoryPage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)


@stage
def story(stories: StoryIndexPage) -> StoryPage:
    return make_story(stories, title="Sleep first")


@stage
def issue(story: StoryPage, newsletter: Newsletter) -> Issue:
    make_subscription(newsletter)
    return compose(newsletter)


def plan(issue: Issue, *, approve: bool = True, at: datetime = LATER, user: User | None = None) -> Campaign:
    return schedule(issue, at=at, time_zone="Europe/Berlin", user=user, approve=approve, now=NOW)


def approve(issue: Issue) -> None:
    issue.save_revision().publish()
    issue.refresh_from_db()


def write(issue: Issue, subject: str) -> None:
    """A later draft, as autosave leaves it."""
    draft = issue.get_latest_revision_as_object()
    draft.subject = subject
    draft.save_revision()
    issue.refresh_from_db()


def mail_of(campaign: Campaign) -> str:
    return sample(CompiledMessage.load(campaign.compiled), date=NOW).decode()


def nothing_changed(issue: Issue) -> bool:
    before = issue.live, issue.live_revision_id
    issue.refresh_from_db()
    log = ModelLogEntry.objects.filter(action="wagtail.publish")
    return before == (issue.live, issue.live_revision_id) and not log.exists() and not Campaign.objects.exists()


def test_everything_that_goes_out_is_frozen_with_the_campaign(issue: Issue, story: StoryPage) -> None:
    editor = User.objects.create_user("editor")
    campaign = Campaign.objects.get(pk=plan(issue, user=editor).pk)
    assert campaign.state == CampaignState.SCHEDULED
    assert (campaign.issue_id, campaign.newsletter_id, campaign.backend) == (issue.pk, issue.newsletter_id, "default")
    assert (campaign.scheduled_at, campaign.time_zone, campaign.created_by) == (LATER, "Europe/Berlin", editor)
    assert campaign.subject == "Sleep first"
    assert campaign.revision == Issue.objects.get(pk=issue.pk).live_revision_id
    assert campaign.key == f"{issue.pk}:0"
    assert "Sleep first" in mail_of(campaign)
    assert "Sleep first" in campaign.web_html
    assert list(campaign.stories.values_list("story_id", "story_revision")) == [(story.pk, story.live_revision_id)]


def test_the_operators_act_approves_the_latest_draft_and_is_logged(issue: Issue) -> None:
    editor = User.objects.create_user("editor")
    plan(issue, user=editor)
    issue.refresh_from_db()
    assert issue.live
    assert not issue.has_unpublished_changes
    entry = ModelLogEntry.objects.get(object_id=str(issue.pk), action="wagtail.publish")
    assert entry.user == editor


def test_an_issue_that_was_approved_before_is_not_approved_again(issue: Issue) -> None:
    approve(issue)
    plan(issue)
    assert ModelLogEntry.objects.filter(action="wagtail.publish").count() == 1


def test_without_approval_nothing_is_scheduled(issue: Issue) -> None:
    with pytest.raises(ScheduleError, match="not approved"):
        plan(issue, approve=False)
    assert nothing_changed(issue)


def test_a_draft_written_after_the_approval_does_not_go_out(issue: Issue) -> None:
    approve(issue)
    approved = issue.live_revision_id
    write(issue, "Unapproved words")
    campaign = plan(issue, approve=False)
    assert campaign.subject == "Sleep first"
    assert campaign.revision == approved
    assert "Unapproved words" not in mail_of(campaign)


def test_who_may_approve_sends_the_latest_words(issue: Issue) -> None:
    approve(issue)
    write(issue, "Better words")
    assert plan(issue, approve=True).subject == "Better words"


def test_an_autosave_over_the_approved_revision_does_not_change_what_goes_out(issue: Issue) -> None:
    """Wagtail's autosave keeps a revision's id and replaces its content."""
    approve(issue)
    draft = issue.live_revision.as_object()
    draft.subject = "Overwritten words"
    draft.save_revision(overwrite_revision=issue.live_revision)
    assert plan(Issue.objects.get(pk=issue.pk), approve=False).subject == "Sleep first"


def test_what_is_edited_afterwards_changes_nothing(issue: Issue, story: StoryPage) -> None:
    campaign = plan(issue)
    frozen = bytes(campaign.compiled), campaign.web_html
    write(issue, "Second thoughts")
    approve(issue)
    story.title = "Renamed"
    story.save_revision().publish()
    story.refresh_from_db()
    again = Campaign.objects.get(pk=plan(issue).pk)
    assert (bytes(again.compiled), again.web_html) == frozen
    assert "Renamed" not in mail_of(again)
    assert again.stories.get().story_revision != story.live_revision_id


def test_a_second_call_returns_the_same_campaign_as_it_is(issue: Issue) -> None:
    first = plan(issue)
    assert plan(issue, at=LATER + timedelta(days=1)) == first
    assert Campaign.objects.get().scheduled_at == LATER


def test_an_issue_that_was_sent_is_not_sent_again(issue: Issue) -> None:
    first = plan(issue)
    Campaign.objects.update(state=CampaignState.SENT)
    assert plan(issue) == first


@pytest.mark.parametrize("ended", [CampaignState.CANCELLED, CampaignState.FAILED])
def test_after_a_cancelled_or_failed_one_a_new_campaign_can_be_made(issue: Issue, ended: str) -> None:
    first = plan(issue)
    Campaign.objects.update(state=ended)
    second = plan(issue)
    assert second != first
    assert second.key == f"{issue.pk}:1"


def test_who_lost_the_race_gets_the_other_campaign(issue: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
    first = plan(issue)
    monkeypatch.setattr(schedule_module, "current_campaign", lambda _: None)  # as it was before the other committed
    assert plan(issue) == first
    assert CampaignStory.objects.count() == 1


def test_the_losers_approval_is_rolled_back(issue: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
    plan(issue)
    write(issue, "Better words")
    monkeypatch.setattr(schedule_module, "current_campaign", lambda _: None)
    plan(issue)
    issue.refresh_from_db()
    assert issue.subject == "Sleep first"


def test_the_stories_of_a_campaign_count_as_sent_until_it_is_cancelled(issue: Issue, story: StoryPage) -> None:
    plan(issue)
    assert not unsent_stories(issue.newsletter).exists()
    Campaign.objects.update(state=CampaignState.CANCELLED)
    assert list(unsent_stories(issue.newsletter)) == [story]


@pytest.mark.parametrize("seconds", [0, 59, 60])
def test_now_may_be_a_minute_old(issue: Issue, seconds: int) -> None:
    assert plan(issue, at=NOW - timedelta(seconds=seconds)).state == CampaignState.SCHEDULED


def test_the_past_is_refused_and_nothing_changes(issue: Issue) -> None:
    with pytest.raises(ScheduleError, match=r"2026-01-05 09:58 \(Europe/Berlin\) is in the past"):
        plan(issue, at=NOW - timedelta(seconds=61))
    assert nothing_changed(issue)


def test_an_instant_needs_its_zone(issue: Issue) -> None:
    with pytest.raises(ScheduleError, match="time zone"):
        plan(issue, at=LATER.replace(tzinfo=None))
    with pytest.raises(ScheduleError, match="Mars/Base"):
        schedule(issue, at=LATER, time_zone="Mars/Base", approve=True, now=NOW)
    assert nothing_changed(issue)


def test_blockers_are_named_and_nothing_changes(issue: Issue, story: StoryPage) -> None:
    story.unpublish()
    with pytest.raises(ScheduleError, match=r"“Sleep first” is not published.*take its card out") as caught:
        plan(issue)
    assert "\n" not in str(caught.value)
    assert nothing_changed(issue)


def test_an_issue_without_stories_is_refused_and_nothing_changes(newsletter: Newsletter, stories: object) -> None:
    issue = Issue.objects.create(newsletter=newsletter, subject="Nothing yet", live=False)
    issue.save_revision()
    with pytest.raises(ScheduleError, match="empty"):
        plan(issue)
    assert nothing_changed(issue)
