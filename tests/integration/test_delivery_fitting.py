"""Campaigns that fit their readers: who gets which stories, and that each gets just these."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pytest

from blog.models import StoryIndexPage, StoryPage, Topic
from newsletter.backends import memory
from newsletter.delivery import report
from newsletter.delivery.freeze import freeze
from newsletter.delivery.store import audience
from newsletter.issues.fitting_reader import Fitting, places_left_out, readers_by_bits
from newsletter.models import Campaign, Chunk, Delivery, Newsletter, Subscription
from tests.factories import make_subscriptions
from tests.factories_delivery import NOON, make_campaign, make_fitting_campaign
from tests.integration.fitting_scene import done, frozen, reader, send, story


@pytest.fixture(autouse=True)
def empty_outbox() -> None:
    memory.outbox.clear()


@pytest.fixture
def sleep() -> Topic:
    return Topic.objects.create(name="Sleep", slug="sleep")


@pytest.fixture
def mood() -> Topic:
    return Topic.objects.create(name="Mood", slug="mood")


def test_a_digest_leaves_out_what_a_reader_got_story_by_story(newsletter: Newsletter, stories: StoryIndexPage) -> None:
    """The reader chose to get them weekly meanwhile."""
    ana, ben = reader(newsletter, "ana"), reader(newsletter, "ben", frequency="weekly")
    a, b, c = (story(stories, slug) for slug in "abc")
    each = {"segment_rules": {"rule": "frequency", "test": "is", "value": "each_story"}}
    for one in (a, b):
        campaign = frozen(newsletter, one, **each)
        assert send() == {"ana": one.slug}
        done(campaign)
    Subscription.objects.filter(pk=ana.pk).update(frequency="weekly")
    digest = frozen(newsletter, a, b, c, segment_rules={"rule": "frequency", "test": "is", "value": "weekly"})
    assert send() == {"ana": "c", "ben": "a b c"}
    assert (digest.recipients, digest.nothing_new) == (2, 0)
    assert places_left_out(digest, ben.subscriber) == ()  # a digest does not look at itself


def test_a_monthly_digest_knows_what_the_weekly_one_left_out(
    newsletter: Newsletter, stories: StoryIndexPage, sleep: Topic, mood: Topic
) -> None:
    """Ana has the sleep stories of the week, then reads monthly and wants mood as well."""
    ana, _ = reader(newsletter, "ana", sleep), reader(newsletter, "ben")
    a, b, c, d = (story(stories, slug, topic) for slug, topic in zip("abcd", (sleep, mood, sleep, mood), strict=True))
    weekly = frozen(newsletter, a, b)
    assert send() == {"ana": "a", "ben": "a b"}
    done(weekly)
    ana.topics.add(mood)
    frozen(newsletter, a, b, c, d)
    assert send() == {"ana": "b c d", "ben": "c d"}


def test_readers_get_the_topics_they_chose(
    newsletter: Newsletter, stories: StoryIndexPage, sleep: Topic, mood: Topic
) -> None:
    for name, topics in {"all": [], "sleeper": [sleep], "moody": [mood], "both": [sleep, mood]}.items():
        reader(newsletter, name, *topics)
    a, b, c, none = story(stories, "a", sleep), story(stories, "b", mood), story(stories, "c", sleep, mood), None
    none = story(stories, "none")
    campaign = frozen(newsletter, a, b, c, none)
    assert send() == {"all": "a b c none", "sleeper": "a c none", "moody": "b c none", "both": "a b c none"}
    assert sorted(Chunk.objects.filter(campaign=campaign).values_list("leaves_out", flat=True)) == [[], [0], [1]]


def test_topics_of_another_newsletter_are_no_choice_here(
    newsletter: Newsletter, stories: StoryIndexPage, sleep: Topic, mood: Topic
) -> None:
    other = Newsletter.objects.create(name="Letters", slug="letters")
    ana = reader(newsletter, "ana")
    there = Subscription.objects.create(subscriber=ana.subscriber, newsletter=other, state="confirmed")
    there.topics.add(sleep)
    a = story(stories, "a", mood)
    frozen(newsletter, a)
    assert send() == {"ana": "a"}


def test_who_would_find_nothing_new_gets_no_mail(
    newsletter: Newsletter, stories: StoryIndexPage, sleep: Topic, mood: Topic
) -> None:
    ana, ben = reader(newsletter, "ana"), reader(newsletter, "ben", sleep)
    a, b = story(stories, "a", mood), story(stories, "b", mood)
    first = frozen(newsletter, a, segment_rules={"rule": "topic", "test": "wants", "value": "mood"})
    assert send() == {"ana": "a"}
    done(first)
    again = frozen(newsletter, a)
    assert (again.recipients, again.nothing_new) == (0, 2)
    assert report.show(again)["nothing_new"] == 2
    assert places_left_out(again, ana.subscriber) == places_left_out(again, ben.subscriber) == (0,)
    done(again)
    assert send() == {}
    both = frozen(newsletter, a, b)
    assert (both.recipients, both.nothing_new) == (1, 1)
    assert send() == {"ana": "b"}


def test_a_campaign_that_fits_nobody_leaves_its_readers_alone_and_is_sent(
    newsletter: Newsletter, stories: StoryIndexPage
) -> None:
    reader(newsletter, "ana")
    plain = frozen(newsletter, story(stories, "a"), fits_reader=False)
    assert send() == {"ana": "a"}
    done(plain)
    unfit = frozen(newsletter, StoryPage.objects.get(slug="a"), fits_reader=False)
    assert send() == {"ana": "a"}
    assert unfit.nothing_new == 0


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        ("accepted", True),
        ("handed_over", True),
        ("uncertain", True),
        ("complained", True),
        ("bounced", False),
        ("refused", False),
        ("skipped", False),
        ("pending", False),
        ("deferred", False),
    ],
)
def test_what_may_have_reached_a_reader_counts(
    newsletter: Newsletter, stories: StoryIndexPage, state: str, counts: bool
) -> None:
    ana = reader(newsletter, "ana")
    a, b = story(stories, "a"), story(stories, "b")
    earlier = frozen(newsletter, a)
    Delivery.objects.filter(campaign=earlier).update(state=state)
    Campaign.objects.filter(pk=earlier.pk).update(state="cancelled")
    digest = make_fitting_campaign(newsletter, [a, b])
    assert places_left_out(digest, ana.subscriber) == ((0,) if counts else ())
    freeze(digest, now=NOON)
    assert send() == {"ana": "b" if counts else "a b"}


@pytest.mark.parametrize(
    ("state", "counts"), [("sending", True), ("waiting", True), ("paused", False), ("held", False)]
)
def test_what_is_on_its_way_counts_while_it_is_being_sent(
    newsletter: Newsletter, stories: StoryIndexPage, state: str, counts: bool
) -> None:
    """A worker writes down first in its journal what it has handed over: the rows of a chunk may say pending."""
    ana = reader(newsletter, "ana")
    a, b = story(stories, "a"), story(stories, "b")
    earlier = frozen(newsletter, a)
    Campaign.objects.filter(pk=earlier.pk).update(state=state)
    digest = frozen(newsletter, a, b)
    assert places_left_out(digest, ana.subscriber) == ((0,) if counts else ())
    assert Chunk.objects.get(campaign=digest).leaves_out == ([0] if counts else [])


def test_the_place_of_a_deleted_story_stays_empty(newsletter: Newsletter, stories: StoryIndexPage) -> None:
    reader(newsletter, "ana")
    a, b, c = (story(stories, slug) for slug in "abc")
    first = frozen(newsletter, b)
    assert send() == {"ana": "b"}
    done(first)
    digest = make_fitting_campaign(newsletter, [a, b, c])
    a.delete()
    assert freeze(digest, now=NOON)
    assert send() == {"ana": "a c"}


def test_a_message_without_sections_goes_whole(newsletter: Newsletter, stories: StoryIndexPage) -> None:
    """Such as one that was scheduled before sections were known."""
    reader(newsletter, "ana")
    a = story(stories, "a")
    done_first = frozen(newsletter, a)
    assert send() == {"ana": "a"}
    done(done_first)
    old = frozen(newsletter, a, compiled=make_campaign(newsletter).compiled)
    assert (old.recipients, old.nothing_new) == (1, 0)
    assert list(send()) == ["ana"]


def test_a_reader_who_is_erased_leaves_no_trace_in_what_others_get(
    newsletter: Newsletter, stories: StoryIndexPage
) -> None:
    reader(newsletter, "ana")
    a, b = story(stories, "a"), story(stories, "b")
    first = frozen(newsletter, a)
    send()
    done(first)
    Delivery.objects.filter(campaign=first).update(subscriber=None, address="")
    frozen(newsletter, a, b)
    assert send() == {"ana": "a b"}


def world(newsletter: Newsletter, index: StoryIndexPage, dice: random.Random) -> list[StoryPage]:
    """Sixty readers and six stories, with topics by chance, some of which went out in four campaigns."""
    topics = [Topic.objects.create(name=name, slug=name) for name in ("one", "two", "three")]
    made = [story(index, f"s{number}", *dice.sample(topics, dice.randrange(3))) for number in range(6)]
    for number in range(60):
        reader(newsletter, f"r{number}", *dice.sample(topics, dice.choice([0, 0, 1, 1, 2, 3])))
    for _ in range(4):
        carried = dice.sample(made, dice.randint(1, 4))
        rules = {"rule": "topic", "test": "wants", "value": dice.choice(["one", "two", "three"])}
        campaign = frozen(newsletter, *carried, fits_reader=dice.random() < 0.7, segment_rules=dice.choice([{}, rules]))
        for delivery in Delivery.objects.filter(campaign=campaign):
            delivery.state = dice.choice(["accepted", "accepted", "accepted", "bounced", "refused", "uncertain"])
            delivery.save()
        Campaign.objects.filter(pk=campaign.pk).update(state="sent")
    return made


def left_out_in_words(newsletter: Newsletter, stories: list[StoryPage], subscription: Subscription) -> list[int]:
    """What the reader does not need, told without any SQL of ours."""
    found = []
    chosen = set(subscription.topics.all())
    for place, one in enumerate(stories):
        topics = set(one.topics.all())
        got = False
        for delivery in Delivery.objects.filter(
            subscriber=subscription.subscriber, state__in=["accepted", "uncertain"]
        ):
            carried = list(delivery.campaign.stories.order_by("pk").values_list("story_id", flat=True))
            (chunk,) = Chunk.objects.filter(
                campaign=delivery.campaign, first_id__lte=delivery.pk, last_id__gte=delivery.pk
            )
            got = got or (one.pk in carried and carried.index(one.pk) not in chunk.leaves_out)
        if got or (chosen and topics and not chosen & topics):
            found.append(place)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_every_reader_gets_what_is_new_and_wanted(
    newsletter: Newsletter, stories: StoryIndexPage, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience, "CHUNK_SIZE", 4)
    made = world(newsletter, stories, random.Random(seed))
    readers = {one.subscriber_id: one for one in Subscription.objects.select_related("subscriber")}
    expected = {key: left_out_in_words(newsletter, made, one) for key, one in readers.items()}
    digest = make_fitting_campaign(newsletter, made)
    assert {key: list(places_left_out(digest, one.subscriber)) for key, one in readers.items()} == expected
    counted = readers_by_bits(Fitting.of(digest), audience.audience(digest, now=NOON))
    assert freeze(digest, now=NOON)
    digest.refresh_from_db()

    nothing = [key for key, places in expected.items() if len(places) == len(made)]
    assert digest.nothing_new == len(nothing) == counted.get((1 << len(made)) - 1, 0)
    assert sum(counted.values()) == 60
    assert counted.get(0, 0) == sum(not places for places in expected.values())
    found = chunked(digest)
    assert found == {key: places for key, places in expected.items() if key not in nothing}
    names = dict[int | None, str](Subscription.objects.values_list("subscriber_id", "subscriber__email"))
    assert send() == {
        names[key].partition("@")[0]: " ".join(one.slug for place, one in enumerate(made) if place not in places)
        for key, places in found.items()
    }


def chunked(campaign: Campaign) -> dict[int | None, list[int]]:
    """What each reader's chunk leaves out; every delivery is in one chunk, and every chunk small enough."""
    found: dict[int | None, list[int]] = {}
    rows = Delivery.objects.filter(campaign=campaign)
    for chunk in Chunk.objects.filter(campaign=campaign):
        inside = rows.filter(pk__range=(chunk.first_id, chunk.last_id)).values_list("subscriber_id", flat=True)
        assert 0 < len(inside) <= audience.CHUNK_SIZE
        assert not found.keys() & set(inside)
        found |= dict.fromkeys(inside, chunk.leaves_out)
    assert len(found) == rows.count() == campaign.recipients
    return found


def test_where_nobody_lacks_anything_it_is_frozen_like_every_other_campaign(
    newsletter: Newsletter, stories: StoryIndexPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience, "CHUNK_SIZE", 2)
    make_subscriptions(newsletter, 5)
    campaign = frozen(newsletter, story(stories, "a"))
    assert [len(set(sizes)) for sizes in (chunked(campaign), [1])] == [5, 1]
    assert list(Chunk.objects.values_list("leaves_out", flat=True)) == [[], [], []]


def test_the_statements_of_a_freeze_do_not_grow_with_its_readers(
    newsletter: Newsletter, stories: StoryIndexPage, sleep: Topic, mood: Topic, django_assert_max_num_queries: Any
) -> None:
    topics: Iterable[Topic] = (sleep, mood)
    for number in range(20):
        reader(newsletter, f"r{number}", *(topics if number % 2 else [sleep]))
    campaign = make_fitting_campaign(newsletter, [story(stories, "a", sleep), story(stories, "b", mood)])
    with django_assert_max_num_queries(25):
        assert freeze(campaign, now=NOON)
    assert {tuple(places) for places in chunked(Campaign.objects.get(pk=campaign.pk)).values()} == {(), (1,)}
