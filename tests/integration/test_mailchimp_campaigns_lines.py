"""Whatever the lines to Mailchimp do, and what is missing there: a campaign waits or is held, and goes out once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from newsletter.delivery import control, start
from newsletter.models import MailchimpAccount
from tests.fakes.mailchimp.faults import broken, forbidden, lost, page_of_html, refused, throttled
from tests.integration.campaign_there import AT, MINUTE, OFF_GRID, There, check_sent

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

    from tests.fakes.mailchimp.faults import Fault

pytestmark = pytest.mark.django_db

CREATE, CONTENT, CAMPAIGN = "/campaigns", "/campaigns/*/content", "/campaigns/*"
SCHEDULE, SEND = "/campaigns/*/actions/schedule", "/campaigns/*/actions/send"


def slow(fault: Fault, name: str) -> ParameterSet:
    return pytest.param(fault, id=name, marks=pytest.mark.slow)


FAULTS = [
    pytest.param(throttled("20"), id="throttled for so long"),
    pytest.param(lost(done=True), id="lost and done"),
    slow(throttled(), "throttled"),
    slow(lost(done=False), "lost and not done"),
    slow(broken(done=False), "an empty 500 and not done"),
    slow(broken(done=True), "an empty 500 and done"),
    slow(page_of_html(done=True), "a page of HTML and done"),
]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", CREATE), ("PUT", CONTENT), ("POST", SCHEDULE)],
    ids=["create", "content", "schedule"],
)
def test_whatever_goes_wrong_on_the_way_it_goes_out_once(there: There, method: str, path: str, fault: Fault) -> None:
    there.fail(method, path, fault)
    campaign = there.make()
    there.run(until=AT + 5 * MINUTE)
    check_sent(there, campaign)


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_is_answered_to_send_it_is_asked_twice_only_by_a_person(there: There, fault: Fault) -> None:
    there.fail("POST", SEND, fault)
    campaign = there.make(at=OFF_GRID)
    there.run(until=OFF_GRID + 5 * MINUTE)
    campaign.refresh_from_db()
    if campaign.state == "held":
        assert "did not say whether it does" in campaign.reason
        assert there.called("send") == 1
        there.check_nobody_mailed()
        there.run(minutes=60)
        assert there.called("send") == 1
        control.release(campaign.pk, now=there.now)
        there.run(minutes=5)
    check_sent(there, campaign)
    assert there.called("send") <= 2


def test_a_content_that_fails_leaves_one_draft_and_is_put_in_later(there: There) -> None:
    there.fail("PUT", CONTENT, broken(503, done=False), times=100)
    there.set_deadline(0.3)
    campaign = there.make()
    there.run(minutes=3)
    campaign.refresh_from_db()
    assert campaign.state == "waiting"
    assert campaign.retry_at is not None
    assert campaign.reason
    assert len(there.fake.campaigns()) == 1
    there.come_up()
    there.run(until=AT + 5 * MINUTE)
    check_sent(there, campaign)


def test_a_service_that_is_down_lets_it_wait_and_come_back_by_itself(there: There) -> None:
    there.go_down()
    campaign = there.make(at=OFF_GRID)
    there.run(until=OFF_GRID + 10 * MINUTE)
    campaign.refresh_from_db()
    assert campaign.state == "waiting"
    there.come_up()
    there.run(minutes=15)
    check_sent(there, campaign)


@pytest.mark.slow
def test_down_for_too_long_it_needs_a_person_who_is_told(there: There) -> None:
    there.go_down()
    campaign = there.make(at=OFF_GRID)
    there.run(until=OFF_GRID + 2 * MINUTE)
    there.come_up()
    there.set_clock(OFF_GRID + start.late_after() + MINUTE)
    there.run(minutes=1)
    campaign.refresh_from_db()
    assert campaign.state == "held"
    there.run(minutes=30)
    there.check_nobody_mailed()
    control.release(campaign.pk, now=there.now)
    there.run(minutes=5)
    check_sent(there, campaign)


@pytest.mark.parametrize("fault", [forbidden(), refused(401, '{"title": "API Key Invalid", "detail": "No."}')])
def test_a_refused_key_lets_it_wait_and_says_why(there: There, fault: Fault) -> None:
    there.fail("*", "**", fault, times=10_000)
    campaign = there.make(at=OFF_GRID)
    there.run(minutes=1)
    campaign.refresh_from_db()
    assert (campaign.state, bool(campaign.reason)) == ("waiting", True)
    there.fake.heal()
    there.run(until=OFF_GRID + 5 * MINUTE)
    check_sent(there, campaign)


def test_without_any_key_it_waits_and_says_why(there: There) -> None:
    MailchimpAccount.objects.all().delete()
    campaign = there.make()
    there.run(minutes=1)
    campaign.refresh_from_db()
    assert campaign.state == "waiting"
    assert "key" in campaign.reason


def test_a_list_that_vanished_is_a_matter_for_a_person(there: There) -> None:
    there.fake.remove_list(there.audience.list_id)
    campaign = there.make()
    there.run(minutes=1)
    campaign.refresh_from_db()
    assert campaign.state == "held"
    assert "Mailchimp refused it" in campaign.reason
    assert there.fake.campaigns() == []


def test_a_lost_creation_that_was_done_is_found_by_its_title(there: There) -> None:
    there.fail("POST", CREATE, lost(done=True))
    campaign = there.make()
    there.run(minutes=2)
    assert len(there.fake.campaigns()) == 1
    assert sum(call == ("POST", CREATE) for call in there.fake.calls) == 1
    assert there.remote(campaign).remote_id
