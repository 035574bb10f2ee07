"""`manage.py compose_issue --newsletter SLUG`: a draft issue of the stories that were not sent yet."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from newsletter.issues.compose import compose
from newsletter.issues.errors import IssueError
from newsletter.issues.queries import stories_in
from newsletter.management.naming import newsletter_named


class Command(BaseCommand):
    help = "Compose a draft issue of all live stories not yet sent, or of those named. Nobody is mailed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--newsletter", required=True, metavar="SLUG")
        parser.add_argument("--stories", nargs="+", type=int, metavar="ID", help="these stories, in this order")
        parser.add_argument("--json", dest="as_json", action="store_true", help="one JSON document on stdout")

    def handle(self, *, newsletter: str, stories: list[int] | None, as_json: bool, **options: Any) -> None:
        try:
            issue = compose(newsletter_named(newsletter), stories=stories)
        except IssueError as error:
            raise CommandError(str(error)) from None
        composed = {
            "issue": issue.pk,
            "newsletter": newsletter,
            "subject": issue.subject,
            "stories": [story.pk for story in stories_in(issue)],
        }
        if as_json:
            self.stdout.write(json.dumps(composed, ensure_ascii=False))
            return
        self.stdout.write(f"Issue {issue.pk} of {newsletter}, a draft: {issue.subject}")
        for story in stories_in(issue):
            self.stdout.write(f"  {story.pk}: {story.title}")
