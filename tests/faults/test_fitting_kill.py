"""Workers that are killed while readers get different stories: each body is read at the receiving end."""

from __future__ import annotations

import re
import signal
from email import message_from_bytes, policy
from typing import Any

import pytest

from tests.fakes.smtp_server import Received
from tests.faults.accounts import CONNECTIONS
from tests.faults.site import LiveSite, repeated, wait_for

pytestmark = pytest.mark.slow

READERS = 1200
#: By a reader's number modulo 4; the fourth gets no mail.
EXPECTED = ["a c", "b c", "a b c"]

DEATHS = ["after_claim", "after_note:150", "after_answer:100", "after_hand_over:50"]


def number(address: str) -> int:
    found = re.fullmatch(r"reader(\d+)@example\.com", address)
    assert found is not None
    return int(found[1])


def stories_in(received: Received) -> str:
    message: Any = message_from_bytes(received.content, policy=policy.default)
    html, text = (re.findall(r"\[(\w)\]", message.get_body((kind,)).get_content()) for kind in ("html", "plain"))
    assert html == text
    return " ".join(html)


def check(site: LiveSite, campaign: str, *, uncertain_at_most: int) -> None:
    """Nobody is lost, nobody has it twice, and each has the stories that this reader lacks."""
    arrived = {number(one.recipient): stories_in(one) for one in site.server.received}
    assert repeated(site.server.recipients) == {}
    assert arrived == {reader: EXPECTED[reader % 4] for reader in arrived}
    ledger = {number(row["address"]): row["state"] for row in site.ledger(campaign)}
    assert ledger.keys() == {reader for reader in range(1, READERS + 1) if reader % 4 != 3}
    accepted = {reader for reader, state in ledger.items() if state == "accepted"}
    uncertain = {reader for reader, state in ledger.items() if state == "uncertain"}
    assert accepted | uncertain == ledger.keys()
    assert accepted <= arrived.keys() <= ledger.keys()
    assert len(uncertain) <= uncertain_at_most
    assert site.show(campaign)["nothing_new"] == READERS // 4
    assert site.state(campaign) == "sent"


def test_killed_workers_send_each_reader_the_right_stories_once(live_site: LiveSite) -> None:
    campaign = live_site.run("tests/faults/seed_fitting.py", str(READERS)).strip()
    for death in DEATHS:
        dying = live_site.start_worker("--until-idle", NEWSLETTER_CRASH_AT=death)
        assert dying.wait(120) == -signal.SIGKILL, live_site.logs()
    assert 0 < len(live_site.server.received) < READERS // 2
    live_site.finish()
    check(live_site, campaign, uncertain_at_most=len(DEATHS) * CONNECTIONS)


def test_two_workers_one_of_them_killed_send_each_reader_the_right_stories_once(live_site: LiveSite) -> None:
    campaign = live_site.run("tests/faults/seed_fitting.py", str(READERS)).strip()
    first, _ = live_site.start_worker(), live_site.start_worker()
    wait_for(lambda: len(live_site.server.received) >= READERS // 4)
    live_site.kill(first)
    live_site.finish()
    check(live_site, campaign, uncertain_at_most=CONNECTIONS)


def test_what_was_uncertain_is_sent_again_with_the_same_stories(live_site: LiveSite) -> None:
    campaign = live_site.run("tests/faults/seed_fitting.py", str(READERS)).strip()
    dying = live_site.start_worker("--until-idle", NEWSLETTER_CRASH_AT="after_hand_over:150")
    assert dying.wait(120) == -signal.SIGKILL, live_site.logs()
    live_site.finish()
    before = len(live_site.server.received)
    missing = live_site.counts(campaign)["uncertain"]
    assert missing
    live_site.manage("campaign", "resolve", campaign, "--as", "resend")
    live_site.finish()
    again = live_site.server.received[before:]
    assert len(again) == missing
    assert [stories_in(one) for one in again] == [EXPECTED[number(one.recipient) % 4] for one in again]
    assert live_site.counts(campaign)["accepted"] == READERS * 3 // 4
