"""The commands compose_issue and schedule_issue: what they print, what they refuse, that refusals change nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from newsletter.issues.compose import compose
from newsletter.models import Campaign, Issue
from tests.factories import make_newsletter, make_story, make_subscription, make_subscriptions
from tests.stages import stage

if TYPE_CHECKING:
    from blog.models import StoryIndexPage, StoryPage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db


@stage
def story(stories: StoryIndexPage) -> StoryPage:
    return make_story(stories, title="Sleep first")


@stage
def issue(story: StoryPage, newsletter: Newsletter) -> Issue:
    return compose(newsletter)


def run(*arguments: str) -> tuple[str, str]:
    out, errors = StringIO(), StringIO()
    call_command(*arguments, stdout=out, stderr=errors)
    return out.getvalue(), errors.getvalue()


def document(*arguments: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(run(*arguments, "--json")[0])
    return loaded


def refused(*arguments: str) -> str:
    """The one line that is printed when the command exits with 1."""
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command(*arguments, "--json", stdout=out)
    assert caught.value.returncode == 1
    assert out.getvalue() == ""
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_compose_prints_one_document(stories: StoryIndexPage, newsletter: Newsletter) -> None:
    older, newer = make_story(stories, title="Older"), make_story(stories, title="Newer, “quoted”")
    issue = document("compose_issue", "--newsletter", "rounds")
    assert issue == {
        "issue": Issue.objects.get().pk,
        "newsletter": "rounds",
        "subject": "Newer, “quoted” and 1 more",
        "stories": [newer.pk, older.pk],
    }


def test_compose_takes_the_stories_that_are_named(stories: StoryIndexPage, newsletter: Newsletter) -> None:
    one, _, three = (make_story(stories) for _ in range(3))
    composed = document("compose_issue", "--newsletter", "rounds", "--stories", str(three.pk), str(one.pk))
    assert composed["stories"] == [three.pk, one.pk]


def test_compose_speaks_to_people_too(story: StoryPage, newsletter: Newsletter) -> None:
    out, _ = run("compose_issue", "--newsletter", "rounds")
    assert "Sleep first" in out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--newsletter", "nowhere"], "nowhere"),
        (["--newsletter", "rounds"], "no new stories"),
        (["--newsletter", "rounds", "--stories", "999999"], "999999"),
    ],
)
def test_compose_refuses_in_one_line_and_creates_nothing(
    home: object, newsletter: Newsletter, arguments: list[str], named: str
) -> None:
    assert named in refused("compose_issue", *arguments)
    assert not Issue.objects.exists()


def test_schedule_prints_one_document(issue: Issue, newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 3)
    make_subscription(newsletter, state="pending")
    make_subscription(make_newsletter(slug="other"))
    scheduled = document("schedule_issue", str(issue.pk), "--at", "2099-07-01T09:00")
    campaign = Campaign.objects.get()
    assert scheduled == {
        "campaign": campaign.pk,
        "state": "scheduled",
        "recipients": 3,
        "at": "2099-07-01T09:00:00-04:00",
        "time_zone": "America/New_York",
    }
    assert campaign.scheduled_at == datetime(2099, 7, 1, 13, tzinfo=UTC)


def test_now_means_now(issue: Issue) -> None:
    document("schedule_issue", str(issue.pk), "--at", "now")
    assert timezone.now() - Campaign.objects.get().scheduled_at < timedelta(minutes=1)


def test_scheduling_twice_makes_one_campaign_and_says_so(issue: Issue) -> None:
    first = document("schedule_issue", str(issue.pk), "--at", "2099-07-01T09:00")
    out, errors = run("schedule_issue", str(issue.pk), "--at", "now", "--json")
    assert json.loads(out) == first
    assert "nothing was changed" in errors


def test_schedule_speaks_to_people_too(issue: Issue) -> None:
    out, _ = run("schedule_issue", str(issue.pk), "--at", "now")
    assert "0 recipients" in out


@pytest.mark.parametrize(
    "at", ["tomorrow", "2026-13-01T09:00", "2026-03-01", "", "2020-01-01T09:00", "2020-01-01T09:00Z"]
)
def test_a_malformed_or_past_instant_is_refused_in_one_line(issue: Issue, at: str) -> None:
    refused("schedule_issue", str(issue.pk), "--at", at)
    issue.refresh_from_db()
    assert not issue.live
    assert not Campaign.objects.exists()


def test_an_instant_that_is_past_in_the_newsletters_zone_only_is_refused(issue: Issue) -> None:
    with time_machine.travel(datetime(2026, 1, 5, 14, 30, tzinfo=UTC)):
        assert "past" in refused("schedule_issue", str(issue.pk), "--at", "2026-01-05T09:00")
        document("schedule_issue", str(issue.pk), "--at", "2026-01-05T10:00")


def test_an_unknown_issue_is_named(home: object) -> None:
    assert "999999" in refused("schedule_issue", "999999", "--at", "now")


def test_an_issue_without_stories_is_refused_in_one_line(newsletter: Newsletter, home: object) -> None:
    issue = Issue.objects.create(newsletter=newsletter, subject="Nothing yet", live=False)
    issue.save_revision()
    assert "empty" in refused("schedule_issue", str(issue.pk), "--at", "now")
    issue.refresh_from_db()
    assert not issue.live
    assert not Campaign.objects.exists()
