"""Single runs: our engine, Postfix's smtp-source and Django, each into a fresh receiving end that counts.

A run lasts from the first MAIL until the last message has arrived, for all three alike.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.databases import ROOT
from tests.bench.delivery_keys import signing_options
from tests.bench.delivery_site import OVER, Process, SendingSite
from tests.bench.smtp_sink.build import missing
from tests.fakes.sink import Sink, Totals

#: What smtp-source writes around the bytes it is told to send.
ENVELOPE = 139
LONGEST_RUN = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What is varied. `size` in bytes of the whole message; `signing` is empty, `rsa` or `both`."""

    size: int = 30_000
    delay_ms: int = 0
    connections: int = 10
    workers: int = 1
    pipelining: bool = True
    window: int = 0  #: messages under way at once by BDAT; 0: DATA
    signing: str = ""

    def sink(self) -> Sink:
        without = ("pipelining", "chunking") if not self.pipelining else () if self.window else ("chunking",)
        return Sink(delay_ms=self.delay_ms, without=without)

    def options(self) -> dict[str, Any]:
        """Those of the mail backend."""
        return {"connections": self.connections, "window": self.window, **signing_options(self.signing)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run. CPU in seconds, memory in megabytes."""

    sender: str
    messages: int
    size: float
    seconds: float
    cpu: float
    sink_cpu: float
    until_first: float = 0.0  #: from the campaign's instant to the first MAIL
    until_sent: float = 0.0  #: from the last message to the campaign being over in the books
    memory: Sequence[float] = field(default_factory=tuple)  #: over the run
    most_memory: float = 0.0

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds

    @property
    def cpu_per_thousand(self) -> float:
        return self.cpu / self.messages * 1000


def engine(site: SendingSite, setup: Setup, messages: int, *, at: float = 0.0, profile: Path | None = None) -> Run:
    """A campaign to so many readers, scheduled `at` seconds from now; the books are compared with what arrived."""
    options = setup.options()
    with setup.sink() as sink, site.workers(setup.workers, sink.port, options=options, profile=profile) as workers:
        before = sum(worker.cpu() for worker in workers)
        campaign, instant = site.schedule(readers=messages, size=setup.size, at=at)
        memory = _until_over(site, campaign, workers)
        cpu = sum(worker.cpu() for worker in workers) - before
        most = max(worker.memory().most for worker in workers)
        totals = sink.totals()
        opened = time.time() - totals.seconds  # the sink's start on our clock
        _compare_books(site, campaign, messages, sink)
    return Run(
        sender=f"Rounds, {site.vendor}",
        **_of(totals, messages),
        cpu=cpu,
        until_first=opened + totals.first_mail_at - instant,
        until_sent=site.finished_at(campaign) - opened - totals.last_message_at,
        memory=memory,
        most_memory=most,
    )


def smtp_source(setup: Setup, messages: int, size: float) -> Run:
    """Postfix's load generator: as many sessions as we have connections, each of them reused (`-d`)."""
    program = shutil.which("smtp-source", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/libexec/postfix")
    if program is None:
        missing("smtp-source", "apt-get install postfix")
    with setup.sink() as sink:
        arguments = ["-s", str(setup.connections), "-m", str(messages), "-l", str(round(size) - ENVELOPE), "-d"]
        address = f"inet:127.0.0.1:{sink.port}"
        before = _children_cpu()
        subprocess.run(
            [str(program), *arguments, "-f", "editor@rounds.example", "-t", "reader@example.com", address],
            check=True,
            timeout=LONGEST_RUN,
        )
        cpu = _children_cpu() - before
        totals = sink.totals()
    assert totals.messages == messages
    return Run(sender="smtp-source", **_of(totals, messages), cpu=cpu)


def django(site: SendingSite, setup: Setup, messages: int, sample: Path) -> Run:
    """`EmailMultiAlternatives.send()` over one connection that stays open; `sample` is our message for one reader."""
    with setup.sink() as sink:
        done = subprocess.run(
            [sys.executable, "tests/bench/delivery_django.py", str(sink.port), str(messages), str(sample)],
            cwd=ROOT,
            env=site.database.environment(),
            capture_output=True,
            text=True,
            timeout=LONGEST_RUN,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        totals = sink.totals()
    assert totals.messages == messages
    return Run(sender="Django, one connection", **_of(totals, messages), cpu=float(done.stdout))


def _until_over(site: SendingSite, campaign: int, workers: Sequence[Process]) -> list[float]:
    """Waits until the campaign is sent; the workers' memory all the while."""
    memory, end = [], time.monotonic() + LONGEST_RUN
    while (state := site.state(campaign)) not in OVER:
        for worker in workers:
            assert worker.is_running, worker.log
            assert "Traceback" not in worker.log, worker.log
        assert time.monotonic() < end, f"still {state}: {site.why(campaign)} {site.counts(campaign)}"
        memory.append(max(worker.memory().now for worker in workers))
        time.sleep(0.1)
    assert state == "sent", f"{state}: {site.why(campaign)}"
    return memory


def _compare_books(site: SendingSite, campaign: int, messages: int, sink: Sink) -> None:
    """A benchmark that leaves work out lies: everybody is in the ledger, and got one mail of their own."""
    assert site.counts(campaign) == {"accepted": messages}
    record = sink.record()
    assert len(record) == messages, "the receiving end has another number"
    assert {entry.recipient for entry in record} == site.addresses(campaign)
    assert len({entry.message_id for entry in record}) == messages
    assert len({entry.sender for entry in record}) == messages, "each has a return path of its own"
    assert sink.totals().other == 0, "something was said too early"


def _of(totals: Totals, messages: int) -> dict[str, Any]:
    return {
        "messages": messages,
        "size": totals.bytes / totals.messages,
        "seconds": totals.last_message_at - totals.first_mail_at,
        "sink_cpu": totals.cpu_seconds,
    }


def _children_cpu() -> float:
    times = os.times()
    return times.children_user + times.children_system
