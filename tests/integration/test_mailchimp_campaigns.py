"""A campaign goes over to Mailchimp, and out from there, once: on the grid, off it, and around a pause."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from newsletter.delivery import control, halt, report, start
from newsletter.delivery.clock import Clock
from newsletter.models import Campaign, OutgoingMail, RemoteTask
from tests.integration.campaign_there import AT, MINUTE, NOW, OFF_GRID, There, check_sent

if TYPE_CHECKING:
    pass

pytestmark = pytest.mark.django_db


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
