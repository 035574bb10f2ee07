"""Workers that are killed: counted at the receiving end."""

from __future__ import annotations

import signal

import pytest

from newsletter.delivery import crash_points
from tests.faults.site import LiveSite, repeated, wait_for

pytestmark = pytest.mark.slow

#: What `newsletter_backends` gives the default backend.
CONNECTIONS = 10


def test_a_worker_killed_three_times_sends_to_nobody_twice_and_forgets_nobody(live_site: LiveSite) -> None:
    campaign = live_site.seed(2000)
    for received in (300, 900, 1500):
        worker = live_site.start_worker()
        wait_for(lambda received=received: len(live_site.server.received) >= received)  # type: ignore[misc]
        live_site.kill(worker)
    live_site.finish()

    arrived = live_site.server.recipients
    ledger = live_site.ledger(campaign)
    accepted = {row["address"] for row in ledger if row["state"] == "accepted"}
    uncertain = {row["address"] for row in ledger if row["state"] == "uncertain"}
    assert repeated(arrived) == {}
    assert len({row["address"] for row in ledger}) == 2000
    assert accepted <= set(arrived) <= accepted | uncertain
    assert len(accepted) + len(uncertain) == 2000
    assert len(uncertain) <= 3 * CONNECTIONS
    assert live_site.show(campaign)["state"] == "sent"


@pytest.mark.parametrize("point", crash_points.POINTS)
def test_a_worker_that_dies_at_a_crash_point_sends_to_nobody_twice_and_forgets_nobody(
    live_site: LiveSite, point: str
) -> None:
    campaign = live_site.seed(40)
    dying = live_site.start_worker("--until-idle", NEWSLETTER_CRASH_AT=point)
    assert dying.wait(60) == -signal.SIGKILL
    live_site.finish()

    arrived = live_site.server.recipients
    counts = live_site.counts(campaign)
    assert repeated(arrived) == {}
    assert counts["accepted"] + counts["uncertain"] == 40
    assert counts["accepted"] <= len(arrived) <= 40
    assert counts["uncertain"] <= CONNECTIONS
    assert live_site.show(campaign)["state"] == "sent"
    if point in {"before_freeze_commits", "after_freeze", "after_claim", "before_sent"}:
        assert counts["uncertain"] == 0


def test_two_workers_send_to_each_recipient_once(live_site: LiveSite) -> None:
    campaign = live_site.seed(1200)
    workers = [live_site.start_worker("--until-idle", "--max-seconds", "120") for _ in range(2)]
    assert [worker.wait(150) for worker in workers] == [0, 0], live_site.logs()
    assert repeated(live_site.server.recipients) == {}
    assert len(live_site.server.recipients) == 1200
    assert live_site.counts(campaign)["accepted"] == 1200


def test_a_worker_asked_to_stop_finishes_what_is_in_flight(live_site: LiveSite) -> None:
    campaign = live_site.seed(1500)
    worker = live_site.start_worker()
    wait_for(lambda: len(live_site.server.received) >= 200)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(15) == 0
    counts = live_site.counts(campaign)
    assert (counts["handed_over"], counts["uncertain"]) == (0, 0)
    assert counts["accepted"] == len(live_site.server.recipients) < 1500

    live_site.finish()
    assert repeated(live_site.server.recipients) == {}
    assert live_site.counts(campaign)["accepted"] == 1500
