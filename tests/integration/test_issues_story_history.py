"""What was sent to whom: the campaigns of a story, and the readers who have not got it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from newsletter.issues.story_history import StoryHistory, histories, stories_of
from newsletter.models import Campaign, CampaignStory, Chunk, Delivery, Segment
from tests.factories import make_newsletter, make_story, make_subscription, make_subscriptions
from tests.factories_delivery import NOON, make_campaign, make_sending_campaign

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blog.models import StoryIndexPage, StoryPage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(days=1)


def sent(newsletter: Newsletter, *stories: StoryPage, outcomes: Sequence[str] = (), **fields: Any) -> Campaign:
    """A campaign with these stories that reached readers in the order of their subscriptions; accepted by default."""
    campaign = make_sending_campaign(newsletter, **fields)
    carry(campaign, *stories)
    deliveries = list(Delivery.objects.filter(campaign=campaign).order_by("subscriber_id"))
    for place, delivery in enumerate(deliveries):
        delivery.state = outcomes[place] if place < len(outcomes) else "accepted"
    Delivery.objects.bulk_update(deliveries, ["state"])
    return campaign


def carry(campaign: Campaign, *stories: StoryPage) -> None:
    CampaignStory.objects.bulk_create(CampaignStory(campaign=campaign, story=story) for story in stories)


def history_of(newsletter: Newsletter, story: StoryPage) -> StoryHistory:
    return histories(newsletter, [story], now=LATER)[story.pk]


@pytest.fixture
def story(stories: StoryIndexPage) -> StoryPage:
    return make_story(stories)


def test_a_new_story_was_sent_to_nobody(newsletter: Newsletter, story: StoryPage) -> None:
    make_subscriptions(newsletter, 3)
    assert history_of(newsletter, story) == StoryHistory(here=(), elsewhere=(), readers=3, lacking=3)


def test_it_names_the_issue_the_day_and_how_many(newsletter: Newsletter, story: StoryPage) -> None:
    make_subscriptions(newsletter, 3)
    campaign = sent(newsletter, story, subject="Winter")
    make_subscription(newsletter, confirmed_at=LATER)
    history = history_of(newsletter, story)
    (sending,) = history.here
    assert (sending.subject, sending.issue_id, sending.recipients) == ("Winter", campaign.issue_id, 3)
    assert (sending.ahead, sending.segment, sending.frequency) == (False, "", "")
    assert (history.readers, history.lacking) == (4, 1)


def test_only_who_really_got_it_has_it(newsletter: Newsletter, story: StoryPage) -> None:
    make_subscriptions(newsletter, 8)
    outcomes = ["accepted", "refused", "pending", "deferred", "uncertain", "skipped", "bounced", "complained"]
    sent(newsletter, story, outcomes=outcomes)
    assert history_of(newsletter, story).lacking == 6


def test_whoever_left_or_pauses_is_not_asked_about(newsletter: Newsletter, story: StoryPage) -> None:
    gone, resting, _stays = (make_subscription(newsletter) for _ in range(3))
    sent(newsletter, story, outcomes=["refused", "refused", "accepted"])
    gone.state = "ended"
    gone.save()
    resting.paused_until = LATER + timedelta(days=1)
    resting.save()
    history = history_of(newsletter, story)
    assert (history.readers, history.lacking) == (1, 0)


def test_what_waits_for_its_time_is_ahead_and_reached_nobody(newsletter: Newsletter, story: StoryPage) -> None:
    make_subscriptions(newsletter, 2)
    carry(make_campaign(newsletter, scheduled_at=LATER), story)
    history = history_of(newsletter, story)
    assert [sending.ahead for sending in history.here] == [True]
    assert history.lacking == 2


@pytest.mark.parametrize("state", ["cancelled", "failed"])
def test_a_campaign_that_did_not_go_out_is_none(state: str, newsletter: Newsletter, story: StoryPage) -> None:
    carry(make_campaign(newsletter, state=state), story)
    assert history_of(newsletter, story).here == ()


def test_another_newsletter_is_named_apart_and_its_readers_have_it(newsletter: Newsletter, story: StoryPage) -> None:
    other = make_newsletter(name="Other", slug="other")
    both = make_subscription(newsletter)
    make_subscription(newsletter)
    other.subscriptions.create(subscriber=both.subscriber, state="confirmed")
    sent(other, story)
    history = history_of(newsletter, story)
    assert history.here == ()
    assert [(sending.newsletter, sending.recipients) for sending in history.elsewhere] == [("Other", 1)]
    assert (history.readers, history.lacking) == (2, 1)


def test_a_reader_who_got_it_twice_is_one_reader(newsletter: Newsletter, story: StoryPage) -> None:
    make_subscriptions(newsletter, 2)
    first = sent(newsletter, story, scheduled_at=NOON - timedelta(days=7))
    second = sent(newsletter, story)
    history = history_of(newsletter, story)
    assert [sending.issue_id for sending in history.here] == [second.issue_id, first.issue_id]
    assert history.lacking == 0


def test_it_says_for_which_readers_it_was(newsletter: Newsletter, story: StoryPage) -> None:
    segment = Segment.objects.create(name="Berlin", rules={"rule": "frequency", "test": "is", "value": "weekly"})
    campaign = make_campaign(newsletter, frequency="weekly", segment_rules=segment.rules, fits_reader=True)
    campaign.issue.segment = segment
    campaign.issue.save()
    carry(campaign, story)
    (sending,) = history_of(newsletter, story).here
    assert (sending.segment, sending.frequency, sending.fits_reader) == ("Berlin", "weekly", True)


def test_a_mail_that_left_the_story_out_brought_the_others_only(
    newsletter: Newsletter, stories: StoryIndexPage
) -> None:
    carried = [make_story(stories) for _ in range(12)]
    reader = make_subscription(newsletter).subscriber
    campaign = sent(newsletter, *carried, fits_reader=True)
    Chunk.objects.filter(campaign=campaign).update(leaves_out=[0, 11])
    lacking = {pk: found.lacking for pk, found in histories(newsletter, carried, now=LATER).items()}
    assert lacking == {story.pk: int(place in (0, 11)) for place, story in enumerate(carried)}
    assert stories_of(reader, carried) == {story.pk for story in carried[1:11]}


def test_one_readers_stories_are_told_apart_from_anothers(newsletter: Newsletter, story: StoryPage) -> None:
    one, other = (make_subscription(newsletter).subscriber for _ in range(2))
    sent(newsletter, story, outcomes=["accepted", "refused"])
    assert stories_of(one, [story]) == {story.pk}
    assert stories_of(other, [story]) == set()


def test_many_stories_take_no_more_queries_than_one(newsletter: Newsletter, stories: StoryIndexPage) -> None:
    make_subscriptions(newsletter, 2)
    many = [make_story(stories) for _ in range(6)]
    for story in many:
        sent(newsletter, story)

    def queries(asked: list[StoryPage]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            histories(newsletter, asked, now=LATER)
        return len(seen)

    assert queries(many) == queries(many[:1]) <= 4
