"""`manage.py restore FILE`: put a backup in place of the present publication."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from core.backup.errors import BackupError
from core.backup.manifest import Manifest
from core.backup.restore import restore
from core.backup.tables import holds_work
from newsletter.delivery.errors import DeliveryError
from newsletter.delivery.held_after_restore import hold_everything, refuse_beside_a_worker

HOLDS_WORK = "The present database holds a publication, which the backup would replace. "


class Command(BaseCommand):
    help = "Put a backup in place of database and media. Campaigns that were not over are held until you release them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--force", action="store_true", help="Replace a publication that is there, without asking.")

    def handle(self, *, file: Path, force: bool, **options: Any) -> None:
        held = 0

        def finish(manifest: Manifest) -> None:
            nonlocal held
            held = hold_everything(made_at=manifest.head.made_at, now=timezone.now())

        try:
            refuse_beside_a_worker(now=timezone.now())
            if not force and holds_work(connection):
                self._ask()
            manifest = restore(file, finish=finish, still_allowed=lambda: refuse_beside_a_worker(now=timezone.now()))
        except (BackupError, DeliveryError) as error:
            raise CommandError(str(error)) from None
        made_at = f"{manifest.head.made_at:%Y-%m-%d %H:%M}"
        self.stdout.write(f"Restored the publication of {made_at} UTC. Campaigns that wait for you: {held}.")
        if manifest.media.bucket:
            self.stderr.write(f"Its media are in {manifest.media.bucket} and were left as they are.")
        self.stderr.write("Restart the web server. Look at the campaigns that are held before you start a worker.")

    def _ask(self) -> None:
        if not sys.stdin.isatty():
            raise CommandError(HOLDS_WORK + "Say --force if that is what you want. Nothing was changed.")
        self.stderr.write(HOLDS_WORK + "Type “restore” to go on:")
        if input().strip() != "restore":
            raise CommandError("Nothing was changed.")
