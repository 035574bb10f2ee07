"""An issue that fits its reader, from the composer to the confirmation: who gets all of it, less of it, or nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from blog.models import StoryIndexPage, StoryPage, Topic
from newsletter.engine.message import CompiledMessage
from newsletter.issues.fitting_reader import places_left_out
from newsletter.issues.preflight import preflight
from newsletter.issues.queries import mailed_stories
from newsletter.issues.reach import reach, recipients_of
from newsletter.issues.render import compile_issue
from newsletter.issues.schedule import schedule
from newsletter.models import Issue, Newsletter
from tests.factories import make_story, make_subscription
from tests.integration.admin_scene import log_in, make_logins

if TYPE_CHECKING:
    from newsletter.models import Subscription

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def topics() -> tuple[Topic, Topic]:
    return Topic.objects.create(name="Sleep", slug="sleep"), Topic.objects.create(name="Mood", slug="mood")


@pytest.fixture
def readers(newsletter: Newsletter, topics: tuple[Topic, Topic]) -> list[Subscription]:
    """One wants everything, one sleep, one mood."""
    made = [make_subscription(newsletter) for _ in range(3)]
    for subscription, topic in zip(made[1:], topics, strict=True):
        subscription.topics.add(topic)
    return made


def about(index: StoryIndexPage, *topics: Topic) -> StoryPage:
    story = make_story(index)
    story.topics.set(topics)
    story.save()
    return story


def issue_of(newsletter: Newsletter, *stories: StoryPage, **fields: Any) -> Issue:
    body = [("story", {"story": story, "display": "headline"}) for story in stories]
    given = {"subject": "What makes the rounds", "fits_reader": True, **fields}
    issue = Issue.objects.create(newsletter=newsletter, body=body, live=False, **given)
    issue.save_revision()
    return issue


def test_it_tells_how_many_would_get_all_less_or_nothing(
    newsletter: Newsletter, stories: StoryIndexPage, topics: tuple[Topic, Topic], readers: list[Subscription]
) -> None:
    sleep, mood = topics
    found = reach(issue_of(newsletter, about(stories, sleep, mood), about(stories, sleep)))
    assert (found.readers, found.recipients, found.whole, found.fewer, found.nothing_new) == (3, 3, 2, 1, 0)
    found = reach(issue_of(newsletter, about(stories, sleep)))
    assert (found.readers, found.recipients, found.whole, found.fewer, found.nothing_new) == (3, 2, 2, 0, 1)


def test_an_issue_for_everybody_alike_leaves_nobody_out(
    newsletter: Newsletter, stories: StoryIndexPage, topics: tuple[Topic, Topic], readers: list[Subscription]
) -> None:
    issue = issue_of(newsletter, about(stories, topics[0]), fits_reader=False)
    found = reach(issue)
    assert (found.recipients, found.fewer, found.nothing_new) == (3, 0, 0)
    assert places_left_out(issue, readers[2].subscriber) == ()


def test_a_campaign_says_how_many_it_will_reach(
    newsletter: Newsletter, stories: StoryIndexPage, topics: tuple[Topic, Topic], readers: list[Subscription]
) -> None:
    issue = issue_of(newsletter, about(stories, topics[0]))
    campaign = schedule(issue, at=NOW + timedelta(hours=1), time_zone="UTC", approve=True, now=NOW)
    assert campaign.fits_reader
    assert recipients_of(campaign) == 2
    assert CompiledMessage.load(campaign.compiled).places == {0}


def test_places_are_counted_by_what_is_shown(
    newsletter: Newsletter, stories: StoryIndexPage, topics: tuple[Topic, Topic], readers: list[Subscription]
) -> None:
    """A card of a story that is no longer published has none, and a second card no second one."""
    sleep, mood = topics
    gone, first, second = about(stories, mood), about(stories, sleep), about(stories, mood)
    gone.unpublish()
    saved = issue_of(newsletter, gone, second, first, second)
    issue = Issue.objects.get(pk=saved.pk)
    assert [story.pk for story in mailed_stories(issue)] == [second.pk, first.pk]
    assert [story for story, _ in compile_issue(issue, seed=bytes(32)).stories] == [second.pk, first.pk]
    assert places_left_out(issue, readers[1].subscriber) == (0,)
    assert places_left_out(issue, readers[2].subscriber) == (1,)


def test_an_issue_with_nothing_new_for_anybody_is_warned_of(
    newsletter: Newsletter, stories: StoryIndexPage, topics: tuple[Topic, Topic], readers: list[Subscription]
) -> None:
    readers[0].topics.add(topics[0])
    other = Topic.objects.create(name="Food", slug="food")
    issue = issue_of(newsletter, about(stories, other))
    assert "would find anything new" in str([one.text for one in preflight(issue) if one.rule == "recipients"])


def test_the_page_before_sending_tells_it(
    newsletter: Newsletter, stories: StoryIndexPage, topics: tuple[Topic, Topic], readers: list[Subscription]
) -> None:
    issue = issue_of(newsletter, about(stories, topics[0]))
    make_logins()
    page = " ".join(log_in("Owner").get(reverse("newsletter_issues:send", args=[issue.pk])).content.decode().split())
    assert "2 get all of its stories" in page
    assert "1 reader would find nothing new in it, and gets no mail" in page
    assert "Send to 2 readers now" in page


def test_an_issue_without_stories_lacks_nothing(newsletter: Newsletter, readers: list[Subscription]) -> None:
    found = reach(issue_of(newsletter))
    assert (found.recipients, found.nothing_new) == (3, 0)
