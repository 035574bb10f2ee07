"""`manage.py worker`: parses arguments, turns signals into a request to stop, and runs the worker."""

import contextlib
import signal
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from newsletter.delivery import worker
from newsletter.delivery.stopping import Stop


class Command(BaseCommand):
    help = "Send what is due: campaigns, single mails, scheduled pages, background tasks. Any number may run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--until-idle", action="store_true", help="End when nothing is due within 2 seconds and no chunk is open."
        )
        parser.add_argument("--max-seconds", type=float, metavar="N", help="End after N seconds.")

    def handle(self, *args: Any, until_idle: bool, max_seconds: float | None, **options: Any) -> None:
        settings.DEBUG = False  # with DEBUG Django keeps every query of a process that lives for months
        stop = Stop()
        previous = {}
        with contextlib.suppress(ValueError):  # only the main thread may handle signals; tests call from others
            for number in (signal.SIGTERM, signal.SIGINT):
                previous[number] = signal.signal(number, lambda *_: stop.request())
        try:
            worker.run(until_idle=until_idle, max_seconds=max_seconds, stop=stop)
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
