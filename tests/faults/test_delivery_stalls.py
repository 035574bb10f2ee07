"""Workers, databases and disks that stop for a while and come back: counted at the receiving end."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.fakes import postgresql_server
from tests.fakes.sink import Sink
from tests.faults.accounts import CONNECTIONS, balance
from tests.faults.conftest import Template
from tests.faults.site import LEASE, Site, wait_for

pytestmark = pytest.mark.slow

IS_POSTGRESQL = os.environ.get("DATABASE_URL", "").startswith("postgres")
RECIPIENTS = 5000
#: Longer than a lease.
STALL = LEASE + 2.0


def lost_claims(site: Site) -> int:
    """How often a worker was told that its claim is void; each time its open answers are uncertain."""
    return site.logs().count("stopped sending: chunk")


@pytest.mark.parametrize("is_over", [False, True], ids=["while another sends", "when all is sent"])
def test_a_worker_that_stalls_past_its_lease_writes_and_sends_nothing_more(
    make_site: Callable[[int], Site], is_over: bool
) -> None:
    with Sink(delay_ms=15) as sink:
        site = make_site(sink.port)
        campaign = site.seed(RECIPIENTS)
        sleeper = site.start_worker()
        wait_for(lambda: sink.totals().messages > 200)
        sleeper.send_signal(signal.SIGSTOP)
        before = sink.totals().messages
        other = site.start_worker()
        if is_over:
            site.wait_for_state(campaign, "sent", seconds=90)
        else:
            wait_for(lambda: sink.totals().messages > before + 100)
            wait_for(lambda: site.logs().count("has the chunk") > 0)
        sleeper.send_signal(signal.SIGCONT)
        site.wait_for_state(campaign, "sent", seconds=90)
        time.sleep(1)  # for what the sleeper would do
        for worker in (sleeper, other):
            worker.terminate()
            assert worker.wait(20) == 0
        record = sink.record()
    found = balance(
        site,
        campaign,
        record,
        recipients=RECIPIENTS,
        uncertain_at_most=CONNECTIONS * (1 + lost_claims(site)),
    )
    assert set(found.counts) <= {"accepted", "uncertain"}


@contextmanager
def locked(site: Site) -> Iterator[None]:
    """Nobody else can write to the table of the claims."""
    if IS_POSTGRESQL:
        import psycopg

        with psycopg.connect(site.database_url) as connection:
            connection.execute("LOCK TABLE newsletter_chunk IN ACCESS EXCLUSIVE MODE")
            yield
        return
    with closing(sqlite3.connect(unquote(urlsplit(site.database_url).path), isolation_level=None)) as connection:
        connection.execute("PRAGMA busy_timeout = 20000")
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_database_locked_for_longer_than_a_lease_costs_nobody_a_mail(
    make_site: Callable[[int], Site], workers: int
) -> None:
    with Sink(delay_ms=10) as sink:
        site = make_site(sink.port)
        campaign = site.seed(RECIPIENTS)
        for _ in range(workers):
            site.start_worker()
        wait_for(lambda: sink.totals().messages > 200)
        with locked(site):
            time.sleep(STALL - 1)
            before = sink.totals().messages
            time.sleep(1)
            assert sink.totals().messages == before, "nothing is handed over while the books can't be kept"
        site.wait_for_state(campaign, "sent", seconds=90)
        record = sink.record()
    lost = CONNECTIONS * lost_claims(site)
    found = balance(site, campaign, record, recipients=RECIPIENTS, uncertain_at_most=lost)
    assert set(found.counts) <= {"accepted", "uncertain"}


@pytest.mark.postgresql
@pytest.mark.parametrize("workers", [1, 2])
def test_connections_to_the_database_that_are_cut_again_and_again_cost_nobody_a_mail(
    make_site: Callable[[int], Site], workers: int
) -> None:
    with Sink(delay_ms=10) as sink:
        site = make_site(sink.port)
        campaign = site.seed(RECIPIENTS)
        for _ in range(workers):
            site.start_worker()
        wait_for(lambda: sink.totals().messages > 200)
        for _ in range(8):
            time.sleep(0.2)
            site.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        site.wait_for_state(campaign, "sent", seconds=90)
        record = sink.record()
    lost = CONNECTIONS * lost_claims(site)
    found = balance(site, campaign, record, recipients=RECIPIENTS, uncertain_at_most=lost)
    assert set(found.counts) <= {"accepted", "uncertain"}


@pytest.mark.postgresql
def test_a_database_server_that_fails_and_comes_back_costs_nobody_a_mail(
    make_site: Callable[[int], Site], template: Template
) -> None:
    with postgresql_server.running() as server, Sink(delay_ms=10) as sink:
        site = make_site(sink.port)
        dump = subprocess.run(["pg_dump", "--no-owner", site.database_url], capture_output=True, check=True)
        subprocess.run(["psql", "-q", server.url], input=dump.stdout, stdout=subprocess.DEVNULL, check=True)
        site.database_url = server.url
        campaign = site.seed(RECIPIENTS)
        for _ in range(2):
            site.start_worker()
        wait_for(lambda: sink.totals().messages > 200)
        server.stop()
        time.sleep(STALL)
        before = sink.totals().messages
        assert before < RECIPIENTS
        server.start()
        site.wait_for_state(campaign, "sent", seconds=120)
        record = sink.record()
        lost = CONNECTIONS * (2 + lost_claims(site))
        found = balance(site, campaign, record, recipients=RECIPIENTS, uncertain_at_most=lost)
        assert set(found.counts) <= {"accepted", "uncertain"}
        site.close()


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    """A file system of its own, of memory."""
    folder.mkdir(exist_ok=True)
    size = f"size={megabytes}m,mode=0777"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], check=False)
    if mounted.returncode:
        pytest.skip("needs the right to mount a file system: run it as root")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Take all the space there is; returns what takes it."""
    filler = folder / "filler"
    with filler.open("ab", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1 << 8, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * size)
    return filler


@pytest.mark.parametrize("workers", [1, 2])
def test_without_space_for_a_journal_nothing_is_sent_the_campaign_says_why_and_goes_on_by_itself(
    make_site: Callable[[int], Site], workers: int
) -> None:
    with Sink() as sink:
        site = make_site(sink.port)
        with small_disk(site.folder / "journals", 1):
            filler = fill(site.folder / "journals")
            campaign = site.seed(RECIPIENTS)
            for _ in range(workers):
                site.start_worker()
            site.wait_for_state(campaign, "waiting")
            shown = site.show(campaign)
            assert "No space left on device" in shown["reason"]
            assert "free some space" in shown["reason"]
            assert shown["counts"]["pending"] == RECIPIENTS
            assert sink.totals().messages == 0
            filler.unlink()
            site.wait_for_state(campaign, "sent", seconds=90)
            found = balance(site, campaign, sink.record(), recipients=RECIPIENTS, uncertain_at_most=0)
            assert found.counts == {"accepted": RECIPIENTS}
            site.close()


@pytest.mark.skipif(IS_POSTGRESQL, reason="the disk of a server is not ours to fill")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_disk_that_is_full_in_the_middle_stops_it_and_nothing_is_falsely_sent(
    make_site: Callable[[int], Site], workers: int
) -> None:
    """Not even the books can be kept: what was handed over is found in the journals once there is space."""
    with Sink(delay_ms=15) as sink:
        site = make_site(sink.port)
        campaign = site.seed(RECIPIENTS)
        disk = site.folder / "disk"
        with small_disk(disk, 40):
            old = unquote(urlsplit(site.database_url).path)
            with closing(sqlite3.connect(old)) as source, closing(sqlite3.connect(disk / "rounds.sqlite3")) as target:
                source.backup(target)
            site.database_url = f"sqlite:///{disk}/rounds.sqlite3"
            site.more["VAR_DIR"] = str(disk)
            for _ in range(workers):
                site.start_worker()
            wait_for(lambda: sink.totals().messages > 200)
            filler = fill(disk)
            time.sleep(STALL - 1)
            before = sink.totals().messages
            time.sleep(1)
            assert sink.totals().messages == before < RECIPIENTS
            filler.unlink()
            site.wait_for_state(campaign, "sent", seconds=150)
            lost = CONNECTIONS * (workers + lost_claims(site))
            found = balance(site, campaign, sink.record(), recipients=RECIPIENTS, uncertain_at_most=lost)
            assert set(found.counts) <= {"accepted", "uncertain"}
            site.close()
