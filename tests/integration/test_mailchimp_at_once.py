"""A worker that brings readers over or takes some in, and a page that erases one of them, at the same moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from django.db import connection, transaction

from newsletter.audience import erase as erasing
from newsletter.audience.erase import erase
from newsletter.audience.mailchimp import members, receive, wanted
from newsletter.backends.mailchimp.answers import LeftAfter, Page, SentTo
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.ids import member_hash
from newsletter.delivery.remote import leavers, ledger
from newsletter.models import (
    HookEndpoint,
    HookEvent,
    MailchimpCampaign,
    MailchimpMember,
    Newsletter,
    RemoteTask,
    Subscriber,
)
from tests.factories import make_newsletter
from tests.factories_delivery import make_campaign
from tests.integration.mailchimp_audience import NOW, contact, make_audience, make_member, make_reader, state_of

ADA = "ada@example.com"


@pytest.mark.django_db
def test_who_is_erased_between_the_look_and_the_sending_is_not_sent(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter)
    reader = make_reader(newsletter, ADA).subscriber
    readers = wanted.to_bring(audience, now=NOW, most=10)
    erase(reader, now=NOW)
    MailchimpMember.objects.all().delete()  # as when Mailchimp has confirmed

    assert members.prepare(audience, readers, until=NOW, now=NOW) == []
    assert not MailchimpMember.objects.exists()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_an_erasure_waits_for_a_worker_and_neither_is_aborted(newsletter: Newsletter) -> None:
    """Both lock the reader before the reader's contact: in another order PostgreSQL would have to end one of them."""
    audience = make_audience(newsletter)
    reader = make_reader(newsletter, ADA).subscriber
    make_member(audience, ADA)
    page = Erasing(reader)

    with transaction.atomic():
        # As a batch of a thousand has them for a while.
        Subscriber.objects.select_for_update(no_key=True).get(pk=reader.pk)
        page.begin()
        readers = wanted.to_bring(audience, now=NOW, most=10)
        (sent,) = members.prepare(audience, readers, until=NOW, now=NOW)
    page.join()

    assert page.failed == []
    assert sent.write.email == ADA
    row = MailchimpMember.objects.get()
    assert (row.erasing, row.subscriber, row.retry_at) == (True, None, None), "and it is deleted there after that"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_who_is_erased_while_a_page_of_contacts_is_taken_in_is_not_made_anew(
    newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They read another newsletter here, and are on this one's audience."""
    audience = make_audience(newsletter)
    page = Erasing(make_reader(make_newsletter(name="Letters", slug="letters"), ADA).subscriber)
    _begin_before(monkeypatch, receive, "begin", page)

    receive.receive(audience, [contact(ADA)], now=NOW)
    page.join()

    assert page.failed == []
    assert not Subscriber.objects.exists()
    assert MailchimpMember.objects.get().erasing


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_an_erasure_waits_for_a_webhook_that_ends_the_reader_and_neither_is_aborted(
    newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program is told of the end by a row that names the reader, who is locked by the erasure."""
    audience = make_audience(newsletter)
    HookEndpoint.objects.create(url="https://crm.example/", events=[HookEvent.UNSUBSCRIBED.value], active=True)
    page = Erasing(make_reader(newsletter, ADA).subscriber)
    make_member(audience, ADA)
    _begin_before(monkeypatch, receive, "_end", page)

    receive.receive(audience, [contact(ADA, "unsubscribed")], now=NOW, begins=False)
    page.join()

    assert page.failed == []
    assert not Subscriber.objects.exists()
    assert MailchimpMember.objects.get().erasing


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize(("status", "complained"), [("cleaned", False), ("unsubscribed", True)])
def test_a_webhook_that_suppresses_and_a_look_at_the_same_contact_abort_neither(
    newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch, status: str, complained: bool
) -> None:
    """Each webhook hurries the look: after a campaign both are at work on the same contacts."""
    audience = make_audience(newsletter)
    make_reader(newsletter, ADA)
    make_member(audience, ADA)
    look = Beside(lambda: receive.receive(audience, [contact(ADA, "unsubscribed")], now=NOW))
    _begin_before(monkeypatch, receive, "suppress", look)

    names = {member_hash(ADA)} if complained else set()
    receive.receive(audience, [contact(ADA, status)], now=NOW, begins=False, complained=names)
    look.join()

    assert look.failed == []
    assert state_of(ADA) == ("ended", "complained" if complained else "bounced")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_forgetting_a_contact_that_only_mailchimp_has_and_a_look_at_it_abort_neither(
    newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    audience = make_audience(newsletter, segment_id=7)
    receive.receive(audience, [contact(ADA)], now=NOW)
    look = Beside(lambda: receive.receive(audience, [contact(ADA)], now=NOW))
    _begin_before(monkeypatch, erasing, "suppress", look)

    erasing.forget_address(ADA, now=NOW)
    look.join()

    assert look.failed == []
    assert MailchimpMember.objects.get().erasing


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_complaint_of_a_report_and_one_of_a_webhook_abort_neither(
    newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    audience = make_audience(newsletter)
    make_reader(newsletter, ADA)
    make_member(audience, ADA)
    remote = MailchimpCampaign.objects.create(campaign=make_campaign(newsletter), title="one", remote_id="abc")
    name = member_hash(ADA)
    hook = Beside(
        lambda: receive.receive(audience, [contact(ADA, "unsubscribed")], now=NOW, begins=False, complained={name})
    )
    _begin_before(monkeypatch, leavers, "_suppress", hook)

    leavers.end_those_who_left(remote, Reporting(), NOW)
    hook.join()

    assert hook.failed == []
    assert state_of(ADA) == ("ended", "complained")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_mailbox_that_is_gone_in_the_ledger_and_in_a_webhook_aborts_neither(
    newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    audience = make_audience(newsletter)
    make_reader(newsletter, ADA)
    make_member(audience, ADA)
    campaign = make_campaign(newsletter, state="sending", scheduled_at=NOW, started_at=NOW)
    remote = MailchimpCampaign.objects.create(campaign=campaign, title="one", remote_id="abc")
    task = RemoteTask.objects.create(kind="report", name="report:1")
    hook = Beside(lambda: receive.receive(audience, [contact(ADA, "cleaned", changed_at=NOW)], now=NOW, begins=False))
    _begin_before(monkeypatch, ledger, "suppress", hook)

    ledger.fill(remote, task, Reporting(), until=time.monotonic() + 60, now=NOW)
    hook.join()

    assert hook.failed == []
    assert state_of(ADA) == ("ended", "bounced")


class Reporting(Mailchimp):
    """Of any campaign: one reader got it, whose mailbox is gone, and who called it spam."""

    def __init__(self) -> None:
        super().__init__(api_key="0" * 32 + "-us1")

    def left_after(self, campaign_id: str, *, offset: int = 0) -> Page[LeftAfter]:
        return Page(items=(LeftAfter(hash=member_hash(ADA), email=ADA, at=NOW, is_abuse=True),), total=1, seen=1)

    def sent_to(self, campaign_id: str, *, offset: int = 0) -> Page[SentTo]:
        return Page(items=(SentTo(hash=member_hash(ADA), email=ADA, status="hard"),), total=1, seen=1)


class Beside(threading.Thread):
    """What another process does at the same time, with a connection of its own to the database."""

    def __init__(self, what: Callable[[], object]) -> None:
        super().__init__()
        self.what = what
        self.failed: list[Exception] = []

    def begin(self) -> None:
        """Until it is done, or waits for somebody."""
        self.start()
        while self.is_alive() and not _somebody_waits():
            self.join(0.01)

    def run(self) -> None:
        try:
            self.what()
        except Exception as error:  # noqa: BLE001 - shown by the test
            self.failed.append(error)
        finally:
            connection.close()


class Erasing(Beside):
    """A page that erases a reader."""

    def __init__(self, reader: Subscriber) -> None:
        super().__init__(lambda: erase(Subscriber.objects.get(pk=reader.pk), now=NOW))


def _begin_before(monkeypatch: pytest.MonkeyPatch, where: ModuleType, name: str, beside: Beside) -> None:
    """The test's own thread, having come to this call, waits until the other one is done or waits for it."""
    call = getattr(where, name)

    def begin_first(*given: Any, **named: Any) -> object:
        if threading.current_thread() is threading.main_thread() and not beside.ident:
            beside.begin()
        return call(*given, **named)

    monkeypatch.setattr(where, name, begin_first)


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees what it saw first
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock')"
        )
        (waits,) = cursor.fetchone()
        return bool(waits)
