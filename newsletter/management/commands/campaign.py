"""`manage.py campaign`: look at a campaign and steer it."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from newsletter.delivery import control, ledger, report
from newsletter.delivery.errors import DeliveryError
from newsletter.models import Campaign


class Command(BaseCommand):
    help = "Show a campaign, write its ledger, or pause, resume, cancel, release or resolve it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        for name in ("show", "ledger", "pause", "resume", "cancel", "release", "resolve"):
            action = actions.add_parser(name)
            action.add_argument("id", type=int)
            if name != "ledger":
                action.add_argument("--json", action="store_true", help="One JSON document on standard output.")
        actions.choices["ledger"].add_argument("--csv", required=True, metavar="FILE", help="Where to write it.")
        actions.choices["resolve"].add_argument(
            "--as",
            dest="resolution",
            choices=[one.value for one in control.Resolution],
            default=control.Resolution.SENT.value,
            help="What became of the uncertain deliveries; `resend` sends them once more.",
        )

    def handle(self, *args: Any, action: str, id: int, **options: Any) -> None:  # noqa: A002 - the argument's name
        campaign = Campaign.objects.select_related("newsletter").filter(pk=id).first()
        if campaign is None:
            raise CommandError(f"There is no campaign {id}.")
        if action == "ledger":
            try:
                with Path(options["csv"]).open("w", encoding="utf-8", newline="") as file:
                    ledger.write_ledger(campaign, file)
            except OSError as error:
                raise CommandError(f"{options['csv']} can't be written: {error.strerror}") from None
            return
        try:
            if action == "resolve":
                control.resolve(id, resolution=control.Resolution(options["resolution"]), now=timezone.now())
            elif action != "show":
                getattr(control, action)(id, now=timezone.now())
        except DeliveryError as error:
            raise CommandError(str(error)) from None
        campaign.refresh_from_db()
        document = report.show(campaign)
        if options["json"]:
            self.stdout.write(json.dumps(document, ensure_ascii=False))
            return
        numbers = ", ".join(f"{count} {state}" for state, count in document["counts"].items() if count)
        line = f"{campaign.subject}: {document['state']} ({numbers or 'no recipients yet'}). {campaign.reason}"
        self.stdout.write(line.strip())
