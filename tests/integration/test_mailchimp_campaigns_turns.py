"""Slow turns, and more than one worker: the lease holds, and there is one campaign at Mailchimp that goes out once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.delivery.remote import elapsing, runner
from tests.fakes.mailchimp.faults import lost
from tests.integration.campaign_there import AT, MINUTE, NOW, There, check_sent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from newsletter.backends.mailchimp.answers import CampaignWrite, Checklist, RemoteCampaign

pytestmark = pytest.mark.django_db

CREATE, CONTENT, CAMPAIGN = "/campaigns", "/campaigns/*/content", "/campaigns/*"


def test_a_lost_creation_is_waited_for_from_when_it_was_asked_and_not_from_the_beginning_of_a_slow_turn(
    there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = [0.0]
    monkeypatch.setattr(elapsing, "monotonic", lambda: passed[0])
    titled = Mailchimp.campaigns_titled

    def slowly(api: Mailchimp, title: str, *, since: datetime) -> Sequence[RemoteCampaign]:
        passed[0] += 50
        return titled(api, title, since=since)

    monkeypatch.setattr(Mailchimp, "campaigns_titled", slowly)
    there.fail("POST", CREATE, lost(done=False))
    campaign = there.make()
    runner.run_due(there.now, owner="worker", most=1)
    assert there.remote(campaign).unsure_of == "create"
    assert there.remote(campaign).unsure_since == NOW + timedelta(seconds=50)


def test_a_slow_turn_ends_before_its_lease_does_and_the_next_one_goes_on(
    there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = [0.0]
    monkeypatch.setattr(elapsing, "monotonic", lambda: passed[0])
    look, check = Mailchimp.campaign, Mailchimp.checklist

    def slowly(api: Mailchimp, campaign_id: str) -> RemoteCampaign:
        passed[0] += 25
        return look(api, campaign_id)

    def more_slowly(api: Mailchimp, campaign_id: str) -> Checklist:
        passed[0] += 10
        return check(api, campaign_id)

    monkeypatch.setattr(Mailchimp, "campaign", slowly)
    monkeypatch.setattr(Mailchimp, "checklist", more_slowly)
    campaign = there.make()
    runner.run_due(there.now, owner="worker", most=1)
    assert passed[0] < runner.lease().total_seconds() / 2
    assert there.status(campaign) == "save"
    for _turn in range(4):
        runner.run_due(there.now + timedelta(seconds=passed[0]), owner="worker", most=1)
    assert there.status(campaign) == "schedule"


def test_a_worker_that_was_thought_dead_leaves_no_second_draft(there: There, monkeypatch: pytest.MonkeyPatch) -> None:
    """It slept past its lease before it created, and another one was quicker."""
    campaign = there.make()
    create = Mailchimp.create_campaign

    def late(api: Mailchimp, wanted: CampaignWrite) -> RemoteCampaign:
        monkeypatch.undo()
        there.set_clock(there.now + 4 * MINUTE)
        runner.run_due(there.now, owner="quick")
        return create(api, wanted)

    monkeypatch.setattr(Mailchimp, "create_campaign", late)
    runner.run_due(there.now, owner="slow")
    there.run(until=AT + 5 * MINUTE)
    check_sent(there, campaign)
    assert sum(call == ("POST", CREATE) for call in there.fake.calls) == 2


def test_two_workers_share_one_campaign(there: There) -> None:
    campaign = there.make(at=NOW)
    for second in range(120):
        there.set_clock(NOW + timedelta(seconds=second))
        for owner in ("one", "two"):
            runner.run_due(there.now, owner=owner)
    check_sent(there, campaign)
    assert there.called("send") == 1
