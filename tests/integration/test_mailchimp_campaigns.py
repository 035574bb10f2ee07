"""A campaign goes over to Mailchimp, and out from there, once: on the grid, off it, and whatever the lines do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.delivery import control, halt, report, start
from newsletter.delivery.clock import Clock
from newsletter.delivery.remote import elapsing, runner
from newsletter.models import Campaign, MailchimpAccount, OutgoingMail, RemoteTask
from tests.fakes.mailchimp import FakeMailchimp
from tests.fakes.mailchimp.faults import broken, forbidden, lost, page_of_html, refused, throttled
from tests.integration.campaign_there import AT, MINUTE, NOW, OFF_GRID, There, set_up

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from _pytest.mark import ParameterSet
    from pytest_django import Settings

    from newsletter.backends.mailchimp.answers import CampaignWrite, Checklist, RemoteCampaign
    from newsletter.models import Newsletter
    from tests.fakes.mailchimp.faults import Fault

pytestmark = pytest.mark.django_db

CREATE, CONTENT, CAMPAIGN = "/campaigns", "/campaigns/*/content", "/campaigns/*"
SCHEDULE, SEND = "/campaigns/*/actions/schedule", "/campaigns/*/actions/send"


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeMailchimp]:
    with FakeMailchimp().running() as running:
        yield running


@pytest.fixture
def there(newsletter: Newsletter, fake: FakeMailchimp, settings: Settings) -> There:
    return set_up(newsletter, fake, settings)


def check_sent(there: There, campaign: Campaign) -> None:
    """It says so here, too, with as many readers."""
    campaign.refresh_from_db()
    assert (campaign.state, campaign.recipients, campaign.reason) == ("sent", 3, "")
    there.check_mailed_once()


def test_on_the_grid_it_waits_over_there_so_that_it_goes_out_without_us(there: There) -> None:
    campaign = there.make()
    there.run(minutes=1)
    seen = there.fake.campaign(there.remote(campaign).remote_id)
    assert (seen["status"], seen["send_time"]) == ("schedule", "2026-03-02T12:30:00+00:00")
    campaign.refresh_from_db()
    assert campaign.state == "scheduled"
    there.set_clock(AT + 10 * MINUTE)  # no worker meanwhile
    there.check_mailed_once()
    there.run(minutes=5)
    check_sent(there, campaign)
    assert there.called("send") == 0
    assert there.remote(campaign).surprise == ""


def test_what_it_holds_is_what_was_frozen(there: There) -> None:
    campaign = there.make()
    there.run(minutes=1)
    remote = there.remote(campaign)
    content = there.fake.content(remote.remote_id)
    assert 'href="*|UNSUB|*"' in content["html"]
    assert content["plain_text"].startswith("Dear reader,")
    seen = there.fake.campaign(remote.remote_id)
    assert seen["settings"]["subject_line"] == campaign.subject
    assert not any(seen["tracking"][name] for name in ("opens", "html_clicks", "text_clicks"))
    assert seen["recipients"]["list_id"] == there.audience.list_id


def test_off_the_grid_it_is_prepared_at_once_and_sent_by_our_clock(there: There) -> None:
    campaign = there.make(at=OFF_GRID)
    there.run(minutes=1)
    assert there.status(campaign) == "save"
    there.run(until=OFF_GRID - MINUTE / 60)
    there.check_nobody_mailed()
    there.run(minutes=2)
    check_sent(there, campaign)
    assert (there.called("send"), there.called("schedule")) == (1, 0)


def test_too_near_to_its_instant_it_is_sent_by_our_clock(there: There) -> None:
    campaign = there.make(at=NOW + timedelta(seconds=1))
    there.run(minutes=2)
    check_sent(there, campaign)


def test_while_it_goes_out_over_there_it_is_sending_here(there: There) -> None:
    there.fake.set(sending_for=300.0)
    campaign = there.make(at=NOW)
    there.run(minutes=1)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.started_at is not None) == ("sending", True)
    there.run(minutes=10)
    check_sent(there, campaign)


def test_our_own_clock_and_its_steps_leave_it_alone(there: There) -> None:
    campaign = there.make(at=NOW, state="preparing")
    assert start.start_due(now=NOW) == 0
    Clock("worker").tick(now=NOW + MINUTE)
    campaign.refresh_from_db()
    assert campaign.state == "preparing"
    Campaign.objects.filter(pk=campaign.pk).update(state="waiting", retry_at=NOW)
    Clock("worker").tick(now=NOW + 2 * MINUTE)
    campaign.refresh_from_db()
    assert campaign.state == "waiting"


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


def test_an_item_of_the_checklist_holds_it_and_is_shown(there: There) -> None:
    item = {"type": "error", "id": 4, "heading": "Domain", "details": "Your domain is not verified."}
    there.fake.set(checklist=[item])
    campaign = there.make()
    there.run(minutes=1)
    campaign.refresh_from_db()
    assert campaign.state == "held"
    assert "Domain: Your domain is not verified." in campaign.reason
    assert there.remote(campaign).checklist["is_ready"] is False
    there.fake.set(checklist=[])
    control.release(campaign.pk, now=there.now)
    there.run(until=AT + 5 * MINUTE)
    check_sent(there, campaign)


def test_a_lost_creation_that_was_done_is_found_by_its_title(there: There) -> None:
    there.fail("POST", CREATE, lost(done=True))
    campaign = there.make()
    there.run(minutes=2)
    assert len(there.fake.campaigns()) == 1
    assert sum(call == ("POST", CREATE) for call in there.fake.calls) == 1
    assert there.remote(campaign).remote_id


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


def test_everything_paused_takes_it_from_the_schedule_and_puts_it_back_after(there: There) -> None:
    campaign = there.make()
    there.run(minutes=1)
    halt.halt(now=there.now)
    there.run(minutes=1)
    assert there.status(campaign) == "save"
    there.run(until=AT + 5 * MINUTE)
    there.check_nobody_mailed()
    campaign.refresh_from_db()
    assert campaign.state == "scheduled"
    halt.go_on(now=there.now)
    there.run(minutes=3)
    check_sent(there, campaign)


def test_a_pause_that_ends_in_time_schedules_it_anew(there: There) -> None:
    campaign = there.make()
    there.run(minutes=1)
    halt.halt(now=there.now)
    there.run(minutes=1)
    halt.go_on(now=there.now)
    there.run(minutes=1)
    assert there.status(campaign) == "schedule"
    assert OutgoingMail.objects.count() == 0


def test_what_is_known_of_it_is_in_the_report_of_the_command(there: There) -> None:
    campaign = there.make()
    assert report.show(campaign)["remote"]["id"] == ""
    there.run(minutes=1)
    remote = there.remote(campaign)
    shown = report.show(campaign)["remote"]
    assert shown["id"] == remote.remote_id
    assert shown["url"] == f"https://us21.admin.mailchimp.com/campaigns/show?id={remote.web_id}"
    assert (shown["status"], shown["is_ready"], shown["surprise"]) == ("schedule", True, "")
    assert shown["archive_url"].startswith("https://")


def test_no_task_is_left_when_it_is_over(there: There) -> None:
    campaign = there.make(at=NOW)
    there.run(minutes=2)
    check_sent(there, campaign)
    assert RemoteTask.objects.get(name=f"campaign:{campaign.pk}").state == "done"
