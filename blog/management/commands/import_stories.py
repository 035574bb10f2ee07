"""`manage.py import_stories PATH...`: files become drafts."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from blog.importing import Report, import_stories
from blog.importing.errors import StoryImportError
from blog.importing.formats import AUTO, NOT_READ_YET, READERS


def format_name(value: str) -> str:
    """A format that exists. One that is not read yet is the input's fault (exit 1); an unknown one, usage (2)."""
    if value not in {AUTO, *READERS, *NOT_READ_YET}:
        raise ArgumentTypeError(f"{value!r} is no format. Choose from: {', '.join([AUTO, *READERS])}")
    return value


class Command(BaseCommand):
    help = "Turn files into drafts. Nothing is published, nobody is mailed; the same file twice changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        choices = "|".join([AUTO, *READERS])
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--format", dest="fmt", type=format_name, default=AUTO, metavar=choices)
        parser.add_argument("--dry-run", action="store_true", help="report what would happen and change nothing")
        parser.add_argument("--json", dest="as_json", action="store_true", help="one JSON document on stdout")

    def handle(self, *, paths: list[Path], fmt: str, dry_run: bool, as_json: bool, **options: Any) -> None:
        try:
            report = import_stories(paths, fmt=fmt, dry_run=dry_run)
        except StoryImportError as error:
            self.print_json(Report() if as_json else None)
            raise CommandError(str(error)) from None
        self.print_json(report if as_json else None)
        if report.refusals:
            raise CommandError("\n".join(report.refusals))
        if not as_json:
            self.show(report)

    def print_json(self, report: Report | None) -> None:
        if report is not None:
            self.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False, indent=2))

    def show(self, report: Report) -> None:
        for story in report.stories:
            number = f" {story.id}" if story.id else ""
            self.stdout.write(f"{story.status.value}{number}: {story.title} ({story.source})")
            for text, count in story.headings:
                self.stdout.write(f"  {text} [{count}]")
            for note in story.notes:
                self.stdout.write(f"  - {note}")
