"""Single mails: sent at least once, retried, given up after 48 hours, forgotten once sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from newsletter.backends import memory
from newsletter.delivery import mails
from newsletter.delivery.stopping import Stop
from newsletter.models import OutgoingMail
from tests.factories_delivery import NOON

HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def backends(settings: Settings) -> None:
    memory.outbox.clear()
    path = "newsletter.backends.memory.MemoryBackend"
    results = {"later@example.com": "deferred", "never@example.com": "refused", "lost@example.com": "unknown"}
    settings.NEWSLETTER_BACKENDS = {
        "default": {"BACKEND": path, "OPTIONS": {"results": results}},
        "down": {"BACKEND": path, "OPTIONS": {"down": "The mail server is out."}},
    }


def make_mail(recipient: str = "ana@example.com", **fields: Any) -> OutgoingMail:
    given = {
        "kind": "confirm",
        "envelope_from": "editor@rounds.example",
        "recipient": recipient,
        "content": b"Subject: Please confirm\r\n\r\nhttps://rounds.example/confirm/secret/\r\n",
        "next_attempt_at": NOON,
        "created_at": NOON,
    }
    return OutgoingMail.objects.create(**{**given, **fields})


def after(mail: OutgoingMail, now: datetime = NOON) -> OutgoingMail:
    mails.send_due(now)
    mail.refresh_from_db()
    return mail


def test_a_mail_is_sent_and_its_content_forgotten() -> None:
    mail = after(make_mail())
    assert (mail.state, bytes(mail.content), mail.attempts) == ("sent", b"", 1)
    assert mail.settled_at is not None
    (envelope,) = memory.outbox
    assert (envelope.sender, envelope.recipient) == ("editor@rounds.example", "ana@example.com")
    assert b"/confirm/secret/" in envelope.content


def test_a_sent_mail_is_not_sent_again() -> None:
    mail = after(make_mail())
    after(mail, NOON + HOUR)
    assert len(memory.outbox) == 1


def test_a_mail_that_is_not_due_waits() -> None:
    assert after(make_mail(next_attempt_at=NOON + HOUR)).state == "pending"


@pytest.mark.parametrize("recipient", ["later@example.com", "lost@example.com"])
def test_a_mail_without_a_good_answer_is_tried_again_later(recipient: str) -> None:
    mail = after(make_mail(recipient))
    assert (mail.state, mail.attempts) == ("pending", 1)
    assert NOON < mail.next_attempt_at < NOON + HOUR
    assert mail.content


def test_a_refused_mail_is_given_up_and_its_content_forgotten() -> None:
    mail = after(make_mail("never@example.com"))
    assert (mail.state, bytes(mail.content), mail.last_reply) == ("failed", b"", "memory: refused")


def test_a_mail_is_given_up_after_48_hours() -> None:
    late = NOON + 49 * HOUR
    mail = after(make_mail("later@example.com"), late)
    assert (mail.state, bytes(mail.content)) == ("failed", b"")


def test_a_backend_that_is_down_costs_no_mail() -> None:
    mail = after(make_mail(backend="down"))
    assert (mail.state, mail.last_reply) == ("pending", "The mail server is out.")
    assert NOON < mail.next_attempt_at < NOON + timedelta(minutes=1)


@pytest.mark.parametrize("backend", ["down", "pigeon"])
def test_mails_of_another_backend_go_out_meanwhile(backend: str) -> None:
    stuck = make_mail(backend=backend)
    fine = after(make_mail("bea@example.com"))
    stuck.refresh_from_db()
    assert (stuck.state, fine.state) == ("pending", "sent")


def test_a_mail_claimed_by_a_living_worker_is_left_to_it() -> None:
    mail = after(make_mail(state="sending", lease_until=NOON + HOUR))
    assert (mail.state, memory.outbox) == ("sending", [])
    assert mails.reclaim(NOON) == 0


def test_a_mail_of_a_dead_worker_is_sent_after_its_lease() -> None:
    mail = make_mail(state="sending", lease_until=NOON - HOUR, attempts=1)
    assert mails.reclaim(NOON) == 1
    assert after(mail).state == "sent"


def test_a_worker_that_is_asked_to_stop_gives_its_mails_back() -> None:
    mail = make_mail()
    stop = Stop()
    stop.request()
    mails.send_due(NOON, stop=stop)
    mail.refresh_from_db()
    assert (mail.state, mail.lease_until, memory.outbox) == ("pending", None, [])
