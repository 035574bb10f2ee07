"""Scheduling an issue of a newsletter that is at Mailchimp: its row, its task, and the instants that there are."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.utils import timezone

from newsletter.engine.grid import next_on
from newsletter.engine.message import CompiledMessage
from newsletter.issues.compose import compose
from newsletter.issues.remote_content import content_for
from newsletter.issues.schedule import ScheduleError, schedule
from newsletter.models import Campaign, MailchimpAudience, MailchimpCampaign, RemoteTask
from tests.factories import make_story

if TYPE_CHECKING:
    from datetime import datetime

    from blog.models import StoryIndexPage
    from newsletter.models import Issue, Newsletter

pytestmark = pytest.mark.django_db

GRID = timedelta(minutes=15)


@pytest.fixture
def issue(stories: StoryIndexPage, newsletter: Newsletter) -> Issue:
    newsletter.backend = "mailchimp"
    newsletter.save()
    now = timezone.now()
    MailchimpAudience.objects.create(
        newsletter=newsletter, list_id="abc123", list_name="Readers", acknowledged_at=now, switched_on_at=now
    )
    make_story(stories, title="Sleep first")
    return compose(newsletter)


def scheduled(issue: Issue, at: datetime) -> Campaign:
    return schedule(issue, at=at, time_zone="Europe/Berlin", approve=True, now=timezone.now())


def test_row_and_task_are_there_with_the_campaign(issue: Issue) -> None:
    campaign = scheduled(issue, next_on(GRID, timezone.now() + timedelta(hours=1)))
    remote = MailchimpCampaign.objects.get(campaign=campaign)
    assert remote.title.startswith(f"rounds-{issue.pk}-0-")
    assert RemoteTask.objects.get().name == f"campaign:{campaign.pk}"
    assert scheduled(issue, campaign.scheduled_at) == campaign
    assert MailchimpCampaign.objects.count() == RemoteTask.objects.count() == 1


def test_it_does_not_claim_that_readers_of_an_audience_confirmed_to_us(issue: Issue) -> None:
    campaign = scheduled(issue, next_on(GRID, timezone.now() + timedelta(hours=1)))
    content = content_for(CompiledMessage.load(campaign.compiled))
    for body in (content.html, content.plain_text):
        assert f"because you subscribed to {issue.newsletter.name}." in body
        assert "confirmed" not in body


def test_an_instant_off_the_grid_is_refused_with_the_nearest_ones(issue: Issue) -> None:
    at = next_on(GRID, timezone.now() + timedelta(hours=5)) + timedelta(minutes=7)
    with pytest.raises(ScheduleError, match="quarters of an hour") as refused:
        scheduled(issue, at)
    for near in (at - timedelta(minutes=7), at + timedelta(minutes=8)):
        assert f"{near:%M}" in str(refused.value)
    assert not Campaign.objects.exists()


def test_without_an_audience_that_is_switched_on_it_is_refused(issue: Issue) -> None:
    MailchimpAudience.objects.update(switched_on_at=None)
    with pytest.raises(ScheduleError, match="no audience there is switched on"):
        scheduled(issue, next_on(GRID, timezone.now()))
    assert not RemoteTask.objects.exists()


def test_the_operator_sends_it_now_off_the_grid(issue: Issue) -> None:
    out = StringIO()
    call_command("schedule_issue", issue.pk, at="now", as_json=True, stdout=out)
    told = json.loads(out.getvalue())
    assert MailchimpCampaign.objects.get().campaign_id == told["campaign"]
    out = StringIO()
    call_command("campaign", "show", told["campaign"], json=True, stdout=out)
    assert json.loads(out.getvalue())["remote"]["status"] == ""
