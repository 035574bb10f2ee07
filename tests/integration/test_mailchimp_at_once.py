"""A worker that brings readers over or takes some in, and a page that erases one of them, at the same moment."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from newsletter.audience.erase import erase
from newsletter.audience.mailchimp import members, newcomers, receive, wanted
from newsletter.models import MailchimpMember, Newsletter, Subscriber
from tests.factories import make_newsletter
from tests.integration.mailchimp_audience import NOW, contact, make_audience, make_member, make_reader

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
    begin = newcomers.begin

    def begin_beside(*given: Any, **named: Any) -> dict[str, int]:
        page.begin()
        return begin(*given, **named)

    monkeypatch.setattr(receive, "begin", begin_beside)
    receive.receive(audience, [contact(ADA)], now=NOW)
    page.join()

    assert page.failed == []
    assert not Subscriber.objects.exists()
    assert MailchimpMember.objects.get().erasing


class Erasing(threading.Thread):
    """A page that erases a reader, with a connection of its own to the database."""

    def __init__(self, reader: Subscriber) -> None:
        super().__init__()
        self.reader = reader
        self.failed: list[Exception] = []

    def begin(self) -> None:
        """Until it is done, or waits for somebody."""
        self.start()
        while self.is_alive() and not _somebody_waits():
            self.join(0.01)

    def run(self) -> None:
        try:
            erase(Subscriber.objects.get(pk=self.reader.pk), now=NOW)
        except Exception as error:  # noqa: BLE001 - shown by the test
            self.failed.append(error)
        finally:
            connection.close()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees what it saw first
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock')"
        )
        (waits,) = cursor.fetchone()
        return bool(waits)
