"""Forgetting the addresses of those who reported something."""

from __future__ import annotations

from datetime import datetime, timedelta

from blog.models import ProblemReport
from blog.problems.states import CLOSED

#: For so long after a report is closed somebody may still have to answer; the form promises it.
ADDRESSES_KEPT = timedelta(days=30)


def forget_addresses(now: datetime) -> int:
    """Empty the addresses of reports that have been closed for a while; returns how many."""
    closed = ProblemReport.objects.filter(state__in=CLOSED, changed_at__lte=now - ADDRESSES_KEPT)
    return closed.exclude(email="").update(email="")
