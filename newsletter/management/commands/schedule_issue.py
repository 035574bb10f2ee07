"""`manage.py schedule_issue ID --at ISO|now`: the operator approves the latest draft and lets it go out."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from newsletter.issues.errors import IssueError
from newsletter.issues.instants import read_instant
from newsletter.issues.queries import current_campaign
from newsletter.issues.reach import recipients_of
from newsletter.issues.schedule import schedule
from newsletter.models import Issue


class Command(BaseCommand):
    help = "Approve the latest draft of an issue and schedule it. Twice is harmless: there is one campaign."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("issue", type=int, metavar="ID")
        parser.add_argument(
            "--at", required=True, metavar="ISO|now", help="without an offset: in the newsletter's zone"
        )
        parser.add_argument("--json", dest="as_json", action="store_true", help="one JSON document on stdout")

    def handle(self, *, issue: int, at: str, as_json: bool, **options: Any) -> None:
        now = timezone.now()
        try:
            found = Issue.objects.select_related("newsletter").get(pk=issue)
            zone = found.newsletter.time_zone
            instant = read_instant(at, zone=zone, now=now)
            before = current_campaign(found)
            campaign = before or schedule(
                found, at=instant, time_zone=zone, approve=True, now=now, at_once=instant == now
            )
        except Issue.DoesNotExist:
            raise CommandError(f"There is no issue {issue}.") from None
        except IssueError as error:
            raise CommandError(str(error)) from None
        if before is not None:
            self.stderr.write(f"Issue {issue} has its campaign already; nothing was changed.")
        local = campaign.scheduled_at.astimezone(ZoneInfo(campaign.time_zone)).isoformat(timespec="seconds")
        scheduled = {
            "campaign": campaign.pk,
            "state": campaign.state,
            "recipients": recipients_of(campaign),
            "at": local,
            "time_zone": campaign.time_zone,
        }
        if as_json:
            self.stdout.write(json.dumps(scheduled))
        else:
            self.stdout.write(
                f"Campaign {campaign.pk} ({campaign.state}): {scheduled['recipients']} recipients, {local} in {zone}"
            )
