"""`manage.py backup FILE`: the whole publication as one file, while it runs."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.backup.errors import BackupError
from core.backup.make import make_backup

KEY = (
    "SECRET_KEY is not in it. Keep the key, with its fallbacks, somewhere else: without it every link in the mails "
    "that were sent is dead, and nobody who wanted no more mail is known again."
)


class Command(BaseCommand):
    help = "Write database and media into one file, while the site runs and a worker sends."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--force", action="store_true", help="Replace FILE if it is there already.")

    def handle(self, *, file: Path, force: bool, **options: Any) -> None:
        try:
            made = make_backup(file, now=timezone.now(), replace=force)
        except BackupError as error:
            raise CommandError(str(error)) from None
        media = made.manifest.media
        kept = f"{media.files:,} media files"
        if media.bucket:
            kept = "no media"
            self.stderr.write(f"The media are in {media.bucket}, which is not in it: back the bucket up by itself.")
        rows = sum(made.manifest.rows.values())
        self.stdout.write(f"{file}: {rows:,} rows and {kept}, {made.size:,} bytes.")
        for name in made.left_out:
            self.stderr.write(f"{name} was deleted while the backup was made; it is not in it.")
        self.stderr.write(KEY)
