"""Scheduling: an approved issue is frozen into exactly one campaign."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.backends.registry import abilities
from newsletter.engine.time_zones import TimeZoneError, zone_of
from newsletter.issues.approval import approve as approve_version
from newsletter.issues.approval import objection
from newsletter.issues.archive import text_of
from newsletter.issues.choosing_backend import hold_backend
from newsletter.issues.count_clicks import count_clicks
from newsletter.issues.errors import IssueError
from newsletter.issues.findings import Level
from newsletter.issues.preflight import preflight
from newsletter.issues.queries import WITHDRAWN, current_campaign
from newsletter.issues.remote_content import new_title
from newsletter.issues.render import compile_issue
from newsletter.issues.starts import complaint
from newsletter.issues.versions import name_of_outgoing
from newsletter.models import (
    ArchivedAs,
    Campaign,
    CampaignStory,
    Issue,
    MailchimpCampaign,
    RemoteTaskKind,
)

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AbstractBaseUser
    from wagtail.models import Revision

    from newsletter.issues.render import CompiledIssue

#: A form that was filled in a moment ago, or "now" from a clock that differs a little.
LATEST = timedelta(seconds=60)


class ScheduleError(IssueError):
    """The issue can't be scheduled; the text says why and what to do. Nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The words that go out; `to_approve` is the revision that this very act approves, if they were not before.

    `issue` holds the words of that version, `current` is the issue's row; `name` is what a page that showed it says.
    """

    issue: Issue
    current: Issue
    revision_id: int
    to_approve: Revision | None
    name: str


def schedule(
    issue: Issue,
    *,
    at: datetime,
    time_zone: str,
    user: AbstractBaseUser | None = None,
    approve: bool,
    now: datetime,
    at_once: bool = False,
    seen: str | None = None,
) -> Campaign:
    """Freeze the issue into a campaign that goes out at `at`; a second call returns the same campaign as it is.

    What is edited afterwards changes nothing: message, archive page, stories and the rules of the segment are kept with
    the campaign.

    Args:
        at: aware; at most a minute in the past.
        time_zone: the zone in which a person chose the instant, such as `Europe/Berlin`.
        approve: approve the latest revision (logged); False: the version that was approved before goes out.
        at_once: nobody chose the instant: it goes out as soon as it may, off the grid of its backend as well.
        seen: what `name_of_outgoing` said when a person who confirms looked; None where nobody was shown a page.

    Raises:
        ScheduleError: not what was seen, in the past, off the grid of its backend, not approved, or the preflight found
            a blocker.
        ApprovalError: others have to approve it after this user.
        BackendChangedError: its newsletter was given to another backend just now.
    """
    if (existing := current_campaign(issue)) is not None:
        return existing
    _check_instant(at, time_zone, now)
    version = version_to_send(issue, approve=approve)
    _check_seen(version, seen)
    if not at_once and (problem := complaint(version.issue.newsletter, at, zone=time_zone)):
        raise ScheduleError(problem)
    if problem := objection(version.current, user, approves=version.to_approve is not None, may_approve=approve):
        raise ScheduleError(problem)
    _check_blockers(version.issue, now)
    seed = secrets.token_bytes(32)
    compiled = compile_issue(version.issue, seed=seed)
    web_text = text_of(compiled.web_html)
    key = f"{issue.pk}:{issue.campaigns.filter(state__in=WITHDRAWN).count()}"
    try:
        with transaction.atomic():
            hold_backend(version.issue.newsletter)
            if version.to_approve is not None:
                approve_version(version.current, version.to_approve, user)
            campaign = _freeze(version, compiled, web_text, key=key, at=at, time_zone=time_zone, user=user)
            if abilities(campaign.backend).holds_audience:
                _hand_over(campaign, now)
            if campaign.newsletter.tracks_clicks:
                count_clicks(campaign, version.issue, compiled, seed=seed)
    except IntegrityError:  # a double click: the other one was quicker, and this one's approval was rolled back
        quicker = Campaign.objects.filter(key=key).first()
        if quicker is None:
            raise
        return quicker
    return campaign


def version_to_send(issue: Issue, *, approve: bool) -> Version:
    """The approved words, or the latest ones when whoever asks approves them.

    The approved ones are read from the issue's own row: autosave may overwrite a revision, never the row.

    Raises:
        ScheduleError: nothing was approved yet and `approve` is False.
    """
    current = Issue.objects.select_related("newsletter", "live_revision", "latest_revision").get(pk=issue.pk)
    approved_id = current.live_revision_id if current.live else None
    if approved_id is not None and (not approve or not current.has_unpublished_changes):
        name = name_of_outgoing(current, current)
        return Version(issue=current, current=current, revision_id=approved_id, to_approve=None, name=name)
    if not approve:
        raise ScheduleError(_("This issue is not approved yet. Ask somebody who may approve it, then schedule it."))
    name = name_of_outgoing(current, current.get_latest_revision_as_object())
    latest = current.latest_revision or current.save_revision()
    return Version(issue=latest.as_object(), current=current, revision_id=latest.pk, to_approve=latest, name=name)


def _check_seen(version: Version, seen: str | None) -> None:
    """By the very words that are about to be frozen: they may have been saved anew since the view looked at them."""
    if seen is not None and seen != version.name:
        raise ScheduleError(
            _(
                "This issue, the readers it is for, or who mails it, was changed after you opened this page. Look at "
                "it again, then confirm."
            )
        )


def _check_instant(at: datetime, time_zone: str, now: datetime) -> None:
    if at.tzinfo is None:
        raise ScheduleError(_("The instant needs a time zone."))
    try:
        local = at.astimezone(zone_of(time_zone))
    except TimeZoneError as error:
        raise ScheduleError(str(error)) from error
    if at < now - LATEST:
        raise ScheduleError(
            _("%(at)s (%(zone)s) is in the past. Choose an instant to come, or send it now.")
            % {"at": f"{local:%Y-%m-%d %H:%M}", "zone": time_zone}
        )


def _hand_over(campaign: Campaign, now: datetime) -> None:
    """What it is called over there, and the task that brings it there: in the transaction that makes the campaign."""
    MailchimpCampaign.objects.create(campaign=campaign, title=new_title(campaign.key))
    ask_for(RemoteTaskKind.CAMPAIGN, name=f"campaign:{campaign.pk}", now=now)


def _check_blockers(issue: Issue, now: datetime) -> None:
    blockers = [finding for finding in preflight(issue, now=now) if finding.level == Level.BLOCKER]
    if blockers:
        reasons = " ".join(f"{finding.text} {finding.remedy}" for finding in blockers)
        raise ScheduleError(_("This issue can't go out yet. %(reasons)s") % {"reasons": reasons})


def _freeze(
    version: Version,
    compiled: CompiledIssue,
    web_text: str,
    *,
    key: str,
    at: datetime,
    time_zone: str,
    user: AbstractBaseUser | None,
) -> Campaign:
    issue = version.issue
    campaign = Campaign.objects.create(
        issue_id=issue.pk,
        newsletter=issue.newsletter,
        key=key,
        revision=version.revision_id,
        subject=issue.subject,
        compiled=compiled.message.dump(),
        web_html=compiled.web_html,
        web_text=web_text,
        archived_as=ArchivedAs.UNLISTED if issue.unlisted else ArchivedAs.LISTED,
        scheduled_at=at.astimezone(UTC),
        time_zone=time_zone,
        backend=issue.newsletter.backend,
        segment_rules=issue.segment.rules if issue.segment else {},
        fits_reader=issue.fits_reader,
        frequency=issue.frequency,
        created_by_id=user.pk if user else None,
    )
    CampaignStory.objects.bulk_create(
        CampaignStory(campaign=campaign, story_id=story_id, story_revision=revision_id)
        for story_id, revision_id in compiled.stories
    )
    return campaign
