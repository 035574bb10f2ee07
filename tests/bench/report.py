"""What the measurements of the delivery found, and tables of it."""

from __future__ import annotations

import platform
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.delivery_runs import Run

BASE = "30 kB"
SOURCE = "smtp-source"
DJANGO = "Django, one connection"
SQLITE = "Rounds, sqlite"
POSTGRESQL = "Rounds, postgresql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How long after its instant a campaign's first byte went out, in seconds."""

    sender: str
    readers: int
    seconds: Sequence[float]


@dataclass(slots=True, kw_only=True)
class Findings:
    """Rounds of runs by combination: a round has one run of each sender, one right after the other."""

    rounds: dict[str, list[dict[str, Run]]] = field(default_factory=dict)
    starts: list[Start] = field(default_factory=list)
    large: dict[str, Run] = field(default_factory=dict)
    at_rest: float = 0.0  #: megabytes of `manage.py shell -c pass`
    profile: list[tuple[str, float]] = field(default_factory=list)
    #: Share of what is called from each of these, what that calls included.
    parts: list[tuple[str, float]] = field(default_factory=list)

    def of(self, combination: str, sender: str) -> list[Run]:
        return [one[sender] for one in self.rounds.get(combination, []) if sender in one]

    def median(self, combination: str, sender: str, what: Callable[[Run], float]) -> float | None:
        runs = self.of(combination, sender)
        return statistics.median(what(run) for run in runs) if runs else None

    def ratio(self, combination: str, ours: str, theirs: str) -> float | None:
        """The median of each round's ratio: what else the machine did meanwhile slowed both."""
        both = [one for one in self.rounds.get(combination, []) if ours in one and theirs in one]
        return statistics.median(one[ours].rate / one[theirs].rate for one in both) if both else None


def machine() -> str:
    processor = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    cores = Path("/proc/cpuinfo").read_text().count("processor\t")
    load = Path("/proc/loadavg").read_text().split()[1]
    return (
        f"{processor}, {cores} cores, Linux {platform.release()}, Python {platform.python_version()};"
        f" load average of the last five minutes at the end: {load}"
    )


def row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def number(value: float | None) -> str:
    if value is None:
        return "not measured"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}" if value >= 0.1 else f"{value:.4f}"


def run_table(findings: Findings) -> Iterator[str]:
    yield row(
        "What",
        "Sender",
        "Messages",
        "kB",
        "Messages/s",
        "lowest to highest",
        "Times smtp-source",
        "CPU s/1,000",
        "Sink's",
    )
    yield row("---", "---", *["---:"] * 7)
    for combination, rounds in findings.rounds.items():
        for sender in rounds[0]:
            runs = findings.of(combination, sender)
            rates = [run.rate for run in runs]
            against = None if sender == SOURCE else findings.ratio(combination, sender, SOURCE)
            yield row(
                combination,
                sender,
                f"{runs[0].messages:,}",
                f"{runs[0].size / 1000:.1f}",
                f"{statistics.median(rates):,.0f}",
                f"{min(rates):,.0f} – {max(rates):,.0f}",
                "" if against is None else f"{against:.2f}",
                f"{statistics.median(run.cpu_per_thousand for run in runs):.4f}",
                f"{statistics.median(run.sink_cpu / run.messages * 1000 for run in runs):.4f}",
            )


def large_lines(findings: Findings) -> Iterator[str]:
    for sender, run in findings.large.items():
        sending = run.memory[len(run.memory) // 10 :]
        third = max(1, len(sending) // 3)
        early, late = statistics.median(sending[:third]), statistics.median(sending[-third:])
        yield (
            f"- {sender}: {run.messages:,} recipients of {run.size / 1000:.0f} kB in {run.seconds:,.0f} s"
            f" ({run.rate:,.0f}/s), CPU {run.cpu_per_thousand:.4f} s per 1,000; first byte {run.until_first:.2f} s"
            f" after its instant, over in the books {run.until_sent:.2f} s after the last message. Memory at most"
            f" {run.most_memory:.1f} MB, {run.most_memory - findings.at_rest:.1f} above a bare process"
            f" ({findings.at_rest:.1f}); median of the first third {early:.1f}, of the last third {late:.1f}."
        )


def start_lines(findings: Findings) -> Iterator[str]:
    for start in findings.starts:
        times = ", ".join(f"{seconds:.2f}" for seconds in start.seconds)
        yield f"- {start.sender}, {start.readers:,} readers: first byte {times} s after the campaign's instant."
