"""Where one reader stands with an issue: whether it would be mailed to them now, and which of its stories suit them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from newsletter.audience.segment_names import told
from newsletter.audience.segments import narrowed
from newsletter.audience.suppression import is_suppressed
from newsletter.engine.segment_rules import SegmentRulesError
from newsletter.engine.subscriptions import SubscriptionState
from newsletter.issues.queries import stories_in
from newsletter.issues.story_history import stories_of
from newsletter.models import Frequency, MailchimpMember, MemberStatus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from newsletter.models import Issue, Subscriber, Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`against`: why the issue would not be mailed to the reader, a sentence each; empty when it would.

    `had` are titles of stories that the reader has got before, `off_topic` of those on none of the topics that the
    reader chose. They are left out of this reader's mail where the issue fits each reader, and stay in it otherwise.
    """

    against: tuple[str, ...]
    had: tuple[str, ...] = ()
    off_topic: tuple[str, ...] = ()


def standing(issue: Issue, reader: Subscriber, *, now: datetime) -> Standing:
    """As things are at `now`."""
    subscription = issue.newsletter.subscriptions.filter(subscriber=reader).first()
    stories = list(dict.fromkeys(stories_in(issue)))
    got = stories_of(reader, stories)
    chosen = {topic.pk for topic in subscription.topics.all()} if subscription else set()
    off_topic = [
        story.title
        for story in stories
        if chosen and (topics := {topic.pk for topic in story.topics.all()}) and not topics & chosen
    ]
    return Standing(
        against=tuple(_against(issue, reader, subscription, now)),
        had=tuple(story.title for story in stories if story.pk in got),
        off_topic=tuple(off_topic),
    )


def _against(issue: Issue, reader: Subscriber, subscription: Subscription | None, now: datetime) -> Iterator[str]:
    named = {"newsletter": issue.newsletter.name}
    if subscription is None:
        yield _("Does not read %(newsletter)s.") % named
        return
    if subscription.state == SubscriptionState.PENDING:
        yield _("Has not confirmed the subscription yet.")
    elif subscription.state == SubscriptionState.ENDED:
        yield _("Has left %(newsletter)s.") % named
    if not issue.newsletter.can.narrows:
        yield from _outside_audience(issue, reader)
    elif subscription.paused_until and subscription.paused_until > now:
        day = formats.date_format(timezone.localtime(subscription.paused_until), "DATE_FORMAT")
        yield _("Pauses until %(day)s.") % {"day": day}
    if is_suppressed(reader.email):
        yield _("Is on the list of addresses that are never mailed.")
    if issue.frequency and subscription.frequency != issue.frequency:
        wanted, chosen = Frequency(issue.frequency).label, Frequency(subscription.frequency).label
        yield _("Reads “%(chosen)s”; this issue is for those who read “%(wanted)s”.") % {
            "chosen": chosen,
            "wanted": wanted,
        }
    if issue.segment:
        yield from _outside_segment(issue, reader, now)


def _outside_audience(issue: Issue, reader: Subscriber) -> Iterator[str]:
    """As far as it was known when somebody looked last; what pauses a reader here stops nothing there."""
    member = MailchimpMember.objects.filter(audience__newsletter=issue.newsletter, subscriber=reader).first()
    if member is None or not member.status:
        yield _("Is not known to be in the audience at Mailchimp.")
    elif member.status != MemberStatus.SUBSCRIBED:
        yield _("At Mailchimp: %(status)s.") % {"status": member.get_status_display()}


def _outside_segment(issue: Issue, reader: Subscriber, now: datetime) -> Iterator[str]:
    assert issue.segment is not None  # noqa: S101 - asked before
    try:
        inside = narrowed(issue.newsletter, issue.segment.rules, now=now).filter(subscriber=reader).exists()
    except SegmentRulesError as error:
        yield told(error)
        return
    if not inside:
        yield _("Is not in the segment “%(name)s”.") % {"name": issue.segment.name}
