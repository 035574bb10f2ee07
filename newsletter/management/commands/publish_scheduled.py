"""`manage.py publish_scheduled`: Wagtail's command, with each page in a try of its own.

It stands before Wagtail's because this app stands before Wagtail in INSTALLED_APPS. The worker's clock does the same by
itself; the command is for those who call Wagtail's from cron.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from newsletter.delivery.publishing import due_revisions, expired, publish_scheduled


class Command(BaseCommand):
    help = "Publish what is scheduled and due, unpublish what has expired. A refused page keeps no other waiting."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dryrun", action="store_true", help="say what is due and change nothing")

    def handle(self, *, dryrun: bool, **options: Any) -> None:
        now = timezone.now()
        if not dryrun:
            publish_scheduled(now)
            return
        for revision in due_revisions(now):
            self.stdout.write(
                f"to be published: {revision.object_str} ({revision.approved_go_live_at:%Y-%m-%d %H:%M} UTC)"
            )
        for queryset in expired(now):
            for item in queryset:
                self.stdout.write(f"to be unpublished: {item} ({item.expire_at:%Y-%m-%d %H:%M} UTC)")
