"""`manage.py demo`: the demo publication, loaded once, with as many readers as one likes."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from demo.errors import DemoError
from demo.load import load_demo
from demo.people import LOGINS, PASSWORD


def count(value: str) -> int:
    try:
        number = int(value)
    except ValueError:
        number = -1
    if number < 0:
        raise ArgumentTypeError(f"{value!r} is no number of readers: give 0 or more")
    return number


class Command(BaseCommand):
    help = "Load the demo publication (once), with N confirmed readers at example.com. Nobody is mailed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--subscribers", type=count, default=0, metavar="N", help="confirmed readers to have")

    def handle(self, *, subscribers: int, **options: Any) -> None:
        try:
            loaded = load_demo(subscribers=subscribers, now=timezone.now())
        except DemoError as error:
            raise CommandError(str(error)) from None
        self.stdout.write("Demo publication loaded." if loaded.created else "Demo publication is there already.")
        if subscribers:
            self.stdout.write(f"Readers: {subscribers} wanted, {loaded.added_subscribers} added.")
        self.stdout.write(f"Admin: {settings.BASE_URL}/admin/ (password {PASSWORD})")
        for login in LOGINS:
            self.stdout.write(f"  {login.name}: {login.group}")
