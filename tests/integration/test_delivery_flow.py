"""A campaign from its instant to its end, with a worker in the test's own process."""

from __future__ import annotations

import email
import email.policy
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.utils import timezone
from pytest_django import Settings

from newsletter.backends import memory
from newsletter.delivery import control, report
from newsletter.delivery.clock import Clock
from newsletter.engine.tokens import read_reader_token
from newsletter.engine.verp import read_return_path
from newsletter.models import Delivery, Newsletter, Subscription
from newsletter.models.keys import key_ring
from tests.factories import make_subscription, make_subscriptions
from tests.factories_delivery import make_campaign, make_sending_campaign, states
from tests.fakes.smtp_server import DROP, FakeSmtpServer, always, for_address
from tests.integration.delivering import send_chunks, state_of, work

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
