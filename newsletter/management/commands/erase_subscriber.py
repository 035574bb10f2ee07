"""`manage.py erase_subscriber EMAIL`: forget a reader who asked for it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from newsletter.audience.erase import erase, forget_address
from newsletter.engine.addresses import AddressError, normalise
from newsletter.models import Subscriber


class Command(BaseCommand):
    help = "Erase a subscriber: address, name and subscriptions go, counts and a keyed hash against re-import stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        now = timezone.now()
        try:
            subscriber = Subscriber.objects.filter(email=normalise(email)).first()
            if subscriber is None and not forget_address(email, now=now):
                raise CommandError("No subscriber has this address, nor does it wait to be one. Nothing was changed.")
        except AddressError as error:
            raise CommandError(str(error)) from error
        if subscriber is not None:
            erase(subscriber, now=now)
        self.stdout.write("Erased. The address stays on the suppression list as a keyed hash.")
