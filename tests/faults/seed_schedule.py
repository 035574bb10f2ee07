"""Run by fault tests: a schedule that is due (`campaign` or `draft`: what it makes), or, with `count`, what it made."""

from __future__ import annotations

import json
import sys
from datetime import timedelta

import django


def seed(composed_into: str) -> None:
    """Two stories whose quiet is over, three readers, and somebody who may approve."""
    from django.utils import timezone

    from tests.factories import make_home, make_newsletter, make_story_index, make_subscriptions
    from tests.factories_schedules import make_editor, make_schedule, publish_at

    now = timezone.now()
    stories = make_story_index(make_home())
    newsletter = make_newsletter(time_zone="UTC", hold_minutes=0)
    make_subscriptions(newsletter, 3)
    make_editor()
    for minutes in (40, 35):
        publish_at(stories, now - timedelta(minutes=minutes))
    switched_on = now - timedelta(hours=2)
    make_schedule(
        newsletter,
        frequency="each_story",
        composed_into=composed_into,
        quiet_minutes=30,
        since=switched_on,
        timed_from=switched_on,
    )


def count() -> dict[str, int]:
    from newsletter.models import Campaign, Delivery, Issue, OutgoingMail, ScheduledStory, ScheduleRun

    return {
        "runs": ScheduleRun.objects.count(),
        "issues": Issue.objects.count(),
        "turns": ScheduledStory.objects.count(),
        "campaigns": Campaign.objects.count(),
        "mails": OutgoingMail.objects.filter(kind="issue_composed").count(),
        "delivered": Delivery.objects.filter(state="accepted").count(),
    }


if __name__ == "__main__":
    django.setup()
    if sys.argv[1] == "count":
        sys.stdout.write(json.dumps(count()))
    else:
        seed(sys.argv[1])
