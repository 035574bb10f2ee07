"""What people do with a campaign on its way, what they read of it, and the command that does both."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from newsletter.backends import memory
from newsletter.delivery import control, report, store
from newsletter.delivery.ledger import HEADER, write_ledger
from newsletter.models import Campaign, Delivery, Newsletter
from tests.factories import make_subscription, make_subscriptions
from tests.factories_delivery import NOON, make_campaign, make_sending_campaign, states
from tests.integration.delivering import send_chunks, state_of, work


@pytest.fixture(autouse=True)
def empty_outbox() -> None:
    memory.outbox.clear()


def test_pausing_ten_times_loses_nobody(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 20)
    campaign = make_sending_campaign(newsletter, now=timezone.now())
    for _ in range(10):
        control.pause(campaign.pk, now=timezone.now())
        send_chunks(campaign)
        control.resume(campaign.pk, now=timezone.now())
    work()
    assert (state_of(campaign), len(memory.outbox)) == ("sent", 20)


def test_a_cancelled_campaign_skips_who_has_not_got_it(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 4)
    campaign = make_sending_campaign(newsletter, now=timezone.now())
    done, waits = Delivery.objects.filter(campaign=campaign).order_by("pk")[:2]
    Delivery.objects.filter(pk=done.pk).update(state="accepted")
    Delivery.objects.filter(pk=waits.pk).update(state="deferred", next_attempt_at=timezone.now())
    control.cancel(campaign.pk, now=timezone.now())
    work()
    assert (state_of(campaign), memory.outbox) == ("cancelled", [])
    assert states(campaign) == ["accepted", "skipped", "skipped", "skipped"]


@pytest.mark.parametrize(
    ("state", "action"),
    [("sent", "pause"), ("scheduled", "resume"), ("cancelled", "cancel"), ("sending", "release"), ("failed", "cancel")],
)
def test_what_a_state_does_not_allow_is_refused_with_what_would_be_right(
    newsletter: Newsletter, state: str, action: str
) -> None:
    campaign = make_campaign(newsletter, state=state)
    with pytest.raises(control.ControlError, match=f"is {state} and can't be .* only when it is"):
        getattr(control, action)(campaign.pk, now=NOON)
    assert state_of(campaign) == state


def test_uncertain_deliveries_can_be_taken_for_sent(newsletter: Newsletter) -> None:
    campaign = sent_with_uncertain(newsletter)
    assert control.resolve(campaign.pk, now=timezone.now()) == 2
    assert report.counts(campaign)["accepted"] == 4
    assert (state_of(campaign), memory.outbox) == ("sent", [])


def test_uncertain_deliveries_can_be_sent_again_under_the_same_message_id(newsletter: Newsletter) -> None:
    campaign = sent_with_uncertain(newsletter)
    before = ledger_of(campaign)
    control.resolve(campaign.pk, resolution=control.Resolution.RESEND, now=timezone.now())
    assert state_of(campaign) == "sending"
    work()
    assert (state_of(campaign), len(memory.outbox)) == ("sent", 2)
    sent = [email.message_from_bytes(envelope.content)["Message-ID"] for envelope in memory.outbox]
    assert sorted(sent) == sorted(row["message_id"] for row in before if row["state"] == "uncertain")


def test_resolving_without_uncertain_deliveries_says_so(newsletter: Newsletter) -> None:
    campaign = make_sending_campaign(newsletter)
    with pytest.raises(control.ControlError, match="no uncertain deliveries"):
        control.resolve(campaign.pk, now=NOON)


def sent_with_uncertain(newsletter: Newsletter) -> Campaign:
    make_subscriptions(newsletter, 4)
    campaign = make_sending_campaign(newsletter, now=timezone.now())
    send_chunks(campaign)
    memory.outbox.clear()
    lost = Delivery.objects.filter(campaign=campaign).order_by("pk").values_list("pk", flat=True)[1:3]
    Delivery.objects.filter(pk__in=list(lost)).update(state="uncertain")
    assert store.complete(campaign.pk, now=timezone.now())
    return campaign


def ledger_of(campaign: Campaign) -> list[dict[str, str]]:
    file = io.StringIO(newline="")
    write_ledger(campaign, file)
    return list(csv.DictReader(io.StringIO(file.getvalue(), newline="")))


def test_the_ledger_has_one_line_per_recipient(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 3)
    campaign = make_campaign(newsletter, scheduled_at=timezone.now())
    work()
    rows = ledger_of(Campaign.objects.get(pk=campaign.pk))
    assert tuple(rows[0]) == HEADER
    assert {row["address"] for row in rows} == {envelope.recipient for envelope in memory.outbox}
    sent = {email.message_from_bytes(envelope.content)["Message-ID"] for envelope in memory.outbox}
    assert {row["message_id"] for row in rows} == sent
    assert {row["state"] for row in rows} == {"accepted"}


def test_an_erased_reader_stands_in_the_ledger_without_an_address(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_sending_campaign(newsletter)
    first = Delivery.objects.filter(campaign=campaign).earliest("pk")
    Delivery.objects.filter(pk=first.pk).update(subscriber=None, address="", last_reply="", state="accepted")
    rows = ledger_of(campaign)
    assert (rows[0]["address"], rows[0]["state"], rows[0]["last_reply"]) == ("", "erased", "")
    assert report.counts(campaign)["accepted"] == 1


def test_no_cell_of_the_ledger_is_a_formula(newsletter: Newsletter) -> None:
    make_subscription(newsletter, "=1+1@example.com")
    campaign = make_sending_campaign(newsletter)
    Delivery.objects.update(last_reply="@SUM(A1)")
    (row,) = ledger_of(campaign)
    assert (row["address"], row["last_reply"]) == ("'=1+1@example.com", "'@SUM(A1)")


def test_the_command_shows_a_campaign_as_one_document(
    newsletter: Newsletter, capsys: pytest.CaptureFixture[str]
) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_sending_campaign(newsletter)
    call_command("campaign", "show", str(campaign.pk), "--json")
    document = json.loads(capsys.readouterr().out)
    assert document["state"] == "sending"
    assert document["counts"] == {
        "pending": 2, "handed_over": 0, "accepted": 0, "deferred": 0, "refused": 0, "uncertain": 0, "skipped": 0,
        "bounced": 0, "complained": 0,
    }  # fmt: skip


def test_the_command_steers_a_campaign(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 1)
    campaign = make_sending_campaign(newsletter)
    for action, state in (("pause", "paused"), ("resume", "sending"), ("cancel", "cancelled")):
        call_command("campaign", action, str(campaign.pk))
        assert state_of(campaign) == state


def test_the_command_writes_the_ledger(newsletter: Newsletter, tmp_path: Path) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_sending_campaign(newsletter)
    file = tmp_path / "ledger.csv"
    call_command("campaign", "ledger", str(campaign.pk), "--csv", str(file))
    lines = file.read_bytes().split(b"\r\n")
    assert lines[0] == b"address,state,attempts,last_reply,message_id,revision,time"
    assert len(lines) == 4


@pytest.mark.parametrize("arguments", [["show", "99"], ["pause", "99"], ["ledger", "99", "--csv", "x.csv"]])
def test_the_command_names_a_campaign_that_is_not_there(db: None, arguments: list[str]) -> None:
    with pytest.raises(CommandError, match="no campaign 99"):
        call_command("campaign", *arguments)
