"""What mail servers do to a campaign that two workers send: the answers, and no answers, counted at their end."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.fakes.sink import Sink
from tests.faults.accounts import balance
from tests.faults.site import Site, wait_for

pytestmark = pytest.mark.slow

RECIPIENTS = 1200


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A sink's faults, and what has become of the recipients once the workers are idle."""

    name: str
    fail: tuple[str, ...] = ()
    drop_after_dot: int = 0
    drop_before_dot: int = 0
    close_after: int = 0
    counts: dict[str, int]
    #: How many of the uncertain ones the server had taken.
    uncertain_arrived: int = 0


FAULTS = [
    Fault(name="4xx at RCPT", fail=("rcpt:450:10",), counts={"deferred": 120, "accepted": 1080}),
    Fault(name="4xx after the dot", fail=("dot:452:10",), counts={"deferred": 120, "accepted": 1080}),
    Fault(name="5xx at RCPT", fail=("rcpt:550:10",), counts={"refused": 120, "accepted": 1080}),
    Fault(name="5xx after the dot", fail=("dot:554:10",), counts={"refused": 120, "accepted": 1080}),
    Fault(
        name="a drop after the dot",
        drop_after_dot=100,
        counts={"uncertain": 12, "accepted": 1188},
        uncertain_arrived=12,
    ),
    Fault(name="421 in mid-session", close_after=50, counts={"accepted": 1200}),
    Fault(name="421 at connect", fail=("connect:421:first2",), counts={"accepted": 1200}),
    Fault(name="421 at EHLO", fail=("ehlo:421:first2",), counts={"accepted": 1200}),
    Fault(name="451 at MAIL", fail=("mail:451:first1",), counts={"accepted": 1200}),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_of_the_server_costs_nobody_a_mail_and_gives_nobody_two(
    make_site: Callable[[int], Site], fault: Fault
) -> None:
    faults = {name: getattr(fault, name) for name in ("fail", "drop_after_dot", "drop_before_dot", "close_after")}
    with Sink(**faults) as sink:
        site = make_site(sink.port)
        campaign = site.seed(RECIPIENTS)
        site.finish(workers=2, seconds=60)
        wait_until_it_goes_on_no_more(site, campaign)
        found = balance(
            site, campaign, sink.record(), recipients=RECIPIENTS, uncertain_at_most=fault.counts.get("uncertain", 0)
        )
        assert found.counts == fault.counts
        assert found.uncertain_arrived == fault.uncertain_arrived
    assert site.state(campaign) == ("sending" if "deferred" in fault.counts else "sent")


def wait_until_it_goes_on_no_more(site: Site, campaign: str) -> None:
    """Workers that wait for a server end when that is longer off than two seconds."""
    while site.state(campaign) == "waiting":
        assert site.show(campaign)["reason"]
        wait_for(lambda: site.sql("SELECT 1 FROM newsletter_campaign WHERE retry_at > CURRENT_TIMESTAMP") == [])
        site.finish(workers=2, seconds=60)


def test_a_body_that_is_cut_by_the_server_is_not_sent_again_by_itself(make_site: Callable[[int], Site]) -> None:
    """The server may have taken it: only a person, or the newsletter's policy, sends it once more."""
    with Sink(drop_before_dot=100) as sink:
        site = make_site(sink.port)
        campaign = site.seed(RECIPIENTS)
        site.finish(workers=2, seconds=60)
        record = sink.record()
    found = balance(site, campaign, record, recipients=RECIPIENTS, uncertain_at_most=12)
    assert set(found.counts) <= {"accepted", "uncertain"}
    assert found.uncertain_arrived == 0


def test_deferred_recipients_get_it_once_their_time_has_come(make_site: Callable[[int], Site]) -> None:
    with Sink(fail=["rcpt:450:10"]) as sink:
        site = make_site(sink.port)
        campaign = site.seed(RECIPIENTS)
        site.finish(workers=2)
        first = sink.record()
        port = sink.port
    site.sql("UPDATE newsletter_delivery SET next_attempt_at = CURRENT_TIMESTAMP WHERE state = 'deferred'")
    with Sink(port=port) as sink:
        site.finish(workers=2)
        record = [*first, *sink.record()]
    found = balance(site, campaign, record, recipients=RECIPIENTS, uncertain_at_most=0)
    assert found.counts == {"accepted": RECIPIENTS}
    assert site.state(campaign) == "sent"


def test_a_closed_port_sends_nothing_and_the_campaign_goes_on_by_itself(make_site: Callable[[int], Site]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    site = make_site(port)
    campaign = site.seed(RECIPIENTS)
    for _ in range(2):
        site.start_worker()
    site.wait_for_state(campaign, "waiting")
    shown = site.show(campaign)
    assert "can't be reached" in shown["reason"]
    assert shown["counts"]["pending"] == RECIPIENTS
    with Sink(port=port) as sink:
        site.wait_for_state(campaign, "sent", seconds=90)
        record = sink.record()
    found = balance(site, campaign, record, recipients=RECIPIENTS, uncertain_at_most=0)
    assert found.counts == {"accepted": RECIPIENTS}
