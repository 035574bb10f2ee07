"""The promise from outside: the ledger agrees line by line with the record that a receiving end keeps by itself.

By default the receiving end is the project's sink with refusals and drops. Any other one will do:

    FAULTS_SMTP_URL='smtp://127.0.0.1:2525?tls=none' FAULTS_RECORD=record.tsv pytest tests/faults/test_from_outside.py

The record has a line for each message that was taken, with tabs between: anything, sender, recipient, Message-ID, size.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.sink import Recorded, Sink
from tests.faults.accounts import CONNECTIONS, balance
from tests.faults.site import Site, wait_for

pytestmark = pytest.mark.slow

RECIPIENTS = 50_000
KILLS = 5
DROPS_AFTER_DOT = 5000  # each so many


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivingEnd:
    url: str
    record: Callable[[], list[Recorded]]
    #: Messages it may have taken without a word about it.
    drops: int


@contextmanager
def receiving_end() -> Iterator[ReceivingEnd]:
    if url := os.environ.get("FAULTS_SMTP_URL"):
        file = Path(os.environ["FAULTS_RECORD"])
        yield ReceivingEnd(url=url, record=lambda: read_record(file), drops=RECIPIENTS)
        return
    refusals = ["rcpt:550:101", "dot:554:997", "dot:451:499", "rcpt:450:503"]
    with Sink(fail=refusals, drop_after_dot=DROPS_AFTER_DOT, delay_ms=5) as sink:
        url = f"smtp://127.0.0.1:{sink.port}?tls=none"
        yield ReceivingEnd(url=url, record=sink.record, drops=RECIPIENTS // DROPS_AFTER_DOT)


def read_record(file: Path) -> list[Recorded]:
    lines = (line.split("\t") for line in file.read_text(encoding="utf-8", errors="replace").splitlines())
    return [Recorded(sender, recipient, message_id, int(size)) for _, sender, recipient, message_id, size in lines]


def test_the_ledger_agrees_with_the_record_of_the_receiving_end(make_site: Callable[[int], Site]) -> None:
    seed = int(os.environ.get("FAULTS_SEED", "") or time.time_ns() % 1_000_000)
    print(f"FAULTS_SEED={seed}")  # noqa: T201 - pytest shows it when the test fails
    dice = random.Random(seed)
    with receiving_end() as end:
        site = make_site(1)
        site.more["SMTP_URL"] = end.url
        campaign = site.seed(RECIPIENTS)
        workers = [site.start_worker() for _ in range(2)]
        wait_for(lambda: len(end.record()) > 0)
        for _ in range(KILLS):
            time.sleep(dice.uniform(0.2, 1.0))
            site.kill(workers.pop(0))
            workers.append(site.start_worker())
        open_ones = "SELECT 1 FROM newsletter_chunk WHERE closed_at IS NULL LIMIT 1"
        wait_for(lambda: site.sql(open_ones) == [], seconds=240)
        for worker in workers:
            worker.terminate()
            worker.wait(20)
        lost = site.logs().count("stopped sending: chunk")
        found = balance(
            site,
            campaign,
            end.record(),
            recipients=RECIPIENTS,
            uncertain_at_most=CONNECTIONS * (KILLS + lost) + end.drops,
        )
    assert set(found.counts) <= {"accepted", "uncertain", "refused", "deferred"}
    if "FAULTS_SMTP_URL" not in os.environ:
        assert found.counts["refused"] > 400
        assert found.counts["deferred"] > 100
        assert found.uncertain_arrived >= end.drops - 1
