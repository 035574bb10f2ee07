"""`manage.py halt start|end|show`: pause everything that is mailed to readers, for an operator at night."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from newsletter.delivery.halt import go_on, halt, standing


class Command(BaseCommand):
    help = "Pause everything (start), let it go on (end), or say whether it is paused (show). Single mails go on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        for name in ("start", "end", "show"):
            action = actions.add_parser(name)
            action.add_argument("--json", action="store_true", help="One JSON document on standard output.")
        actions.choices["start"].add_argument("--reason", default="", help="Shown in the admin while it lasts.")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        now = timezone.now()
        if action == "start":
            halt(reason=options["reason"], now=now)
        went_on = go_on(now=now) if action == "end" else None
        row = standing()
        document = {
            "halted": row is not None,
            "since": row.since.isoformat(timespec="seconds") if row else None,
            "reason": row.reason if row else "",
            "paused": row.paused if row else [],
            "went_on": went_on or [],
        }
        if options["json"]:
            self.stdout.write(json.dumps(document, ensure_ascii=False))
        elif row is None:
            more = f" Campaigns sent further: {', '.join(map(str, went_on))}." if went_on else ""
            self.stdout.write(f"Everything goes its way.{more}")
        else:
            paused = ", ".join(map(str, row.paused)) or "none"
            self.stdout.write(f"Everything is paused since {row.since:%Y-%m-%d %H:%M} UTC. Campaigns: {paused}.")
