"""Workers that are killed: counted at the receiving end."""

from __future__ import annotations

import itertools
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from newsletter.delivery import crash_points
from newsletter.delivery.store import CHUNK_SIZE
from tests.fakes.sink import Recorded, Sink
from tests.faults.accounts import CONNECTIONS, balance
from tests.faults.conftest import Template
from tests.faults.site import LiveSite, Site, repeated, wait_for

pytestmark = pytest.mark.slow

_numbers = itertools.count(1)

#: Several chunks.
RECIPIENTS = 2 * CHUNK_SIZE + 200

#: Where the workers of a campaign die, one after the other. A number says which time the point is passed.
DEATHS = [
    "before_freeze_commits",
    "after_freeze",
    "after_claim",
    "after_claim:2",
    "after_hand_over",
    "after_hand_over:300",
    "after_answer",
    "after_answer:300",
    "after_note",
    "after_note:300",
    "before_settling",
    "before_settling:4",
    "after_settling",
    "before_sent",
    "after_note:300 before_reclaim_commits",
    "after_answer:300 after_reclaim",
]
#: A companion would take up what the dead one left, or the chunk that it does not come to.
ALONE = {
    "after_claim:2",
    "before_settling:4",
    "after_note:300 before_reclaim_commits",
    "after_answer:300 after_reclaim",
}
#: At these nothing is on the wire.
NOTHING_IN_FLIGHT = {"before_freeze_commits", "after_freeze", "after_claim", "before_sent"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """How a campaign went whose workers died."""

    site: Site
    campaign: str
    record: list[Recorded]
    codes: list[int]


@pytest.fixture
def play(template: Template, tmp_path: Path) -> Iterator[Callable[[str, bool], Played]]:
    """Plays a campaign whose workers die; may be called by several threads at once."""
    with ExitStack() as stack:

        def play(deaths: str, is_accompanied: bool) -> Played:
            with Sink(delay_ms=1) as sink:
                folder = tmp_path / f"play-{next(_numbers)}"
                site = Site(folder=folder, database_url=template.copy(), port=sink.port)
                stack.callback(site.close)
                campaign = site.seed(RECIPIENTS)
                codes, companion = [], None
                for point in deaths.split():
                    dying = site.start_worker("--until-idle", NEWSLETTER_CRASH_AT=point)
                    if is_accompanied:
                        site.wait_for_clock()  # of the one that is to die: some points are the clock's
                        companion = site.start_worker("--until-idle", "--max-seconds", "150")
                    codes.append(dying.wait(120))
                if companion is not None:
                    codes.append(companion.wait(120))
                site.finish()
                return Played(site=site, campaign=campaign, record=sink.record(), codes=codes)

        yield play


@pytest.mark.parametrize("is_accompanied", [False, True], ids=["followed", "accompanied"])
def test_workers_that_die_at_crash_points_send_to_nobody_twice_and_forget_nobody(
    play: Callable[[str, bool], Played], is_accompanied: bool
) -> None:
    """`followed`: another worker starts when it is dead. `accompanied`: another one was there all the time.

    Side by side, since most of the time each of them waits for a lease of the dead.
    """
    deaths = [one for one in DEATHS if not (is_accompanied and one in ALONE)]
    with ThreadPoolExecutor(8) as pool:
        plays = {one: pool.submit(play, one, is_accompanied) for one in deaths}
    for one, played in plays.items():
        check(one, played.result(), is_accompanied=is_accompanied)


def check(deaths: str, played: Played, *, is_accompanied: bool) -> None:
    dead = len(deaths.split())
    assert played.codes == [-signal.SIGKILL] * dead + [0] * is_accompanied, f"{deaths}: {played.site.logs()}"
    fenced = played.site.logs().count("stopped sending: chunk")  # on a machine too busy to renew its leases
    in_flight = 0 if deaths in NOTHING_IN_FLIGHT else CONNECTIONS
    found = balance(
        played.site,
        played.campaign,
        played.record,
        recipients=RECIPIENTS,
        uncertain_at_most=in_flight + fenced * CONNECTIONS,
    )
    assert set(found.counts) <= {"accepted", "uncertain"}, deaths
    if deaths == "after_hand_over" and not fenced:
        assert found.uncertain_arrived == 0, deaths
    if deaths.startswith("after_answer"):
        assert found.uncertain_arrived >= 1, deaths
    assert played.site.state(played.campaign) == "sent", deaths


def test_every_crash_point_of_a_campaign_is_died_at() -> None:
    died_at = {death.partition(":")[0] for deaths in DEATHS for death in deaths.split()}
    assert died_at == {*crash_points.POINTS, *crash_points.RECLAIM_POINTS}


def test_workers_killed_again_and_again_send_to_nobody_twice_and_forget_nobody(
    make_site: Callable[[int], Site],
) -> None:
    recipients, kills, at_once = 50_000, 24, 3
    seed = int(os.environ.get("FAULTS_SEED", "") or time.time_ns() % 1_000_000)
    print(f"FAULTS_SEED={seed}")  # noqa: T201 - pytest shows it when the test fails
    dice = random.Random(seed)
    with Sink(delay_ms=8) as sink:
        site = make_site(sink.port)
        campaign = site.seed(recipients)
        alive = [site.start_worker() for _ in range(at_once)]
        wait_for(lambda: sink.totals().messages > 0)
        for _ in range(kills):
            time.sleep(dice.uniform(0.1, 1.2))
            site.kill(alive.pop(dice.randrange(at_once)))
            alive.append(site.start_worker())
        in_the_middle = sink.totals().messages
        site.wait_for_state(campaign, "sent", seconds=300)
        record = sink.record()
    assert 0 < in_the_middle < recipients, f"{in_the_middle} had arrived when the killing ended; seed {seed}"
    fenced = site.logs().count("stopped sending: chunk")  # on a machine that is too busy to renew its leases
    found = balance(site, campaign, record, recipients=recipients, uncertain_at_most=(kills + fenced) * CONNECTIONS)
    assert set(found.counts) <= {"accepted", "uncertain"}


def test_a_worker_as_an_operator_starts_it_may_be_killed_too(live_site: LiveSite) -> None:
    campaign = live_site.seed(1500)
    worker = live_site.start_cold_worker()
    wait_for(lambda: len(live_site.server.received) >= 300)
    live_site.kill(worker)
    last = live_site.start_cold_worker("--until-idle", "--max-seconds", "120")
    assert last.wait(150) == 0, live_site.logs()

    arrived = live_site.server.recipients
    ledger = live_site.ledger(campaign)
    accepted = {row["address"] for row in ledger if row["state"] == "accepted"}
    uncertain = {row["address"] for row in ledger if row["state"] == "uncertain"}
    assert repeated(arrived) == {}
    assert accepted <= set(arrived) <= accepted | uncertain
    assert len(accepted) + len(uncertain) == len({row["address"] for row in ledger}) == 1500
    assert len(uncertain) <= CONNECTIONS
    assert live_site.show(campaign)["state"] == "sent"


def test_a_worker_killed_in_the_middle_of_a_message_leaves_it_uncertain_and_unsent(
    make_site: Callable[[int], Site],
) -> None:
    """The server has half of it and no dot: it throws that away (RFC 5321 section 4.1.1.4)."""
    with Sink() as sink:
        site = make_site(sink.port)
        campaign = site.seed(30, kilobytes=20_000)
        worker = site.start_worker()
        wait_for(lambda: sink.totals().first_mail_at > 0)
        os.kill(sink.pid, signal.SIGSTOP)  # now what it reads no more fills the connections
        time.sleep(0.5)
        site.kill(worker)
        os.kill(sink.pid, signal.SIGCONT)
        site.finish()
        record = sink.record()
    found = balance(site, campaign, record, recipients=30, uncertain_at_most=CONNECTIONS)
    assert found.counts["uncertain"] >= 1
    assert found.uncertain_arrived < found.counts["uncertain"]


def cut(journal: Path) -> None:
    journal.write_bytes(journal.read_bytes()[:-1])


def of_another_campaign(journal: Path) -> None:
    content = journal.read_bytes()
    journal.write_bytes(content[:52] + bytes([content[52] ^ 1]) + content[53:])


@pytest.mark.parametrize("spoil", [Path.unlink, cut, of_another_campaign])
def test_without_a_journal_to_believe_nobody_gets_it_twice(
    sink: Sink, make_site: Callable[[int], Site], spoil: Callable[[Path], None]
) -> None:
    """All of the dead worker's chunks that was not booked is uncertain then, and a person sees it."""
    site = make_site(sink.port)
    campaign = site.seed(RECIPIENTS)
    dying = site.start_worker(NEWSLETTER_CRASH_AT="after_note:300")
    assert dying.wait(60) == -signal.SIGKILL
    journals = list((site.folder / "journals").glob("*.journal"))
    for journal in journals:
        spoil(journal)
    site.finish()
    found = balance(site, campaign, sink.record(), recipients=RECIPIENTS, uncertain_at_most=CHUNK_SIZE * len(journals))
    assert set(found.counts) <= {"accepted", "uncertain"}
    assert found.uncertain_arrived >= 1
    replies = {row["last_reply"] for row in site.ledger(campaign) if row["state"] == "uncertain"}
    assert replies == {"the worker ended, and what it had noted can't be read"}


def test_two_workers_send_to_each_recipient_once(sink: Sink, make_site: Callable[[int], Site]) -> None:
    site = make_site(sink.port)
    campaign = site.seed(RECIPIENTS)
    site.finish(workers=2)
    found = balance(site, campaign, sink.record(), recipients=RECIPIENTS, uncertain_at_most=0)
    assert found.counts == {"accepted": RECIPIENTS}
    assert site.state(campaign) == "sent"
