"""`manage.py check_story ID|PATH`: what the editorial check finds in a story or in a text file."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from blog.editorial.check import check
from blog.editorial.file import manuscript_of_file
from blog.editorial.findings import Finding, Level
from blog.editorial.manuscript import Manuscript
from blog.editorial.story import manuscript_of
from blog.importing.errors import StoryImportError
from blog.models import StoryPage

LEVELS = {
    Level.BLOCKER: "Blocks publishing",
    Level.ACKNOWLEDGE: "Somebody has to acknowledge it",
    Level.WARNING: "Worth a look",
}
#: Longer numbers are no ids, and some databases stumble over them.
MAX_DIGITS = 18


class Command(BaseCommand):
    help = "Check a story (its latest draft, by id) or a text file by the editorial rules. Nothing is changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", metavar="ID|PATH", help="a story's id, or a text file; write ./12 for a file “12”")
        parser.add_argument("--json", dest="as_json", action="store_true", help="one JSON document on stdout")

    def handle(self, *, what: str, as_json: bool, **options: Any) -> None:
        try:
            findings = check(self.manuscript(what))
        except StoryImportError as error:
            self.refuse(str(error), as_json=as_json)
        if as_json:
            self.stdout.write(json.dumps([as_dict(finding) for finding in findings], ensure_ascii=False, indent=2))
        else:
            self.show(findings)

    def manuscript(self, what: str) -> Manuscript:
        today = timezone.localdate()
        if what.isascii() and what.isdigit():
            return manuscript_of(latest_draft(what), today=today)
        return manuscript_of_file(Path(what), today=today)

    def refuse(self, complaint: str, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write("[]")
        raise CommandError(" ".join(complaint.split()))

    def show(self, findings: list[Finding]) -> None:
        if not findings:
            self.stdout.write("No findings.")
        for level, group in groupby(findings, lambda finding: finding.level):
            found = list(group)
            self.stdout.write(f"{LEVELS[level]}: {len(found)}")
            for finding in found:
                self.stdout.write(f"  {finding.rule} in {finding.block}: {finding.why}")
                if finding.sentence:
                    self.stdout.write(f"     “{finding.sentence}”")
                self.stdout.write(f"     {finding.remedy}")


def latest_draft(number: str) -> StoryPage:
    """
    Raises:
        StoryImportError: there is no story of this id.
    """
    found = StoryPage.objects.filter(pk=int(number)).first() if len(number) <= MAX_DIGITS else None
    if found is None:
        shown = number[:40]
        raise StoryImportError(f"There is no story with the id {shown}. For a file of this name write ./{shown}")
    story: StoryPage = found.get_latest_revision_as_object()
    return story


def as_dict(finding: Finding) -> dict[str, str]:
    return {
        "rule": finding.rule,
        "level": finding.level.value,
        "block": finding.block,
        "sentence": finding.sentence,
        "why": finding.why,
        "remedy": finding.remedy,
    }
