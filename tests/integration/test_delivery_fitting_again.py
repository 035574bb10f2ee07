"""What is deferred, lost, taken over or sent again: the same stories go to the same readers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from blog.models import StoryIndexPage, Topic
from newsletter.backends import memory
from newsletter.delivery import store
from newsletter.delivery.letters import MOST_PRESSES, Letters
from newsletter.models import Campaign, Chunk, Delivery, Newsletter
from tests.factories_delivery import NOON
from tests.integration.claiming import claim, die
from tests.integration.fitting_scene import frozen, reader, send, stories_in, story


@pytest.fixture(autouse=True)
def empty_outbox() -> None:
    memory.outbox.clear()


@pytest.fixture
def sleep() -> Topic:
    return Topic.objects.create(name="Sleep", slug="sleep")


@pytest.fixture
def mood() -> Topic:
    return Topic.objects.create(name="Mood", slug="mood")


@pytest.fixture
def two_sets(newsletter: Newsletter, stories: StoryIndexPage, sleep: Topic, mood: Topic) -> Campaign:
    """Ana gets the issue without its second story, Ben whole."""
    reader(newsletter, "ana", sleep)
    reader(newsletter, "ben")
    return frozen(newsletter, story(stories, "a", sleep), story(stories, "b", mood))


def test_what_is_deferred_goes_later_with_the_same_stories(two_sets: Campaign) -> None:
    Delivery.objects.update(state="deferred", next_attempt_at=NOON)
    Chunk.objects.update(closed_at=NOON)
    assert store.reopen_due(now=NOON) == 2
    assert send() == {"ana": "a", "ben": "a b"}


def test_what_is_sent_again_after_a_lost_answer_has_the_same_stories(two_sets: Campaign) -> None:
    send()
    Delivery.objects.update(state="uncertain")
    assert store.resolve_to_resend(two_sets.pk) == 2
    assert send() == {"ana": "a", "ben": "a b"}


def test_what_a_dead_worker_left_goes_out_with_the_same_stories(two_sets: Campaign) -> None:
    for second in (0, 1):
        die(claim(f"{store.host()}:1:dead", at=second), {})
    assert store.reclaim_expired(now=NOON + timedelta(minutes=1)) == 2
    assert send() == {"ana": "a", "ben": "a b"}


def test_a_worker_keeps_a_few_messages_ready(newsletter: Newsletter, stories: StoryIndexPage) -> None:
    made = [story(stories, f"s{number}") for number in range(5)]
    reader(newsletter, "ana")
    campaign = frozen(newsletter, *made)
    row = store.PendingRow(1, 1, "ana@example.com", "")
    letters = Letters(campaign)
    for bits in (*range(31), *range(31)):
        places = tuple(place for place in range(5) if bits >> place & 1)
        kept = " ".join(one.slug for place, one in enumerate(made) if place not in places)
        assert stories_in(letters.envelope(row, places, date=NOON).content) == kept
    assert len(vars(letters)["_presses"]) == MOST_PRESSES
