"""Precision and recall of the editorial check, on a folder of texts with the findings that a person expects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from blog.editorial.catalogue import catalogue
from blog.editorial.measure import Score, Slip, measure, together
from blog.editorial.samples import SampleError, read_samples


class Command(BaseCommand):
    help = "Print precision and recall of each rule of the editorial check, on samples that were not used to write it."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder of .toml files, such as tests/heldout")
        parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
        parser.add_argument("--misses", action="store_true", help="list what was missed and what was a false alarm")

    def handle(self, *, folder: Path, json: bool, misses: bool, **options: Any) -> None:
        try:
            samples = read_samples(folder)
        except SampleError as error:
            raise CommandError(str(error)) from error
        scores = measure(samples, catalogue())
        rows = [*scores, together(scores)]
        self.stdout.write(as_json(rows, len(samples)) if json else as_table(rows, len(samples)))
        if misses and not json:
            for score in scores:
                for slip in score.misses:
                    self.stdout.write(f"miss         {described(slip)}")
                for slip in score.false_alarms:
                    self.stdout.write(f"false alarm  {described(slip)}")


def as_table(scores: list[Score], texts: int) -> str:
    lines = [f"{texts} texts", "rule  precision  recall  found  missed  false  resisted"]
    lines += [
        f"{score.rule:<5} {score.precision:>9.2f} {score.recall:>7.2f} {score.right:>6} {len(score.misses):>7}"
        f" {len(score.false_alarms):>6} {score.resisted:>9}"
        for score in scores
    ]
    return "\n".join(lines)


def as_json(scores: list[Score], texts: int) -> str:
    rules = {
        score.rule: {
            "precision": round(score.precision, 3),
            "recall": round(score.recall, 3),
            "found": score.right,
            "missed": [{"text": slip.sample, "sentence": slip.sentence} for slip in score.misses],
            "false_alarms": [{"text": slip.sample, "sentence": slip.sentence} for slip in score.false_alarms],
            "resisted": score.resisted,
        }
        for score in scores
    }
    total = rules.pop("all")
    summary = {name: total[name] for name in ("precision", "recall", "found")}
    return json.dumps({"texts": texts, **summary, "rules": rules}, ensure_ascii=False, indent=2)


def described(slip: Slip) -> str:
    return f"{slip.rule}  {slip.sample}: {slip.sentence}" + (f"  ({slip.why})" if slip.why else "")
