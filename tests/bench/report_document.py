"""docs/benchmarks.md: what the engine is held to, and everything that was measured."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.report import (
    BASE,
    DJANGO,
    POSTGRESQL,
    SOURCE,
    SQLITE,
    Findings,
    large_lines,
    machine,
    number,
    row,
    run_table,
    start_lines,
)

FILE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
#: From here on the file is written by people.
BY_HAND = "\n## Readers at Mailchimp\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    work: str
    unit: str
    limit: float
    found: float | None
    at_least: bool = True

    @property
    def is_met(self) -> bool:
        return self.found is not None and (self.found >= self.limit if self.at_least else self.found <= self.limit)


def targets(findings: Findings) -> list[Target]:
    """What the engine is held to."""

    def ratio(work: str, limit: float, combination: str, ours: str = SQLITE, theirs: str = SOURCE) -> Target:
        return Target(work=work, unit="times", limit=limit, found=findings.ratio(combination, ours, theirs))

    def most(work: str, unit: str, limit: float, found: float | None) -> Target:
        return Target(work=work, unit=unit, limit=limit, found=found, at_least=False)

    def start(sender: str, *, small: bool) -> float | None:
        found = [one for one in findings.starts if one.sender == sender and (one.readers < 1000) == small]
        return statistics.median(found[0].seconds) if found else None

    large = findings.large.get(SQLITE)
    return [
        ratio("30 kB, no delay, on SQLite, against smtp-source with 10 sessions", 1.3, BASE),
        ratio("the same on PostgreSQL", 1.0, BASE, POSTGRESQL),
        ratio("30 kB on SQLite against Django with one reused connection", 25, BASE, SQLITE, DJANGO),
        ratio("20 ms per reply, pipelining server, 10 connections each, against smtp-source", 3.5, "20 ms a reply"),
        ratio("a server without pipelining, no delay, against smtp-source", 0.9, "no pipelining"),
        ratio("a server without pipelining, 20 ms per reply, against smtp-source", 0.9, "no pipelining, 20 ms a reply"),
        most(
            "CPU for 1,000 messages of 30 kB",
            "s",
            0.03,
            findings.median(BASE, SQLITE, lambda run: run.cpu_per_thousand),
        ),
        most(
            f"memory above a bare process, {large.messages:,} recipients" if large else "memory above a bare process",
            "MB",
            40,
            large.most_memory - findings.at_rest if large else None,
        ),
        most("start of the large campaign, SQLite", "s", 3, start(SQLITE, small=False)),
        most("start of the large campaign, PostgreSQL", "s", 6, start(POSTGRESQL, small=False)),
        most("first mail of a small campaign, SQLite", "s", 2, start(SQLITE, small=True)),
        most("first mail of a small campaign, PostgreSQL", "s", 2, start(POSTGRESQL, small=True)),
    ]


def target_table(findings: Findings) -> Iterator[str]:
    yield row("Work", "Wanted", "Found", "")
    yield row("---", "---", "---", "---")
    for target in targets(findings):
        wanted = f"{'at least' if target.at_least else 'at most'} {target.limit:g} {target.unit}"
        found = "not measured" if target.found is None else f"{number(target.found)} {target.unit}"
        yield row(target.work, wanted, found, "" if target.found is None else "met" if target.is_met else "**missed**")


INTRODUCTION = """\
# How fast the delivery is

`make bench` measures this and writes this file; it needs `apt-get install gcc libc6-dev postfix postgresql` (Postfix
only for its load generator, smtp-source). All of a row ran in turn on the same machine, which also ran the receiving
end (`tests/bench/smtp_sink`, one core). A rate is the number of messages between the first MAIL and the last message's
arrival; medians of {rounds} rounds. A ratio is the median of the ratios of each round.

Our runs are real workers (`manage.py worker`) with production's settings and a real campaign: a message compiled from
an issue, personal links, a return path and a Message-ID for each reader, ledger and journal, durable commits. After
each run the ledger is compared with what the receiving end recorded: everybody once, and nobody else. smtp-source
sends the same bytes again and again and keeps no books; Django builds each message anew.

{date:%d %B %Y}, {machine}
"""


PROFILE = """\
Share of a worker's CPU time, 30 kB, SQLite; the worker samples itself. What is missed above is missed here: a message
goes through more than a hundred calls of functions, and one process has one core for them. The way out is another
worker (see “2 workers”): chunks need no agreement between them.
"""


SINKS = "“Sink's” is the receiving end's own CPU per 1,000 messages.\n"


def document(findings: Findings) -> str:
    rounds = max((len(rounds) for rounds in findings.rounds.values()), default=0)
    parts = [INTRODUCTION.format(rounds=rounds, date=datetime.now(UTC), machine=machine())]
    parts += ["\n## What it is held to\n", "", *(target_table(findings))]
    parts += [
        "\n## All runs\n",
        "",
        SINKS,
        "",
        *(run_table(findings)),
    ]
    parts += ["\n## Large campaigns\n", "", *(large_lines(findings))]
    parts += ["\n## From the instant to the first byte\n", "", *(start_lines(findings))]
    if findings.profile:
        parts += [
            "\n## Where a worker's time goes\n",
            "",
            PROFILE,
            "",
            row("Part of the work", "Share") + "\n",
            row("---", "---:") + "\n",
            *(row(name, f"{share:.1%}") for name, share in findings.parts),
            f"\nThe functions themselves, {BASE}, SQLite:\n",
            "",
            row("Function", "Share") + "\n",
            row("---", "---:") + "\n",
            *(row(f"`{name}`", f"{share:.1%}") for name, share in findings.profile),
        ]
    return "\n".join(part.rstrip("\n") for part in parts) + "\n" + _by_hand()


def _by_hand() -> str:
    """The end of the file as it is: what other measurements found, which print and don't write."""
    kept = FILE.read_text(encoding="utf-8") if FILE.exists() else ""
    _, heading, rest = kept.partition(BY_HAND)
    return heading + rest
