"""What a reader gets an issue without: stories that this reader got before, and those on topics that were not chosen.

Stories are named by their places in the issue, counted from 0; a set of places is a number with a bit for each. A
reader who ticked no topic wants all of them, and a story without a topic is for everybody.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection, models

from blog.models import StoryPage
from newsletter.engine.machine import CampaignState, DeliveryState
from newsletter.issues.queries import mailed_stories
from newsletter.issues.render.sections import MOST_PLACES
from newsletter.models import Campaign, CampaignStory, Chunk, Delivery, Issue, Subscription

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from django.db.models import QuerySet

    from newsletter.models import Subscriber

#: What may lie in a mailbox. What a server sent back does not, whatever came of the story there.
GOT = (DeliveryState.ACCEPTED, DeliveryState.HANDED_OVER, DeliveryState.UNCERTAIN, DeliveryState.COMPLAINED)
#: On its way, while a campaign is being sent: workers note in their journals first what they have handed over.
ON_ITS_WAY = (DeliveryState.PENDING, DeliveryState.DEFERRED)
BEING_SENT = (CampaignState.SENDING, CampaignState.WAITING)


class Earlier(NamedTuple):
    """Deliveries of one campaign that brought the same stories of ours."""

    campaign_id: int
    first_id: int
    last_id: int
    #: The campaign is still being sent: what is on its way counts, too.
    is_being_sent: bool
    #: The bits of our places.
    brought: int


@dataclass(frozen=True)
class Fitting:
    """The stories of an issue before its readers. `stories` has None for one whose page was deleted."""

    newsletter_id: int
    stories: tuple[int | None, ...]
    #: The places that it can be had without.
    places: frozenset[int]
    #: Not an earlier one, but the one that is being made.
    campaign_id: int | None = None

    @classmethod
    def of(cls, sent: Campaign | Issue, *, places: Collection[int] | None = None) -> Fitting:
        """`places`: those that its message has sections for, where it is known."""
        if isinstance(sent, Campaign):
            # Written by one statement: the order of the ids is that of the issue.
            stories = tuple(sent.stories.order_by("pk").values_list("story_id", flat=True))
        else:
            stories = tuple(story.pk for story in mailed_stories(sent))
        possible = range(min(len(stories), MOST_PLACES)) if places is None else places
        return cls(
            newsletter_id=sent.newsletter_id,
            stories=stories,
            places=frozenset(possible),
            campaign_id=sent.pk if isinstance(sent, Campaign) else None,
        )

    @property
    def all_bits(self) -> int:
        """Who gets it without all of these would find no story in it; -1, which nobody has, where one always stays."""
        every = set(range(len(self.stories)))
        return sum(1 << place for place in every) if every and every <= self.places else -1

    @cached_property
    def bits(self) -> Mapping[int, int]:
        """The bit of each story that can be left out, by its id."""
        return {
            story: 1 << place for place, story in enumerate(self.stories) if story is not None and place in self.places
        }

    @cached_property
    def topics(self) -> Mapping[frozenset[int], int]:
        """The bits of the stories that have just these topics; those without any are not in it."""
        through = StoryPage.topics.through.objects.filter(storypage_id__in=list(self.bits))
        by_story = defaultdict[int, set[int]](set)
        for story, topic in through.values_list("storypage_id", "topic_id"):
            by_story[story].add(topic)
        bits = defaultdict[frozenset[int], int](int)
        for story, topics in by_story.items():
            bits[frozenset(topics)] |= self.bits[story]
        return dict(bits)

    @cached_property
    def earlier(self) -> list[Earlier]:
        """What other campaigns of the newsletter brought of these stories, and to which deliveries."""
        earlier = Campaign.objects.filter(newsletter_id=self.newsletter_id, stories__story_id__in=list(self.bits))
        if self.campaign_id is not None:
            earlier = earlier.exclude(pk=self.campaign_id)
        states = dict(earlier.values_list("pk", "state").order_by().distinct())
        carried = defaultdict[int, list[int | None]](list)
        rows = CampaignStory.objects.filter(campaign_id__in=list(states)).order_by("pk")
        for campaign_id, story in rows.values_list("campaign_id", "story_id"):
            carried[campaign_id].append(story)
        chunks = Chunk.objects.filter(campaign_id__in=list(states)).order_by("campaign_id", "first_id")
        found: list[Earlier] = []
        for campaign_id, first, last, left_out in chunks.values_list(
            "campaign_id", "first_id", "last_id", "leaves_out"
        ):
            brought = sum(
                self.bits.get(story, 0)
                for place, story in enumerate(carried[campaign_id])
                if story is not None and place not in left_out
            )
            one = Earlier(campaign_id, first, last, states[campaign_id] in BEING_SENT, brought)
            if found and found[-1].campaign_id == campaign_id and found[-1].brought == brought:
                found[-1] = found[-1]._replace(last_id=last)
            else:
                found.append(one)
        return [one for one in found if one.brought]


def select_left_out(fitting: Fitting) -> str:
    """A SELECT of `subscriber_id` and `bits`, for those readers only who get the issue without something; empty when
    nobody can be one of them. It has no parameters: everything in it is a number of ours."""
    parts = [part for part in (_unwanted(fitting), _got(fitting)) if part]
    if not parts:
        return ""
    together = _either("bits", sum(set(fitting.bits.values())))
    return (
        f"SELECT subscriber_id, {together} AS bits FROM ({' UNION ALL '.join(parts)}) AS each_reason"  # noqa: S608
        " WHERE bits <> 0 GROUP BY subscriber_id"
    )


def readers_by_bits(fitting: Fitting, audience: QuerySet[Subscription]) -> dict[int, int]:
    """How many readers of the audience would get the issue without which places; 0 is for the whole issue."""
    left_out = select_left_out(fitting)
    if not left_out:
        return {0: audience.count()}
    readers, parameters = audience.order_by().values("subscriber_id").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(left_out.bits, 0), COUNT(*)"  # noqa: S608 - a query of Django's, and numbers of ours
            f" FROM ({readers}) AS readers LEFT JOIN ({left_out}) AS left_out"
            " ON left_out.subscriber_id = readers.subscriber_id GROUP BY 1",
            parameters,
        )
        return dict(cursor.fetchall())


def places_left_out(sent: Issue | Campaign, subscriber: Subscriber) -> tuple[int, ...]:
    """The places of the stories that this reader would get the issue without if it were frozen now.

    The message's `without` takes them if it was compiled from the same version of the issue. Empty for an issue that
    everybody gets whole; all places: this reader would get no mail.
    """
    if not sent.fits_reader:
        return ()
    fitting = Fitting.of(sent)
    ticked = Subscription.topics.through.objects.filter(
        subscription__newsletter_id=fitting.newsletter_id, subscription__subscriber_id=subscriber.pk
    )
    chosen = set(ticked.values_list("topic_id", flat=True))
    bits = sum(own for topics, own in fitting.topics.items() if chosen and not topics & chosen)
    campaigns = {one.campaign_id for one in fitting.earlier}
    deliveries = Delivery.objects.filter(campaign_id__in=campaigns, subscriber_id=subscriber.pk)
    for pk, campaign_id, state in deliveries.values_list("pk", "campaign_id", "state"):
        for one in fitting.earlier:
            if one.campaign_id == campaign_id and one.first_id <= pk <= one.last_id and _counts(state, one):
                bits |= one.brought
    return places_of(bits)


def places_of(bits: int) -> tuple[int, ...]:
    """The set of places that a number stands for, in order."""
    return tuple(place for place in range(bits.bit_length()) if bits >> place & 1)


def _counts(state: str, earlier: Earlier) -> bool:
    return state in GOT or (earlier.is_being_sent and state in ON_ITS_WAY)


def _unwanted(fitting: Fitting) -> str:
    """Readers who ticked topics, and the stories that have topics and none of these."""
    if not fitting.topics:
        return ""
    ticked = Subscription.topics.through
    topic, subscription = _column(ticked, "topic"), _column(ticked, "subscription")
    bits = " + ".join(
        f"CASE WHEN MAX(CASE WHEN ticked.{topic} IN ({_numbers(topics)}) THEN 1 ELSE 0 END) = 0 THEN {own} ELSE 0 END"
        for topics, own in fitting.topics.items()
    )
    return (
        f"SELECT reading.subscriber_id, {bits} AS bits FROM {_table(ticked)} AS ticked"  # noqa: S608 - own names only
        f" INNER JOIN {_table(Subscription)} AS reading ON reading.id = ticked.{subscription}"
        f" WHERE reading.newsletter_id = {fitting.newsletter_id} GROUP BY reading.subscriber_id"
    )


def _got(fitting: Fitting) -> str:
    """Deliveries in each of the earlier ranges, found by their ids: see `delivery.store.claims.deliveries_between`."""
    if not fitting.earlier:
        return ""
    values = ", ".join(f"({', '.join(str(int(number)) for number in one)})" for one in fitting.earlier)
    names = ", ".join(Earlier._fields)
    ranges = f"(WITH named({names}) AS (VALUES {values}) SELECT * FROM named) AS earlier"  # noqa: S608 - own names only
    between = (
        "delivery.id BETWEEN earlier.first_id AND earlier.last_id"
        " AND delivery.campaign_id + 0 = earlier.campaign_id AND delivery.subscriber_id IS NOT NULL"
        f" AND (delivery.state IN ({_words(GOT)})"
        f" OR (earlier.is_being_sent = 1 AND delivery.state IN ({_words(ON_ITS_WAY)})))"
    )
    if (
        connection.vendor == "postgresql"
    ):  # one range after the other, each by its ids; OFFSET keeps it from rearranging
        return (
            f"SELECT subscriber_id, brought AS bits FROM {ranges} CROSS JOIN LATERAL"  # noqa: S608 - own names only
            f" (SELECT delivery.subscriber_id FROM {_table(Delivery)} AS delivery WHERE {between} OFFSET 0) AS reached"
        )
    return (
        "SELECT delivery.subscriber_id, earlier.brought AS bits"  # noqa: S608 - own names only
        f" FROM {ranges} CROSS JOIN {_table(Delivery)} AS delivery WHERE {between}"
    )


def _either(column: str, possible: int) -> str:
    """Every bit that one of the rows has."""
    if connection.vendor == "postgresql":
        return f"BIT_OR({column})"
    return " + ".join(f"MAX({column} & {1 << place})" for place in places_of(possible))


def _numbers(numbers: Iterable[int]) -> str:
    return ", ".join(str(int(number)) for number in sorted(numbers))


def _words(states: Sequence[DeliveryState]) -> str:
    return ", ".join(f"'{state.value}'" for state in states)


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001 - Django's documented API


def _column(model: type[models.Model], name: str) -> str:
    field: Any = model._meta.get_field(name)  # noqa: SLF001 - as above
    return connection.ops.quote_name(str(field.column))
