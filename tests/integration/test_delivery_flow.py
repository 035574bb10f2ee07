"""A campaign from its instant to its end, with a worker in the test's own process."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import json
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from newsletter.backends import memory
from newsletter.delivery import control, report, store
from newsletter.delivery.clock import Clock
from newsletter.delivery.ledger import HEADER, write_ledger
from newsletter.delivery.sending import send_waiting
from newsletter.delivery.stopping import Stop
from newsletter.engine.tokens import read_reader_token
from newsletter.engine.verp import read_return_path
from newsletter.models import Campaign, Delivery, Newsletter, Subscription
from newsletter.models.keys import key_ring
from tests.factories import make_subscription, make_subscriptions
from tests.factories_delivery import NOON, make_campaign, make_sending_campaign, states
from tests.fakes.smtp_server import DROP, FakeSmtpServer, always, for_address

LATER = timedelta(minutes=10)


@pytest.fixture(autouse=True)
def empty_outbox() -> None:
    memory.outbox.clear()


@pytest.fixture
def server(settings: Settings) -> FakeSmtpServer:
    """A mail server behind the default backend; start it with `with server.running()` and `point`."""
    return FakeSmtpServer()


def point(settings: Settings, port: int, **options: object) -> None:
    """Let the default backend talk to this port."""
    given = {"host": "127.0.0.1", "port": port, "tls": "none", "connections": 4, "timeout": 5, **options}
    settings.NEWSLETTER_BACKENDS = {
        **settings.NEWSLETTER_BACKENDS,
        "default": {"BACKEND": "newsletter.backends.smtp.SmtpBackend", "OPTIONS": given},
    }


def work() -> None:
    call_command("worker", "--until-idle", "--max-seconds", "60")


def send_chunks(campaign: Campaign) -> None:
    """Send every chunk that is open now, without a clock."""
    send_waiting("worker", stop=Stop(), clock=timezone.now)
    campaign.refresh_from_db()


def state_of(campaign: Campaign) -> str:
    campaign.refresh_from_db()
    return campaign.state


def test_a_due_campaign_reaches_every_reader_once_and_is_sent(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 30)
    campaign = make_campaign(newsletter, scheduled_at=timezone.now())
    work()
    assert state_of(campaign) == "sent"
    assert len({envelope.recipient for envelope in memory.outbox}) == len(memory.outbox) == 30
    assert report.counts(campaign)["accepted"] == 30


def test_a_campaign_that_is_not_due_is_left_alone(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_campaign(newsletter, scheduled_at=timezone.now() + timedelta(hours=1))
    work()
    assert (state_of(campaign), memory.outbox) == ("scheduled", [])


def test_the_message_carries_the_reader_s_own_links_and_return_path(newsletter: Newsletter, settings: Settings) -> None:
    settings.BASE_URL = "https://rounds.example"
    subscription = make_subscription(newsletter, "ana@example.com")
    Subscription.objects.get(pk=subscription.pk).subscriber.__class__.objects.update(name="Ana Ruiz")
    campaign = make_campaign(newsletter, scheduled_at=timezone.now())
    work()
    delivery = Delivery.objects.get(campaign=campaign)
    (envelope,) = memory.outbox
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert message["To"] == "Ana Ruiz <ana@example.com>"
    assert read_return_path(envelope.sender, ring=key_ring()) == delivery.pk
    link = message["List-Unsubscribe"].strip("<>")
    assert link.startswith("https://rounds.example/unsubscribe/")
    claim = read_reader_token(link.rstrip("/").rsplit("/", 1)[1], ring=key_ring())
    assert (claim.delivery_id, claim.subscriber_id) == (delivery.pk, subscription.subscriber_id)
    text = message.get_body(("plain",))
    assert text is not None
    assert link in text.get_content()
    assert message["Message-ID"].endswith("@rounds.example>")


def test_mail_goes_out_over_several_real_connections(newsletter: Newsletter, settings: Settings) -> None:
    make_subscriptions(newsletter, 60)
    campaign = make_campaign(newsletter, backend="default", scheduled_at=timezone.now())
    with (server := FakeSmtpServer()).running():
        point(settings, server.port)
        work()
    assert state_of(campaign) == "sent"
    assert len(set(server.recipients)) == len(server.recipients) == 60
    assert server.most_connections > 1


def test_a_recipient_s_fault_is_that_recipient_s_alone(newsletter: Newsletter, settings: Settings) -> None:
    for name in ("ok1", "never", "later", "lost", "ok2"):
        make_subscription(newsletter, f"{name}@example.com")
    campaign = make_sending_campaign(newsletter, backend="default", now=timezone.now())
    faults = {
        "rcpt": lambda address, count: {"never@example.com": "550 no", "later@example.com": "450 wait"}.get(address),
        "dot": for_address("lost@example.com", DROP),
    }
    with (server := FakeSmtpServer(faults=faults)).running():
        point(settings, server.port, connections=1)
        send_chunks(campaign)
    assert states(campaign) == ["accepted", "refused", "deferred", "uncertain", "accepted"]
    assert server.recipients.count("lost@example.com") == 1


def test_a_deferred_recipient_is_tried_again_and_the_campaign_completes(
    newsletter: Newsletter, settings: Settings
) -> None:
    make_subscriptions(newsletter, 3)
    campaign = make_sending_campaign(newsletter, backend="default", now=timezone.now())
    with (server := FakeSmtpServer()).running():
        point(settings, server.port)
        server.faults["rcpt"] = lambda address, count: "450 grey-listed" if count == 1 else None
        send_chunks(campaign)
        assert report.counts(campaign)["deferred"] == 1
        Clock("worker").tick(now=timezone.now())
        assert state_of(campaign) == "sending"
        Clock("worker").tick(now=timezone.now() + LATER)
        send_chunks(campaign)
        Clock("worker").tick(now=timezone.now() + LATER)
    assert state_of(campaign) == "sent"
    assert len(server.recipients) == 3
    assert set(Delivery.objects.filter(campaign=campaign).values_list("attempts", flat=True)) == {1, 2}


def test_a_backend_that_is_down_makes_the_campaign_wait_and_it_goes_on_by_itself(
    newsletter: Newsletter, settings: Settings
) -> None:
    make_subscriptions(newsletter, 5)
    campaign = make_campaign(newsletter, backend="default", scheduled_at=timezone.now())
    with (server := FakeSmtpServer(faults={"connect": always("421 too busy")})).running():
        point(settings, server.port)
        work()
        assert state_of(campaign) == "waiting"
        assert "does not take connections" in campaign.reason
        assert campaign.retry_at is not None
        assert states(campaign) == ["pending"] * 5

        server.faults.clear()
        Clock("worker").tick(now=campaign.retry_at)
        send_chunks(campaign)
        Clock("worker").tick(now=timezone.now())
    assert (state_of(campaign), campaign.reason, campaign.retries) == ("sent", "", 0)
    assert sorted(server.recipients) == sorted(Delivery.objects.values_list("address", flat=True))


def test_each_time_the_backend_is_down_the_wait_grows(newsletter: Newsletter, settings: Settings) -> None:
    make_subscriptions(newsletter, 1)
    campaign = make_sending_campaign(newsletter, backend="default", now=timezone.now())
    point(settings, 1)
    waits = []
    for _ in range(4):
        before = timezone.now()
        send_chunks(campaign)
        assert state_of(campaign) == "waiting"
        assert campaign.retry_at is not None
        waits.append(campaign.retry_at - before)
        Clock("worker").tick(now=campaign.retry_at)
    assert waits == sorted(waits)
    assert waits[-1] > 4 * waits[0]


def test_a_backend_that_nobody_configured_fails_the_campaign_before_anything_is_sent(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_campaign(newsletter, backend="pigeon", scheduled_at=timezone.now())
    work()
    assert state_of(campaign) == "failed"
    assert "pigeon" in campaign.reason
    assert states(campaign) == []


def test_a_campaign_found_hours_late_asks_a_person_first(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_campaign(newsletter, scheduled_at=timezone.now() - timedelta(hours=7))
    work()
    assert state_of(campaign) == "held"
    assert "7 hours ago" in campaign.reason

    control.release(campaign.pk, now=timezone.now())
    work()
    assert (state_of(campaign), len(memory.outbox), campaign.recipients) == ("sent", 2, 2)


def test_a_campaign_that_is_a_little_late_goes_out(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_campaign(newsletter, scheduled_at=timezone.now() - timedelta(hours=5))
    work()
    assert state_of(campaign) == "sent"


def test_a_malformed_name_refuses_one_delivery_and_no_other(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 3)
    campaign = make_sending_campaign(newsletter, now=timezone.now())
    broken = Delivery.objects.filter(campaign=campaign).order_by("pk")[1]
    Delivery.objects.filter(pk=broken.pk).update(name="Ana\r\nBcc: everybody@example.com")
    send_chunks(campaign)
    assert states(campaign) == ["accepted", "refused", "accepted"]


def test_a_second_campaign_of_the_same_issue_counts_for_itself(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    first = make_campaign(newsletter, scheduled_at=timezone.now())
    second = make_campaign(newsletter, scheduled_at=timezone.now())
    work()
    assert (state_of(first), state_of(second), len(memory.outbox)) == ("sent", "sent", 4)


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
