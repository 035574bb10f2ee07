"""Out into a file and in again: what we keep comes back, and nobody who left or was erased does (cases 34, 41)."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User

from core.spreadsheets import csv_pieces, write_workbook
from newsletter.audience.consent import record
from newsletter.audience.end import end
from newsletter.audience.erase import erase
from newsletter.audience.export import Selection, export_rows
from newsletter.audience.importing.job import confirm_import, go_on, preview, set_mapping, start, summary, write_errors
from newsletter.engine.subscriptions import EndReason
from newsletter.models import (
    AttributeValue,
    ConsentEvent,
    ConsentKind,
    ImportState,
    Subscriber,
    SubscriberAttribute,
    SubscriberTag,
    SubscriberTagging,
    Subscription,
)
from tests.factories import make_newsletter, make_subscription

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsletter.models import Newsletter, SubscriberImport

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 10, 17, 12, 0, tzinfo=UTC)
AGREED = datetime(2020, 5, 4, 12, 30, tzinfo=UTC)
EVERYBODY = frozenset({"confirmed", "pending", "ended"})


@pytest.fixture
def newsletter() -> Newsletter:
    User.objects.create_user("owner", "owner@example.com", "a long password")
    return make_newsletter()


def table(newsletter: Newsletter) -> list[list[str]]:
    return list(export_rows(Selection(newsletter=newsletter, states=EVERYBODY), now=NOW))


def as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    return b"".join(csv_pieces(rows))


def as_workbook(rows: Sequence[Sequence[str]]) -> bytes:
    file = io.BytesIO()
    write_workbook(rows, file)
    return file.getvalue()


def bring_in(newsletter: Newsletter, content: bytes, name: str = "readers.csv") -> SubscriberImport:
    """The whole way, with the columns as they are proposed."""
    job = start(newsletter, io.BytesIO(content), name, by=User.objects.get(), now=NOW)
    set_mapping(job, preview(job).mapping, basis="Our own readers")
    work()
    job.refresh_from_db()
    assert job.state == ImportState.STAGED, job.reason
    confirm_import(job)
    work()
    job.refresh_from_db()
    assert job.state == ImportState.DONE, job.reason
    return job


def work() -> None:
    while go_on(NOW):
        pass


def standing(newsletter: Newsletter) -> dict[str, str]:
    rows = Subscription.objects.filter(newsletter=newsletter)
    return dict(rows.values_list("subscriber__email", "state"))


def make_reader(newsletter: Newsletter, email: str) -> Subscription:
    """Everything about this reader would run in a spreadsheet."""
    subscription = make_subscription(newsletter, email, frequency="monthly", confirmed_at=AGREED)
    subscriber = subscription.subscriber
    subscriber.name, subscriber.language, subscriber.time_zone = "=HYPERLINK(1)", "de", "Europe/Berlin"
    subscriber.save()
    tag, _ = SubscriberTag.objects.get_or_create(name="@home, -1", defaults={"slug": "home"})
    SubscriberTagging.objects.create(tag=tag, subscriber=subscriber)
    city, _ = SubscriberAttribute.objects.get_or_create(key="city", defaults={"label": "City"})
    AttributeValue.objects.create(attribute=city, subscriber=subscriber, text="+Boston; =East")
    record(subscription, ConsentKind.CONFIRMED, source="/confirm/", now=AGREED)
    return subscription


@pytest.mark.parametrize("name", ["readers.csv", "readers.xlsx"])
def test_what_we_keep_of_a_reader_comes_back(newsletter: Newsletter, name: str) -> None:
    make_reader(newsletter, "+ada@example.com")
    before = table(newsletter)
    content = as_csv(before) if name.endswith(".csv") else as_workbook(before)
    Subscription.objects.all().delete()
    Subscriber.objects.all().delete()
    bring_in(newsletter, content, name)
    header, row = table(newsletter)
    found, kept = (dict(zip(header, cells, strict=True)) for cells in (row, before[1]))
    assert {**found, "asked_at": ""} == {**kept, "asked_at": ""}
    assert found["name"] == "=HYPERLINK(1)"
    assert found["opted_in_at"] == "2020-05-04T12:30:00+00:00"
    assert ConsentEvent.objects.filter(kind=ConsentKind.IMPORTED).get().claimed_at == AGREED


def test_erased_and_unsubscribed_readers_stay_out(newsletter: Newsletter) -> None:
    for name in ("stays", "erased", "left"):
        make_reader(newsletter, f"{name}@example.com")
    make_subscription(newsletter, "gone@example.com", state="ended", ended_reason="unsubscribed", ended_at=AGREED)
    make_subscription(newsletter, "waits@example.com", state="pending", confirmed_at=None)
    content = as_csv(table(newsletter))
    erase(Subscriber.objects.get(email="erased@example.com"), now=NOW)
    left = Subscription.objects.get(subscriber__email="left@example.com")
    end(left, reason=EndReason.UNSUBSCRIBED, source="/unsubscribe/", now=NOW)
    job = bring_in(newsletter, content)
    assert standing(newsletter) == {
        "stays@example.com": "confirmed",
        "left@example.com": "ended",
        "gone@example.com": "ended",
        "waits@example.com": "pending",
    }
    assert not Subscriber.objects.filter(email="erased@example.com").exists()
    found = summary(job)
    assert (found.created, found.unchanged, found.refused) == (0, 2, 3)


def test_whoever_had_left_is_not_brought_to_another_newsletter_either(newsletter: Newsletter) -> None:
    make_reader(newsletter, "reads@example.com")
    make_subscription(newsletter, "left@example.com", state="ended", ended_reason="complained", ended_at=AGREED)
    waits = make_subscription(newsletter, "waits@example.com", state="pending", confirmed_at=None)
    record(waits, ConsentKind.REQUESTED, source="/subscribe/", now=AGREED)
    other = make_newsletter(slug="other")
    bring_in(other, as_csv(table(newsletter)))
    assert standing(other) == {"reads@example.com": "confirmed", "waits@example.com": "pending"}


def test_rows_that_were_left_out_can_be_mended_and_imported(newsletter: Newsletter) -> None:
    rows = [["email", "name"], ["ada@example", "=Ada"], ["ben@example.com", "Ben"]]
    content = "\n".join(",".join(row) for row in rows).encode()
    job = bring_in(newsletter, content)
    text = io.StringIO(newline="")
    assert write_errors(job, text) == 1
    (header, row) = csv.reader(io.StringIO(text.getvalue(), newline=""))
    assert row[-1] == "'=Ada"
    mended = [cell.replace("ada@example", "ada@example.com") for cell in row]
    bring_in(newsletter, as_csv([header, mended]))
    assert standing(newsletter) == {"ada@example.com": "pending", "ben@example.com": "pending"}
