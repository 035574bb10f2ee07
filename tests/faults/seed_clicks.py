"""A campaign that went out an hour ago, whose clicks are counted: prints its id."""

from __future__ import annotations

import sys
from datetime import timedelta

import django


def main() -> None:
    django.setup()
    from django.utils import timezone

    from newsletter.models import Campaign, Issue, Link, Newsletter

    newsletter = Newsletter.objects.create(name="Rounds", slug="rounds", sender_email="editor@rounds.example")
    at = timezone.now() - timedelta(hours=1)
    campaign = Campaign.objects.create(
        issue=Issue.objects.create(newsletter=newsletter, subject="Sleep"),
        newsletter=newsletter,
        key="1:0",
        revision=1,
        subject="Sleep",
        compiled=b"",
        web_html="",
        scheduled_at=at,
        started_at=at,
        time_zone="UTC",
        backend="default",
        state="sent",
    )
    Link.objects.create(campaign=campaign, number=1, url="https://www.example.org/")
    sys.stdout.write(f"{campaign.pk}\n")


if __name__ == "__main__":
    main()
