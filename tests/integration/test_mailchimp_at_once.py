"""A worker that brings readers over and a page that erases one of them, at the same moment."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from newsletter.audience.erase import erase
from newsletter.audience.mailchimp import members, wanted
from newsletter.models import MailchimpMember, Newsletter, Subscriber
from tests.integration.mailchimp_audience import NOW, make_audience, make_member, make_reader

ADA = "ada@example.com"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_an_erasure_waits_for_a_worker_and_neither_is_aborted(newsletter: Newsletter) -> None:
    """Both lock the reader before the reader's contact: in another order PostgreSQL would have to end one of them."""
    audience = make_audience(newsletter)
    reader = make_reader(newsletter, ADA).subscriber
    make_member(audience, ADA)
    failed: list[Exception] = []

    def erase_beside() -> None:
        try:
            erase(Subscriber.objects.get(pk=reader.pk), now=NOW)
        except Exception as error:  # noqa: BLE001 - shown by the test
            failed.append(error)
        finally:
            connection.close()

    page = threading.Thread(target=erase_beside)
    with transaction.atomic():
        # As a batch of a thousand has them for a while.
        Subscriber.objects.select_for_update(no_key=True).get(pk=reader.pk)
        page.start()
        while not _somebody_waits() and page.is_alive():
            page.join(0.01)
        readers = wanted.to_bring(audience, now=NOW, most=10)
        (sent,) = members.prepare(audience, readers, until=NOW, now=NOW)
    page.join()

    assert failed == []
    assert sent.write.email == ADA
    row = MailchimpMember.objects.get()
    assert (row.erasing, row.subscriber, row.retry_at) == (True, None, None), "and it is deleted there after that"


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock')"
        )
        (waits,) = cursor.fetchone()
        return bool(waits)
