"""Whom an issue would reach: the readers of its newsletter, or those of a frequency or of a segment among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from newsletter.audience.segment_names import told, words
from newsletter.audience.segments import narrowed
from newsletter.backends import registry
from newsletter.engine.machine import CampaignState
from newsletter.engine.segment_rules import SegmentRulesError, parse
from newsletter.issues.audience_there import AudienceThere, audience_there
from newsletter.issues.fitting_reader import Fitting, readers_by_bits
from newsletter.models import Frequency

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from newsletter.models import Campaign, Issue, Newsletter, Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """`recipients` would be mailed now, out of `readers` of the newsletter; the same where nothing narrows them.

    `frequency` is what they chose, in words ("Weekly"); empty for whatever they chose. `segment` is its name and
    `described` what its rules say ("reads Rounds weekly, and has the tag Berlin"); both are empty without one.
    `problem`: why its rules find nobody, and what to do; empty while they can be used.

    Where the issue fits its reader, `fewer` of the recipients get it without some of its stories, and `nothing_new` are
    no recipients, since they would find no story in it.

    `there` is the audience of a service that mails it: then both numbers are what that had when somebody looked last.
    """

    recipients: int
    readers: int
    frequency: str = ""
    segment: str = ""
    described: str = ""
    problem: str = ""
    fits_reader: bool = False
    fewer: int = 0
    nothing_new: int = 0
    there: AudienceThere | None = None

    @property
    def whole(self) -> int:
        """Recipients who get every story."""
        return self.recipients - self.fewer


def reach(issue: Issue, *, now: datetime | None = None) -> Reach:
    """Count whom this version of the issue would be mailed to if it were frozen now."""
    now = now or timezone.now()
    if issue.newsletter.can.holds_audience:
        there = audience_there(issue.newsletter)
        known = (there.readers if there else None) or 0
        return Reach(recipients=known, readers=known, there=there)
    readers = narrowed(issue.newsletter, {}, now=now).count()
    frequency = frequency_in_words(issue.frequency)
    name, rules = (issue.segment.name, issue.segment.rules) if issue.segment else ("", {})
    if not frequency and not name and not issue.fits_reader:
        return Reach(recipients=readers, readers=readers)
    try:
        found = fitting(issue, narrowed(issue.newsletter, rules, frequency=issue.frequency, now=now))
        problem = ""
    except SegmentRulesError as error:
        found, problem = Fits(recipients=0, fewer=0, nothing_new=0), told(error)
    return Reach(
        recipients=found.recipients,
        readers=readers,
        frequency=frequency,
        segment=name,
        described=in_words(rules),
        problem=problem,
        fits_reader=issue.fits_reader,
        fewer=found.fewer,
        nothing_new=found.nothing_new,
    )


class Fits(NamedTuple):
    """How many of an audience get something, how many of these without some stories, and how many get nothing."""

    recipients: int
    fewer: int
    nothing_new: int


def fitting(sent: Issue | Campaign, audience: QuerySet[Subscription]) -> Fits:
    """Count the audience by what they would get it without; nobody lacks anything of what goes to everybody whole."""
    if not sent.fits_reader:
        return Fits(recipients=audience.count(), fewer=0, nothing_new=0)
    stories = Fitting.of(sent)
    by_bits = readers_by_bits(stories, audience)
    nothing_new = by_bits.pop(stories.all_bits, 0)
    recipients = sum(by_bits.values())
    return Fits(recipients=recipients, fewer=recipients - by_bits.get(0, 0), nothing_new=nothing_new)


def frequency_in_words(frequency: str) -> str:
    """What readers see when they choose it; empty for all of them."""
    return str(Frequency(frequency).label) if frequency else ""


def in_words(rules: Mapping[str, Any]) -> str:
    """What rules say, as the end of "readers who ..."; empty for everybody. Never raises: they may be out of date."""
    if not rules:
        return ""
    try:
        return words(parse(rules))
    except SegmentRulesError as error:
        return _("rules that can't be read (%(problem)s)") % {"problem": told(error)}


def recipients_of(campaign: Campaign, *, now: datetime | None = None) -> int:
    """How many deliveries it has; before they are frozen, how many readers it would reach.

    Of one that a service mails: how many its audience had when somebody looked last, until it was sent.

    Raises:
        SegmentRulesError: not frozen yet, and its rules name what does not exist any more.
    """
    if registry.abilities(campaign.backend).holds_audience and campaign.state != CampaignState.SENT:
        there = audience_there(campaign.newsletter)
        return campaign.recipients or (there.readers if there else None) or 0
    if campaign.state in (CampaignState.SCHEDULED, CampaignState.PREPARING):
        readers = narrowed(
            campaign.newsletter, campaign.segment_rules, frequency=campaign.frequency, now=now or timezone.now()
        )
        return fitting(campaign, readers).recipients
    return campaign.recipients


def stale_rules(newsletter: Newsletter, rules: Mapping[str, Any], *, now: datetime) -> str:
    """Why a campaign's rules can't be used any more, and what to do; empty while they can. No reader is looked at."""
    try:
        narrowed(newsletter, rules, now=now)
    except SegmentRulesError as error:
        return told(error)
    return ""
