"""Scheduling: an approved issue is frozen into exactly one campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.issues.errors import IssueError

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AbstractBaseUser

    from newsletter.models import Campaign, Issue


class ScheduleError(IssueError):
    """The issue can't be scheduled; the text says why and what to do. No campaign was created."""


def schedule(
    issue: Issue,
    *,
    at: datetime,
    time_zone: str,
    user: AbstractBaseUser | None = None,
    approve: bool,
    now: datetime,
) -> Campaign:
    """Freeze the issue into a campaign that goes out at `at`; a second call returns the same campaign.

    Args:
        at: aware; at most a minute in the past.
        time_zone: the zone in which a person chose the instant, such as `Europe/Berlin`.
        approve: approve the latest revision (logged); False: the revision that was approved before goes out.

    Raises:
        ScheduleError: in the past, not approved, or the preflight found a blocker.
    """
    raise NotImplementedError
