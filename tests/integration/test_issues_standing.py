"""One reader and an issue: would it be mailed to them, and which of its stories do they have."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from blog.models import Topic
from newsletter.audience.suppression import SuppressionReason, suppress
from newsletter.issues.compose import compose
from newsletter.issues.standing import standing
from newsletter.models import Segment
from tests.factories import make_newsletter, make_story, make_subscription
from tests.factories_delivery import NOON
from tests.integration.test_issues_story_history import sent
from tests.stages import stage

if TYPE_CHECKING:
    from blog.models import StoryIndexPage
    from newsletter.models import Issue, Newsletter

pytestmark = pytest.mark.django_db

NOW = NOON + timedelta(days=1)


@stage
def issue(stories: StoryIndexPage, newsletter: Newsletter) -> Issue:
    make_story(stories, title="Sleep first")
    return compose(newsletter)


def against(issue: Issue, **fields: Any) -> str:
    """Why the reader of such a subscription would not get it."""
    subscription = make_subscription(issue.newsletter, **fields)
    return " ".join(standing(issue, subscription.subscriber, now=NOW).against)


def test_nothing_is_against_a_confirmed_reader(issue: Issue) -> None:
    assert against(issue) == ""


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"state": "pending"}, "Has not confirmed the subscription yet."),
        ({"state": "ended"}, "Has left Rounds."),
        ({"paused_until": NOW + timedelta(days=3)}, "Pauses until March 6, 2026."),
        ({"paused_until": NOW - timedelta(days=3)}, ""),
    ],
)
def test_it_says_what_is_against(fields: dict[str, Any], reason: str, issue: Issue) -> None:
    assert against(issue, **fields) == reason


def test_a_reader_of_another_newsletter_does_not_read_this_one(issue: Issue) -> None:
    stranger = make_subscription(make_newsletter(name="Other", slug="other")).subscriber
    assert standing(issue, stranger, now=NOW).against == ("Does not read Rounds.",)


def test_a_suppressed_address_is_never_mailed(issue: Issue) -> None:
    subscription = make_subscription(issue.newsletter)
    suppress(subscription.subscriber.email, reason=next(iter(SuppressionReason)), now=NOW)
    assert standing(issue, subscription.subscriber, now=NOW).against == (
        "Has left Rounds.",
        "Is on the list of addresses that are never mailed.",
    )


def test_frequency_and_segment_narrow(issue: Issue) -> None:
    issue.frequency = "weekly"
    issue.segment = Segment(name="Monthly readers", rules={"rule": "frequency", "test": "is", "value": "monthly"})
    assert against(issue, frequency="each_story") == (
        "Reads “Each story”; this issue is for those who read “Weekly”. Is not in the segment “Monthly readers”."
    )


def test_a_segment_whose_rules_are_out_of_date_says_so(issue: Issue) -> None:
    issue.segment = Segment(name="Old", rules={"rule": "tag", "value": "no-such-tag"})
    assert "no-such-tag" in against(issue)


def test_it_names_what_the_reader_has_already(issue: Issue) -> None:
    reader = make_subscription(issue.newsletter).subscriber
    assert standing(issue, reader, now=NOW).had == ()
    sent(issue.newsletter, issue.body[0].value["story"])
    assert standing(issue, reader, now=NOW).had == ("Sleep first",)


def test_it_names_stories_on_other_topics_than_the_reader_chose(issue: Issue) -> None:
    sleep, mood = (Topic.objects.create(name=name, slug=name.lower()) for name in ("Sleep", "Mood"))
    story = issue.body[0].value["story"]
    subscription = make_subscription(issue.newsletter)
    subscription.topics.add(mood)
    assert standing(issue, subscription.subscriber, now=NOW).off_topic == (), "a story on no topic is for everybody"
    story.topics.add(sleep)
    story.save()
    assert standing(issue, subscription.subscriber, now=NOW).off_topic == ("Sleep first",)
    subscription.topics.add(sleep)
    assert standing(issue, subscription.subscriber, now=NOW).off_topic == ()
