"""What was already sent to whom: for stories, the campaigns that carry them and how many readers lack them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat, Replace

from newsletter.audience.segments import narrowed
from newsletter.engine.machine import CampaignState, DeliveryState
from newsletter.issues.queries import WITHDRAWN
from newsletter.models import CampaignStory, Chunk, Delivery, Subscriber

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from blog.models import StoryPage
    from newsletter.models import Campaign, Newsletter

#: Deliveries whose reader has the mail: whoever reported it as spam has it, too.
ARRIVED = (DeliveryState.ACCEPTED, DeliveryState.COMPLAINED)
_AHEAD = (CampaignState.SCHEDULED, CampaignState.PREPARING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One campaign that carries a story. Without a segment and a frequency it is for all readers of its newsletter.

    `recipients` is 0 while it is `ahead`: whom it reaches is counted at its time.
    """

    issue_id: int
    subject: str
    newsletter: str
    at: datetime
    ahead: bool
    recipients: int
    segment: str
    frequency: str
    fits_reader: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryHistory:
    """`here` are campaigns of the newsletter that is asked for, `elsewhere` those of others, both the latest first.

    `lacking` of its `readers` at present have not got the story from any newsletter.
    """

    here: tuple[Sending, ...] = ()
    elsewhere: tuple[Sending, ...] = ()
    readers: int
    lacking: int


def histories(newsletter: Newsletter, stories: Iterable[StoryPage], *, now: datetime) -> dict[int, StoryHistory]:
    """The history of each story by its id, in four queries at most, however many stories there are."""
    ids = {story.pk for story in stories}
    rows = list(
        CampaignStory.objects.filter(story__in=ids)
        .exclude(campaign__state__in=WITHDRAWN)
        .select_related("campaign__newsletter", "campaign__issue__segment")
        .defer("campaign__compiled", "campaign__web_html", "campaign__web_text", "campaign__issue__body")
        .order_by("-campaign__scheduled_at", "-campaign__pk")
    )
    audience = narrowed(newsletter, {}, now=now)
    readers = audience.count()
    got = _counted(rows, audience.values("subscriber_id"))
    here: dict[int, list[Sending]] = {story_id: [] for story_id in ids}
    elsewhere: dict[int, list[Sending]] = {story_id: [] for story_id in ids}
    for row in rows:
        if row.story_id:
            side = here if row.campaign.newsletter_id == newsletter.pk else elsewhere
            side[row.story_id].append(_sending(row.campaign))
    return {
        story_id: StoryHistory(
            here=tuple(here[story_id]),
            elsewhere=tuple(elsewhere[story_id]),
            readers=readers,
            lacking=readers - got.get(story_id, 0),
        )
        for story_id in ids
    }


def _counted(rows: Sequence[CampaignStory], audience: QuerySet[Any, Any]) -> dict[int, int]:
    """How many of the audience have each story.

    Most stories were in one campaign, whole: its readers are counted once for all of its stories.
    """
    carried: dict[int, list[Campaign]] = {}
    for row in rows:
        if row.story_id:
            carried.setdefault(row.story_id, []).append(row.campaign)
    alone = {story: one[0].pk for story, one in carried.items() if len(one) == 1 and not one[0].fits_reader}
    arrived = Delivery.objects.filter(campaign__in=set(alone.values()), state__in=ARRIVED, subscriber_id__in=audience)
    of_campaign = dict(
        arrived.order_by().values("campaign_id").annotate(got=Count("pk")).values_list("campaign_id", "got")
    )
    counted = {story: of_campaign.get(campaign, 0) for story, campaign in alone.items()}
    return counted | dict(_got(carried.keys() - alone.keys(), audience))


def stories_of(reader: Subscriber, stories: Iterable[StoryPage]) -> set[int]:
    """Ids of those of the stories that this reader has got, from any newsletter."""
    found = _got({story.pk for story in stories}, Subscriber.objects.filter(pk=reader.pk).values("pk"))
    return {story_id for story_id, _ in found}


def _sending(campaign: Campaign) -> Sending:
    segment = campaign.issue.segment if campaign.segment_rules else None
    return Sending(
        issue_id=campaign.issue_id,
        subject=campaign.subject,
        newsletter=campaign.newsletter.name,
        at=campaign.started_at or campaign.scheduled_at,
        ahead=campaign.state in _AHEAD,
        recipients=campaign.recipients,
        segment=segment.name if segment else "",
        frequency=campaign.frequency,
        fits_reader=campaign.fits_reader,
    )


def _got(ids: set[int], audience: QuerySet[Any, Any]) -> QuerySet[CampaignStory, tuple[int, int]]:
    """(story id, how many of the audience have it). A reader whose mail left the story out has not got it by that."""
    before = CampaignStory.objects.filter(campaign=OuterRef("campaign"), pk__lt=OuterRef("pk")).order_by()
    counted = before.values("campaign").annotate(stories=Count("pk")).values("stories")
    place = Coalesce(Subquery(counted), 0)  # the first one has none before it
    return (
        CampaignStory.objects.filter(
            story__in=ids,
            campaign__deliveries__state__in=ARRIVED,
            campaign__deliveries__subscriber_id__in=audience,
        )
        .annotate(place=place, delivery=F("campaign__deliveries__pk"))
        .filter(Q(campaign__fits_reader=False) | ~Exists(_left_out()))
        .order_by()
        .values("story_id")
        .annotate(got=Count("campaign__deliveries__subscriber_id", distinct=True))
        .values_list("story_id", "got")
    )


def _left_out() -> QuerySet[Chunk]:
    """The chunk of the delivery, where it leaves out the story: both databases write such a list as `[0, 2]`."""
    written = Replace(Cast("leaves_out", TextField()), _text("["), _text(" "))
    place = Cast(OuterRef("place"), TextField())
    return Chunk.objects.annotate(places=Replace(written, _text("]"), _text(","))).filter(
        campaign=OuterRef("campaign"),
        first_id__lte=OuterRef("delivery"),
        last_id__gte=OuterRef("delivery"),
        places__contains=Concat(_text(" "), place, _text(",")),
    )


def _text(value: str) -> Value:
    return Value(value, output_field=TextField())
