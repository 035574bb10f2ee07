"""`manage.py inbox`: receive mail on loopback until stopped."""

import asyncio
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from inbox.receiver import receive
from inbox.store import Inbox


class Command(BaseCommand):
    help = "Receives all mail on loopback and shows it at /inbox/. Sends nothing on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=int, default=settings.INBOX_SMTP_PORT, help="port (default: %(default)s)")

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        try:
            asyncio.run(receive(Inbox(settings.INBOX_DIR), host=host, port=port))
        except OSError as error:
            raise CommandError(f"port {port} of {host} can't be used ({error.strerror}): try --port") from error
