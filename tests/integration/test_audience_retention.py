"""What is kept only for a while is forgotten in time, and nothing before it."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.sessions.models import Session

from newsletter.audience import purge, retention
from newsletter.audience.consent import record
from newsletter.audience.importing.job import start
from newsletter.audience.retention import KINDS, days_of, kept
from newsletter.audience.suppression import is_suppressed
from newsletter.delivery.purge import STEPS, forget_ledger_addresses, forget_sessions
from newsletter.models import (
    ConsentEvent,
    ConsentKind,
    Delivery,
    HookAttempt,
    HookEndpoint,
    OutgoingHook,
    OutgoingMail,
    RetentionSettings,
    Subscriber,
    SubscriberExport,
    SubscriberImport,
    Subscription,
    Suppression,
)
from tests.factories import make_subscription
from tests.integration.test_web_archive import make_campaign

if TYPE_CHECKING:
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def make_mail(settled: datetime | None, **fields: Any) -> OutgoingMail:
    return OutgoingMail.objects.create(
        kind="confirmation",
        envelope_from="editor@rounds.example",
        recipient="ada@example.com",
        content=b"",
        settled_at=settled,
        **{"state": "sent", **fields},
    )


def leave(subscription: Subscription, at: datetime) -> None:
    Subscription.objects.filter(pk=subscription.pk).update(state="ended", ended_reason="unsubscribed", ended_at=at)


def test_every_setting_has_words_and_every_kind_a_time() -> None:
    fields = {field.name for field in RetentionSettings._meta.get_fields() if field.concrete and not field.primary_key}

    assert fields == {kind.setting for kind in KINDS if kind.setting}
    assert all(days_of(kind, RetentionSettings()) > 0 for kind in KINDS)


def test_reading_what_is_set_writes_nothing() -> None:
    assert kept("pending_sign_ups") == timedelta(days=7)
    assert not RetentionSettings.objects.exists()


def test_the_owners_days_hold_from_the_next_round_on(newsletter: Newsletter) -> None:
    record(make_subscription(newsletter), ConsentKind.CONFIRMED, source="/confirm/", ip="192.0.2.7", now=ago(12))
    assert purge.forget_ip_hashes(NOW) == 0

    RetentionSettings.objects.create(client_hashes=10)

    assert purge.forget_ip_hashes(NOW) == 1
    assert ConsentEvent.objects.get().ip_hash == ""


def test_many_hashes_are_emptied_in_batches(newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge, "BATCH", 2)
    subscription = make_subscription(newsletter)
    for _ in range(5):
        record(subscription, ConsentKind.CHANGED, source="/preferences/", ip="192.0.2.7", now=ago(31))

    assert purge.forget_ip_hashes(NOW) == 5
    assert not ConsentEvent.objects.exclude(ip_hash="").exists()


def test_settled_mails_go_and_waiting_ones_stay(db: None) -> None:
    make_mail(ago(31))
    make_mail(ago(31), state="failed")
    recent = make_mail(ago(29))
    waiting = make_mail(None, state="pending")

    assert purge.forget_single_mails(NOW) == 2
    assert set(OutgoingMail.objects.all()) == {recent, waiting}


def test_a_reader_who_left_long_ago_is_forgotten_but_for_a_hash(newsletter: Newsletter) -> None:
    former = make_subscription(newsletter, "ada@example.com")
    leave(former, ago(731))
    record(former, ConsentKind.ENDED, source="/unsubscribe/", now=ago(731))

    assert purge.forget_former_readers(NOW) == 1

    assert not Subscriber.objects.exists()
    assert is_suppressed("ada@example.com")
    assert Suppression.objects.get().reason == "former"
    assert ConsentEvent.objects.get().subscription is None


def test_who_left_lately_or_reads_something_else_stays(newsletter: Newsletter) -> None:
    leave(make_subscription(newsletter, "late@example.com"), ago(700))
    both = make_subscription(newsletter, "both@example.com")
    leave(both, ago(900))
    other = type(newsletter).objects.create(name="Other", slug="other", sender_email="editor@rounds.example")
    Subscription.objects.create(subscriber=both.subscriber, newsletter=other, state="confirmed")

    assert purge.forget_former_readers(NOW) == 0
    assert Subscriber.objects.count() == 2


def test_old_ledgers_lose_addresses_and_keep_their_counts(newsletter: Newsletter) -> None:
    old, recent = make_campaign(newsletter), make_campaign(newsletter)
    for campaign, finished in ((old, ago(731)), (recent, ago(10))):
        reader = make_subscription(newsletter).subscriber
        delivery = Delivery.objects.create(
            campaign=campaign, subscriber=reader, address=reader.email, state="accepted", last_reply="250 ok"
        )
        campaign.chunks.create(first_id=delivery.pk, last_id=delivery.pk)
        type(campaign).objects.filter(pk=campaign.pk).update(finished_at=finished)

    assert forget_ledger_addresses(NOW) == 1
    assert forget_ledger_addresses(NOW) == 0  # done once

    emptied, whole = Delivery.objects.get(campaign=old), Delivery.objects.get(campaign=recent)
    assert (emptied.address, emptied.last_reply, emptied.state) == ("", "", "accepted")
    assert emptied.subscriber_id is not None
    assert whole.address


def test_webhooks_and_their_log_go_together(newsletter: Newsletter) -> None:
    endpoint = HookEndpoint.objects.create(url="https://crm.example/hook", events=["subscribed"], sealed_secret=b"x")
    old = OutgoingHook.objects.create(
        endpoint=endpoint, event="subscribed", payload={}, state="sent", settled_at=ago(31)
    )
    HookAttempt.objects.create(hook=old, status=200)
    waiting = OutgoingHook.objects.create(endpoint=endpoint, event="subscribed", payload={}, created_at=ago(40))

    assert purge.forget_webhooks(NOW) == 1
    assert list(OutgoingHook.objects.all()) == [waiting]
    assert not HookAttempt.objects.exists()


def test_records_of_exports_and_sessions_go(db: None) -> None:
    SubscriberExport.objects.create(by_name="owner", what="everybody", at=ago(1096))
    kept_one = SubscriberExport.objects.create(by_name="owner", what="everybody", at=ago(10))
    Session.objects.create(session_key="old", session_data="", expire_date=ago(1))
    Session.objects.create(session_key="new", session_data="", expire_date=NOW + timedelta(days=1))

    assert (purge.forget_exports(NOW), forget_sessions(NOW)) == (1, 1)
    assert list(SubscriberExport.objects.all()) == [kept_one]
    assert Session.objects.get().session_key == "new"


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_every_step_may_run_when_there_is_nothing(step: Any, db: None) -> None:
    assert step(NOW) == 0


def test_a_row_that_another_worker_took_does_not_stop_a_round(db: None) -> None:
    make_mail(ago(31))

    assert purge.in_batches(OutgoingMail.objects.all(), lambda batch: 0) == 0


def test_unknown_kinds_are_a_mistake_of_ours(db: None) -> None:
    with pytest.raises(AttributeError):
        retention.kept("nonsense")


def test_files_of_old_imports_go_and_the_account_of_them_stays(newsletter: Newsletter) -> None:
    def take(state: str, age: float, *, finished: datetime | None) -> SubscriberImport:
        job = start(newsletter, io.BytesIO(b"email\nada@example.com\n"), "readers.csv", by=None, now=ago(age))
        SubscriberImport.objects.filter(pk=job.pk).update(state=state, created_at=ago(age), finished_at=finished)
        return job

    done, abandoned = take("done", 9, finished=ago(8)), take("staged", 8, finished=None)
    recent, busy = take("uploaded", 6, finished=None), take("merging", 9, finished=None)

    assert purge.forget_imports(NOW) == 1
    assert purge.forget_imports(NOW) == 0

    with_files = SubscriberImport.objects.filter(parts__isnull=False)
    assert set(with_files) == {recent, busy}
    done.refresh_from_db()
    abandoned.refresh_from_db()
    assert (done.state, abandoned.state) == ("done", "cancelled")
    assert done.file_name == "readers.csv"
