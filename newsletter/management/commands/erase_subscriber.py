"""`manage.py erase_subscriber EMAIL`: forget a reader who asked for it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from newsletter.audience.erase import erase
from newsletter.engine.addresses import AddressError, normalise
from newsletter.models import Subscriber


class Command(BaseCommand):
    help = "Erase a subscriber: address, name and subscriptions go, counts and a keyed hash against re-import stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        try:
            subscriber = Subscriber.objects.get(email=normalise(email))
        except AddressError as error:
            raise CommandError(str(error)) from error
        except Subscriber.DoesNotExist as error:
            raise CommandError("No subscriber has this address. Nothing was changed.") from error
        erase(subscriber, now=timezone.now())
        self.stdout.write("Erased. The address stays on the suppression list as a keyed hash.")
