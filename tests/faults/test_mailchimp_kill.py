"""Processes that share an account at Mailchimp, and workers killed between two calls: counted over there."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from newsletter.backends.mailchimp.slots import MOST_AT_ONCE
from newsletter.delivery import crash_points
from newsletter.engine.grid import next_on
from tests.fakes.mailchimp import FakeMailchimp, faults
from tests.faults.processes import Process
from tests.faults.site import LiveSite, wait_for

pytestmark = pytest.mark.slow

READERS = ["ada@example.com", "ben@example.com", "cyd@example.com"]
LIST = "aaaaaaaa01"
#: Seconds after which a turn of a dead worker is another one's.
LEASE = "3"
QUARTER = timedelta(minutes=15)
CALL, TURN = crash_points.REMOTE_POINTS


@pytest.fixture
def fake() -> Iterator[FakeMailchimp]:
    with FakeMailchimp().running() as running:
        running.add_list("Practice readers", list_id=LIST)
        for address in READERS:
            running.add_member(LIST, address)
        running.add_member(LIST, "left@example.com", status="unsubscribed")
        yield running


@pytest.fixture
def site(live_site: LiveSite, fake: FakeMailchimp) -> LiveSite:
    live_site.more = {
        "MAILCHIMP_API_URL": fake.url,
        "MAILCHIMP_API_KEY": fake.key,
        "NEWSLETTER_REMOTE_LEASE": LEASE,
    }
    return live_site


def planned(site: LiveSite, fake: FakeMailchimp, *, on_grid: bool) -> str:
    """A campaign: on the grid, so that Mailchimp schedules it; or due now, so that our clock sends it."""
    at = next_on(QUARTER, fake.now + QUARTER) if on_grid else fake.now
    return site.run("tests/faults/seed_mailchimp.py", LIST, at.isoformat()).strip()


def hurry(site: LiveSite) -> None:
    """What waits for its next look looks now. What is due already keeps its place: hurried again, it would never come
    before what is due at the same instant and was there first.
    """
    waits = "state = 'pending' AND next_attempt_at > CURRENT_TIMESTAMP"
    site.sql(f"UPDATE newsletter_remotetask SET next_attempt_at = CURRENT_TIMESTAMP WHERE {waits}")  # noqa: S608 - no input


def kill_at(site: LiveSite, *deaths: str) -> None:
    for point in deaths:
        hurry(site)
        dying = site.start_worker(NEWSLETTER_CRASH_AT=point)
        assert isinstance(dying, Process)
        assert dying.wait(60) == -signal.SIGKILL, site.logs()


def see_it_through(site: LiveSite, fake: FakeMailchimp, campaign: str) -> None:
    """Another worker takes over, and time passes over there."""
    site.start_worker()
    wait_for(lambda: _is_on_its_way(site, fake))
    fake.advance(minutes=31)
    wait_for(lambda: _looks_again(site, campaign))


def _is_on_its_way(site: LiveSite, fake: FakeMailchimp) -> bool:
    hurry(site)
    return any(campaign["status"] in ("schedule", "sent") for campaign in fake.campaigns())


def _looks_again(site: LiveSite, campaign: str, *, until: str = "sent") -> bool:
    hurry(site)
    return site.state(campaign) == until


def check(site: LiveSite, fake: FakeMailchimp, campaign: str) -> None:
    """One campaign over there, mailed once to each, and none of the calls that mail asked twice."""
    fake.advance(minutes=60)
    (there,) = fake.campaigns()
    assert there["status"] == "sent"
    assert fake.mailed() == {(there["id"], address): 1 for address in READERS}
    assert fake.calls.count(("POST", f"/campaigns/{there['id']}/actions/send")) <= 1
    assert fake.statuses(LIST)["left@example.com"] == "unsubscribed"
    assert site.state(campaign) == "sent"


#: On the way of one that is scheduled there, and of one that is sent from here: create, content, then either.
DEATHS = [f"{CALL}:1", f"{CALL}:2", f"{CALL}:3", TURN]


@pytest.mark.parametrize("on_grid", [True, False], ids=["scheduled there", "sent from here"])
@pytest.mark.parametrize("death", DEATHS)
def test_a_worker_killed_after_a_call_leaves_one_campaign_mailed_once(
    site: LiveSite, fake: FakeMailchimp, death: str, on_grid: bool
) -> None:
    campaign = planned(site, fake, on_grid=on_grid)
    kill_at(site, death)
    see_it_through(site, fake, campaign)
    check(site, fake, campaign)


def test_workers_that_die_at_every_call_one_after_the_other_leave_one_campaign_mailed_once(
    site: LiveSite, fake: FakeMailchimp
) -> None:
    campaign = planned(site, fake, on_grid=True)
    kill_at(site, CALL, CALL, f"{CALL}:2")  # putting content in is repeated, then it is scheduled
    assert [there["status"] for there in fake.campaigns()] == ["schedule"]
    see_it_through(site, fake, campaign)
    check(site, fake, campaign)
    assert fake.calls.count(("POST", "/campaigns")) == 1


def test_a_worker_killed_while_mailchimp_creates_finds_what_was_made(site: LiveSite, fake: FakeMailchimp) -> None:
    """The request was on its way: neither the dead one nor its successor read an answer."""
    campaign = planned(site, fake, on_grid=True)
    fake.fail("POST", "/campaigns", faults.hangs(60, done=True))
    dying = site.start_worker()
    wait_for(lambda: bool(fake.campaigns()))
    site.kill(dying)
    see_it_through(site, fake, campaign)
    check(site, fake, campaign)
    assert fake.calls.count(("POST", "/campaigns")) == 1


def test_one_that_is_cancelled_while_workers_die_is_mailed_to_nobody(site: LiveSite, fake: FakeMailchimp) -> None:
    campaign = planned(site, fake, on_grid=True)
    worker = site.start_worker()
    wait_for(lambda: _is_on_its_way(site, fake))
    site.kill(worker)
    site.manage("campaign", "cancel", campaign)
    kill_at(site, CALL, CALL)  # unscheduled, deleted
    site.start_worker()
    wait_for(lambda: _looks_again(site, campaign, until="cancelled"))
    fake.advance(minutes=60)
    assert (fake.campaigns(), fake.mailed()) == ([], {})


def test_two_workers_make_one_campaign(site: LiveSite, fake: FakeMailchimp) -> None:
    campaign = planned(site, fake, on_grid=False)
    site.start_worker()
    see_it_through(site, fake, campaign)
    check(site, fake, campaign)
    assert fake.calls.count(("POST", "/campaigns")) == 1


def test_many_calls_of_two_processes_never_have_too_many_connections(site: LiveSite, fake: FakeMailchimp) -> None:
    fake.set(latency=0.3)
    with ThreadPoolExecutor(2) as pool:
        answered = list(pool.map(lambda _: site.run("tests/faults/call_mailchimp.py", "11").strip(), range(2)))
    assert answered == ["11", "11"]
    assert MOST_AT_ONCE / 2 < fake.state.seen_at_once <= MOST_AT_ONCE
