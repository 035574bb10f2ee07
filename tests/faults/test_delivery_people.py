"""What people do while a campaign is sent: leave, ask to be forgotten, pause, cancel, deploy."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.fakes.sink import Sink
from tests.faults.accounts import balance
from tests.faults.site import LEASE, Site, wait_for

pytestmark = pytest.mark.slow

LEAVE = """
from django.utils import timezone
from newsletter.audience.end import end
from newsletter.engine.subscriptions import EndReason
from newsletter.models import Subscription
leaving = Subscription.objects.filter(subscriber__email__in=%r)
print(sum(end(one, reason=EndReason.UNSUBSCRIBED, source="test", now=timezone.now()) for one in leaving))
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_who_leaves_or_is_erased_before_their_turn_gets_nothing(make_site: Callable[[int], Site], workers: int) -> None:
    recipients = 1500 * workers
    leaving = [f"reader{recipients - number}@example.com" for number in range(5)]
    erased = f"reader{recipients - 5}@example.com"
    with Sink(delay_ms=60) as sink:
        site = make_site(sink.port)
        campaign = site.seed(recipients)
        for _ in range(workers):
            site.start_worker()
        wait_for(lambda: sink.totals().messages > 0)
        assert site.manage("shell", "-v0", "-c", LEAVE % leaving).strip() == "5"
        site.manage("erase_subscriber", erased)
        assert sink.totals().messages < recipients - 200, "it was too late for a test"
        site.wait_for_state(campaign, "sent", seconds=120)
        arrived = [one.recipient for one in sink.record()]
    assert set(arrived).isdisjoint({*leaving, erased})
    assert len(set(arrived)) == len(arrived) == recipients - 6
    ledger = site.ledger(campaign)
    assert {row["state"] for row in ledger if row["address"] in leaving} == {"skipped"}
    assert [row["address"] for row in ledger if row["state"] == "erased"] == [""]
    counts = site.counts(campaign)
    assert (counts["accepted"], counts["skipped"]) == (recipients - 6, 6)


def test_ten_pauses_stop_it_ten_times_and_lose_nobody(make_site: Callable[[int], Site]) -> None:
    recipients = 20_000
    with Sink(delay_ms=10) as sink:
        site = make_site(sink.port)
        campaign = site.seed(recipients)
        for _ in range(2):
            site.start_worker()
        wait_for(lambda: sink.totals().messages > 0)
        for number in range(10):
            site.manage("campaign", "pause", campaign)
            wait_for(lambda: stands_still(sink), seconds=10)
            assert sink.totals().messages < recipients, f"it was over before pause {number}"
            assert site.state(campaign) == "paused"
            before = sink.totals().messages
            site.manage("campaign", "resume", campaign)
            wait_for(lambda before=before: sink.totals().messages > before)  # type: ignore[misc]
        site.wait_for_state(campaign, "sent", seconds=120)
        record = sink.record()
    found = balance(site, campaign, record, recipients=recipients, uncertain_at_most=0)
    assert found.counts == {"accepted": recipients}


def stands_still(sink: Sink) -> bool:
    before = sink.totals().messages
    time.sleep(0.3)
    return sink.totals().messages == before


def test_a_cancelled_campaign_stops_within_a_chunk_and_its_counts_add_up(make_site: Callable[[int], Site]) -> None:
    recipients = 20_000
    with Sink(delay_ms=10) as sink:
        site = make_site(sink.port)
        campaign = site.seed(recipients)
        workers = [site.start_worker() for _ in range(2)]
        wait_for(lambda: sink.totals().messages > 500)
        site.manage("campaign", "cancel", campaign)
        wait_for(lambda: stands_still(sink), seconds=10)
        wait_for(lambda: site.sql("SELECT 1 FROM newsletter_chunk WHERE owner <> ''") == [])
        for worker in workers:
            worker.terminate()
            assert worker.wait(20) == 0
        record = sink.record()
    found = balance(site, campaign, record, recipients=recipients, uncertain_at_most=0)
    assert found.counts == {"accepted": len(record), "skipped": recipients - len(record)}
    assert site.state(campaign) == "cancelled"


def test_a_worker_killed_after_a_cancel_leaves_counts_that_add_up(make_site: Callable[[int], Site]) -> None:
    recipients = 6000
    with Sink(delay_ms=10) as sink:
        site = make_site(sink.port)
        campaign = site.seed(recipients)
        worker = site.start_worker()
        wait_for(lambda: sink.totals().messages > 300)
        site.sql("UPDATE newsletter_campaign SET state = 'paused'")  # so that the command comes before the kill
        site.kill(worker)
        site.manage("campaign", "cancel", campaign)
        site.finish()
        record = sink.record()
    found = balance(site, campaign, record, recipients=recipients, uncertain_at_most=10)
    assert set(found.counts) <= {"accepted", "uncertain", "skipped"}


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_asked_to_stop_finish_what_is_in_flight_and_the_next_ones_go_on(
    make_site: Callable[[int], Site], workers: int
) -> None:
    recipients = 6000
    with Sink(delay_ms=20) as sink:
        site = make_site(sink.port)
        campaign = site.seed(recipients)
        started = [site.start_worker() for _ in range(workers)]
        wait_for(lambda: sink.totals().messages > 300)
        for worker in started:
            worker.terminate()
        for worker in started:
            assert worker.wait(15) == 0
        counts = site.counts(campaign)
        assert (counts["handed_over"], counts["uncertain"]) == (0, 0)
        assert counts["accepted"] == sink.totals().messages < recipients
        assert site.sql("SELECT 1 FROM newsletter_chunk WHERE owner <> ''") == [], f"nobody waits {LEASE} seconds"
        site.finish(workers=workers)
        record = sink.record()
    found = balance(site, campaign, record, recipients=recipients, uncertain_at_most=0)
    assert found.counts == {"accepted": recipients}
