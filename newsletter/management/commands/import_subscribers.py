"""`manage.py import_subscribers FILE --newsletter SLUG`: readers from a file, at once and without a worker."""

from __future__ import annotations

import gc
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from newsletter.audience.importing import job as importing
from newsletter.audience.importing.errors import ImportFileError, MappingError
from newsletter.management.naming import newsletter_named
from newsletter.models import ImportState, SubscriberImport

BASIS = "imported by the operator, who answers for their consent"


class Command(BaseCommand):
    help = (
        "Import readers from a CSV or XLSX file. Those with an opt-in time become confirmed, others wait for it; nobody"
        " is mailed, and nobody who left or was erased comes back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--newsletter", required=True, metavar="SLUG")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
        parser.add_argument("--json", dest="as_json", action="store_true", help="one JSON document on stdout")

    def handle(self, *, file: str, newsletter: str, dry_run: bool, as_json: bool, **options: Any) -> None:
        settings.DEBUG = False  # with DEBUG Django remembers every statement, and here they are long
        gc.freeze()  # what is loaded by now stays: the collector need not look at it again for every thousand rows
        job = self._start(file, newsletter)
        try:
            importing.set_mapping(job, job.mapping, basis=BASIS)
            _finish(job, ImportState.STAGING, importing.stage)
            if not dry_run:
                importing.confirm_import(job)
                _finish(job, ImportState.MERGING, importing.merge)
        except (ImportFileError, MappingError) as error:
            importing.forget(job)
            job.delete()
            raise CommandError(str(error)) from None
        found = importing.summary(job)
        errors_file = _write_errors(job) if found.refused else None
        if dry_run:
            importing.forget(job)
            job.delete()
        if as_json:
            counts = {"created": found.created, "unchanged": found.unchanged, "refused": found.refused}
            self.stdout.write(json.dumps({**counts, "errors_file": str(errors_file) if errors_file else None}))
            return
        verb = "Would import" if dry_run else "Imported"
        self.stdout.write(f"{verb} {found.created}; unchanged {found.unchanged}; refused {found.refused}.")
        for why, count in found.by_problem.items():
            self.stdout.write(f"  {count}: {why}")
        if errors_file:
            self.stdout.write(f"The refused rows are in {errors_file}.")

    def _start(self, file: str, slug: str) -> SubscriberImport:
        newsletter = newsletter_named(slug)
        try:
            with Path(file).open("rb") as content:
                return importing.start(newsletter, content, Path(file).name, by=None, now=timezone.now())
        except OSError as error:
            raise CommandError(f"{file} can't be read: {error.strerror}. Please check the path.") from None
        except ImportFileError as error:
            raise CommandError(str(error)) from None


def _finish(job: SubscriberImport, state: ImportState, step: Callable[..., bool]) -> None:
    """Do it, or wait while a worker that was quicker does it."""
    while job.state == state:
        if not step(job, stop=lambda: False):
            time.sleep(0.2)
            job.refresh_from_db()
    if job.state == ImportState.FAILED:
        raise ImportFileError(job.reason)


def _write_errors(job: SubscriberImport) -> Path:
    """The refused rows, for the operator's eyes only."""
    folder = Path(settings.VAR_DIR) / "imports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"import-{job.pk}-{timezone.now():%Y%m%d-%H%M%S}-refused.csv"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8-sig", newline="") as stream:  # noqa: PTH123 - a descriptor, no path
        importing.write_errors(job, stream)
    return path
