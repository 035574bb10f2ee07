"""How fast campaigns go out, beside Postfix's smtp-source and Django; writes docs/benchmarks.md.

BENCH_QUICK=1 only tries that it works. BENCH_MESSAGES, BENCH_MILLION and BENCH_ROUNDS change the sizes; BENCH_ONLY
names combinations, separated by semicolons.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.bench import report, report_document
from tests.bench.delivery_runs import Run, Setup, django, engine, smtp_source
from tests.bench.delivery_site import SendingSite

if TYPE_CHECKING:
    from tests.bench.databases import Servers

QUICK = os.environ.get("BENCH_QUICK") == "1"
MESSAGES = int(os.environ.get("BENCH_MESSAGES", "300" if QUICK else "60000"))
MILLION = int(os.environ.get("BENCH_MILLION", "1000000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "1" if QUICK else "3"))
#: Seconds a run with a delay should take; Django sends so many messages in a few.
AIM, OF_DJANGO = 6, 20 if QUICK else 1500
BOTH = ("sqlite", "postgresql")
#: What the parts of a worker's time are called, and the function below which each is spent.
PARTS = (
    ("books: claiming, booking, giving back", "newsletter/delivery/work.py:ChunkWork.keep_books"),
    ("making each reader's message", "newsletter/delivery/letters.py:Letters.envelope"),
    ("the conversation, with the making of messages", "newsletter/backends/smtp/conversation.py:Conversation.feed"),
    ("writing to sockets", "asyncio/selector_events.py:_SelectorSocketTransport.write"),
    ("the event loop, with the conversation and the writing", "newsletter/backends/smtp/sending.py:Sending._run"),
)
SMALL = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    name: str
    setup: Setup
    databases: tuple[str, ...] = ("sqlite",)
    with_django: bool = False
    with_source: bool = True


def _kinds() -> Iterator[Combination]:
    """One thing varied at a time, and what is asked for besides."""
    yield Combination(name=report.BASE, setup=Setup(), databases=BOTH, with_django=True)
    yield Combination(name="no pipelining", setup=Setup(pipelining=False))
    yield Combination(name="20 ms a reply", setup=Setup(delay_ms=20), databases=BOTH)
    yield Combination(name="no pipelining, 20 ms a reply", setup=Setup(pipelining=False, delay_ms=20))
    yield Combination(name="6 kB", setup=Setup(size=6_000), databases=BOTH)
    yield Combination(name="38 kB", setup=Setup(size=38_000), databases=BOTH)
    yield Combination(name="10 ms a reply", setup=Setup(delay_ms=10))
    yield Combination(name="100 ms a reply", setup=Setup(delay_ms=100))
    for delay in (0, 10, 20, 100):
        words = f", {delay} ms a reply" if delay else ""
        yield Combination(name=f"50 connections{words}", setup=Setup(connections=50, delay_ms=delay))
    yield Combination(name="2 workers", setup=Setup(workers=2), databases=BOTH)
    yield Combination(name="2 workers, 20 ms a reply", setup=Setup(workers=2, delay_ms=20), databases=("postgresql",))
    yield Combination(name="own DKIM, RSA-2048", setup=Setup(signing="rsa"), with_source=False)
    yield Combination(name="own DKIM, RSA-2048 and Ed25519", setup=Setup(signing="both"), with_source=False)
    yield Combination(name="BDAT, window of 8", setup=Setup(window=8))
    yield Combination(name="BDAT, window of 8, 20 ms a reply", setup=Setup(window=8, delay_ms=20))


COMBINATIONS = list(_kinds())[:2] if QUICK else list(_kinds())
if only := os.environ.get("BENCH_ONLY"):
    COMBINATIONS = [one for one in _kinds() if one.name in only.split(";")]


@pytest.fixture(scope="session")
def findings() -> Iterator[report.Findings]:
    """Filled by the tests below, and written when the last one is through."""
    found = report.Findings()
    yield found
    if not QUICK and len(found.rounds) > 1:
        report_document.FILE.write_text(report_document.document(found), encoding="utf-8")


class Sites:
    """A site on each database there is."""

    def __init__(self, sites: dict[str, SendingSite], folder: Path) -> None:
        self.by_vendor = sites
        self._sample = folder / "sample.eml"

    def sample(self) -> Path:
        """Our message, as one reader gets it."""
        if not self._sample.exists():
            site = next(iter(self.by_vendor.values()))
            site.schedule(readers=1, size=Setup().size, at=30 * 24 * 3600, sample=self._sample)
        return self._sample


@pytest.fixture(scope="session")
def sites(bench_servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    servers = {vendor: bench_servers.get(vendor) for vendor in BOTH}
    made = {vendor: SendingSite(server.fresh()) for vendor, server in servers.items() if server is not None}
    yield Sites(made, tmp_path_factory.mktemp("sample"))
    for site in made.values():
        site.close()


def number_for(setup: Setup, *, steps: int) -> int:
    """Messages for a run of AIM seconds where each one takes `steps` replies' delays; else MESSAGES."""
    if not setup.delay_ms:
        return MESSAGES
    rate = setup.connections * setup.workers * max(1, setup.window) / (steps * setup.delay_ms / 1000)
    return min(MESSAGES, max(setup.connections * setup.workers * 10, round(rate * AIM)))


def one_round(combination: Combination, sites: Sites) -> Iterator[Run]:
    setup = combination.setup
    steps = 1 if setup.pipelining else 4
    size = float(setup.size)
    for vendor in combination.databases:
        if vendor in sites.by_vendor:
            run = engine(sites.by_vendor[vendor], setup, number_for(setup, steps=steps))
            size = run.size
            yield run
    if combination.with_source:
        yield smtp_source(setup, number_for(setup, steps=4), size)
    if combination.with_django:
        yield django(next(iter(sites.by_vendor.values())), setup, OF_DJANGO, sites.sample())


def say(capsys: pytest.CaptureFixture[str], text: str) -> None:
    with capsys.disabled():
        print(text, flush=True)  # noqa: T201 - a measurement is for people


@pytest.mark.parametrize("combination", COMBINATIONS, ids=lambda one: one.name)
def test_campaigns_go_out_and_the_books_agree(
    combination: Combination, sites: Sites, findings: report.Findings, capsys: pytest.CaptureFixture[str]
) -> None:
    rounds: list[dict[str, Run]] = []
    for _ in range(ROUNDS):
        rounds.append({})
        for run in one_round(combination, sites):
            rounds[-1][run.sender] = run
    findings.rounds[combination.name] = rounds
    say(capsys, f"\n  {combination.name}")
    for sender in rounds[0]:
        rate = findings.median(combination.name, sender, lambda run: run.rate)
        cpu = findings.median(combination.name, sender, lambda run: run.cpu_per_thousand)
        against = findings.ratio(combination.name, sender, report.SOURCE)
        ratio = f", {against:.2f} times smtp-source" if against and sender != report.SOURCE else ""
        say(capsys, f"    {sender:24} {rate:9,.0f}/s, CPU {cpu:.4f} s per 1,000{ratio}")


@pytest.mark.parametrize("vendor", BOTH[:1] if QUICK else BOTH)
def test_a_small_campaign_starts_at_its_instant(
    vendor: str, sites: Sites, findings: report.Findings, capsys: pytest.CaptureFixture[str]
) -> None:
    site = site_on(sites, vendor)
    runs = [engine(site, Setup(), min(SMALL, MESSAGES), at=3.0) for _ in range(ROUNDS)]
    start = report.Start(sender=runs[0].sender, readers=SMALL, seconds=[run.until_first for run in runs])
    findings.starts.append(start)
    say(capsys, f"\n  {next(report.start_lines(report.Findings(starts=[start])))}")


@pytest.mark.skipif(QUICK, reason="says nothing about a few messages")
@pytest.mark.parametrize("vendor", BOTH)
def test_a_large_campaign_starts_soon_and_needs_no_more_memory(
    vendor: str,
    bench_servers: Servers,
    sites: Sites,
    findings: report.Findings,
    capsys: pytest.CaptureFixture[str],
) -> None:
    site_on(sites, vendor)
    server = bench_servers.get(vendor)
    assert server is not None
    database = server.fresh()
    site = SendingSite(database)
    try:
        findings.at_rest = site.at_rest()
        site.schedule(readers=MILLION, size=Setup().size, at=30 * 24 * 3600)  # inserts the readers
        run = engine(site, Setup(), MILLION, at=10.0)
    finally:
        site.close()
        server.drop(database)
    findings.large[run.sender] = run
    findings.starts.append(report.Start(sender=run.sender, readers=MILLION, seconds=[run.until_first]))
    large = report.Findings(large={run.sender: run}, at_rest=findings.at_rest)
    say(capsys, f"\n  {next(report.large_lines(large))}")


@pytest.mark.skipif(QUICK, reason="says nothing about a few messages")
def test_where_the_time_of_a_worker_goes(
    sites: Sites, findings: report.Findings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "profile.json"
    engine(site_on(sites, "sqlite"), Setup(), MESSAGES, profile=file)
    seen = json.loads(file.read_text())
    findings.parts = [(words, share_of(seen, name)) for words, name in PARTS]
    findings.profile = [(name, count / seen["samples"]) for name, count in seen["inside"][:20]]
    say(capsys, "")
    for name, share in [*findings.parts, *findings.profile]:
        say(capsys, f"    {share:6.1%}  {name}")


def share_of(seen: dict[str, Any], name: str) -> float:
    """Of all samples, those in the function that is called so at its end, or in what it called."""
    found = [count for function, count in [*seen["below"], *seen["inside"]] if function.endswith(name)]
    return max(found, default=0) / int(seen["samples"])


def test_the_whole_of_it_at_the_end(findings: report.Findings, capsys: pytest.CaptureFixture[str]) -> None:
    say(capsys, "")
    for line in [*report_document.target_table(findings), "", *report.run_table(findings)]:
        say(capsys, f"  {line}")
    say(capsys, f"  {time.strftime('%Y-%m-%d %H:%M')}, {report.machine()}")


def site_on(sites: Sites, vendor: str) -> SendingSite:
    if vendor not in sites.by_vendor:
        pytest.skip(f"no server of {vendor} here")
    return sites.by_vendor[vendor]
