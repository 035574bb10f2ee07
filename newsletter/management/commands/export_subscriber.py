"""`manage.py export_subscriber EMAIL`: everything we hold about a reader who asked for it, as JSON on stdout."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from newsletter.audience.export_reader import reader_record
from newsletter.engine.addresses import AddressError, normalise
from newsletter.models import Subscriber


class Command(BaseCommand):
    help = "Print everything that is kept about a subscriber, as JSON: choices, evidence, mails, notes, attributes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        try:
            subscriber = Subscriber.objects.get(email=normalise(email))
        except AddressError as error:
            raise CommandError(str(error)) from error
        except Subscriber.DoesNotExist as error:
            raise CommandError("No subscriber has this address. Please check how it is written.") from error
        self.stdout.write(json.dumps(reader_record(subscriber), ensure_ascii=False, indent=2))
