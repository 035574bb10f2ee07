"""`manage.py mailchimp_check`: try everything that a campaign at Mailchimp needs, and leave nothing behind."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.core.validators import validate_email
from django.utils import timezone

from newsletter.backends.mailchimp.errors import InvalidIdError
from newsletter.backends.mailchimp.ids import checked_id
from newsletter.delivery.remote.check import Step, check


class Command(BaseCommand):
    help = "Try the connection to Mailchimp with a campaign that is never sent and is deleted again. 1: a step failed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--audience", default="", metavar="LIST_ID", help="default: the one in use, or the first")
        parser.add_argument("--test-address", default="", metavar="A", help="who gets a test; default: nobody")
        parser.add_argument("--json", dest="as_json", action="store_true", help="one JSON document on stdout")

    def handle(self, *, audience: str, test_address: str, as_json: bool, **options: Any) -> None:
        try:
            list_id = checked_id(audience) if audience else ""
            if test_address:
                validate_email(test_address)
        except InvalidIdError:
            raise CommandError("--audience takes the id of an audience: letters and digits.", returncode=2) from None
        except ValidationError:
            raise CommandError("--test-address takes one email address.", returncode=2) from None
        #: With --json nothing but the document goes to standard output.
        out = self.stderr if as_json else self.stdout
        steps = check(
            list_id=list_id, test_address=test_address, now=timezone.now(), tell=lambda step: _tell(out, step)
        )
        ok = all(step.ok for step in steps)
        if as_json:
            told = [{name: getattr(step, name) for name in ("step", "ok", "said", "milliseconds")} for step in steps]
            self.stdout.write(json.dumps({"steps": told, "ok": ok}, ensure_ascii=False))
        if not ok:
            raise CommandError("Mailchimp can't be used like this; see the step that failed.")


def _tell(out: OutputWrapper, step: Step) -> None:
    out.write(f"{'ok    ' if step.ok else 'FAILED'} {step.step} ({step.milliseconds} ms): {step.said}")
