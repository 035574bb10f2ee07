"""Taking readers out as a file: who may, what is in it, and that the log knows (cases 30, 31, 34)."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.http import FileResponse, StreamingHttpResponse
from django.urls import reverse
from openpyxl import load_workbook

from blog.models import Topic
from core.spreadsheets import plain
from newsletter.admin.transfer import exports
from newsletter.audience.consent import record
from newsletter.audience.export import Selection, export, export_rows
from newsletter.models import (
    AttributeValue,
    ConsentKind,
    Newsletter,
    Segment,
    SubscriberAttribute,
    SubscriberExport,
    SubscriberTag,
    SubscriberTagging,
)
from tests.factories import make_newsletter, make_subscription, make_subscriptions
from tests.integration.admin_scene import log_in, make_logins
from tests.stages import stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.models import User
    from django.test import Client

pytestmark = pytest.mark.django_db

NEW = "/admin/newsletter/exports/new/"
EVERYBODY = ["confirmed", "pending", "ended"]
ASKED = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
AGREED = datetime(2020, 5, 4, 12, 30, tzinfo=UTC)
LEFT = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
NOW = datetime(2026, 10, 17, 12, 0, tzinfo=UTC)


@stage
def newsletter() -> Newsletter:
    make_logins()
    return make_newsletter()


@pytest.fixture
def owner(newsletter: Newsletter) -> Client:
    return log_in("owner")


def asked_for(newsletter: Newsletter, **given: object) -> dict[str, Any]:
    columns = ["name", "choices", "tags", "attributes", "dates"]
    return {"newsletter": newsletter.pk, "states": EVERYBODY, "columns": columns, "kind": "csv", **given}


def download(client: Client, newsletter: Newsletter, **given: object) -> list[list[str]]:
    response = client.post(NEW, asked_for(newsletter, **given))
    assert isinstance(response, StreamingHttpResponse)
    assert response.status_code == 200
    text = b"".join(response).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def make_known_reader(newsletter: Newsletter) -> None:
    """Somebody of whom everything is known, under a name that would run in a spreadsheet."""
    subscription = make_subscription(
        newsletter, "ada@example.com", created_at=ASKED, confirmed_at=ASKED, frequency="weekly"
    )
    subscriber = subscription.subscriber
    subscriber.name, subscriber.language, subscriber.time_zone = "=cmd|' /C calc'!A0", "de", "Europe/Berlin"
    subscriber.save()
    subscription.topics.set(Topic.objects.create(name=name, slug=name.lower()) for name in ("Sleep", "Memory"))
    for name in ("Boston", "News, weekly"):
        tag = SubscriberTag.objects.create(name=name, slug=name.lower().replace(", ", "-"))
        SubscriberTagging.objects.create(tag=tag, subscriber=subscriber)
    city = SubscriberAttribute.objects.create(key="city", label="City")
    AttributeValue.objects.create(attribute=city, subscriber=subscriber, text="+Boston")
    record(subscription, ConsentKind.IMPORTED, source="import", now=ASKED, claimed_at=AGREED)


@pytest.mark.parametrize("role", ["Doctor", "Editor", "Contributor", "Analyst"])
def test_nobody_but_the_owner_exports_readers(newsletter: Newsletter, role: str) -> None:
    client = log_in(role)
    for address in (NEW, "/admin/newsletter/exports/", "/admin/newsletter/exports/results/"):
        for method in ("get", "post", "head", "options"):
            assert getattr(client, method)(address, asked_for(newsletter)).status_code == 403, (method, address)
    assert not SubscriberExport.objects.exists()


def test_leaving_out_the_slash_opens_nothing(newsletter: Newsletter) -> None:
    response = log_in("Editor").post(NEW.removesuffix("/"), asked_for(newsletter), follow=True)
    assert response.status_code in {403, 404}
    assert not SubscriberExport.objects.exists()


def test_somebody_who_is_not_signed_in_is_asked_to(client: Client, newsletter: Newsletter) -> None:
    response = client.post(NEW, asked_for(newsletter))
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admin/login/")


def test_an_editor_does_not_see_the_menu_item(owner: Client) -> None:
    address = reverse("newsletter_exports:index")
    assert address in owner.get("/admin/").text
    assert address not in log_in("Editor").get("/admin/").text


def test_looking_says_which_readers_and_how_many_and_hands_out_nothing(owner: Client, newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 3)
    make_subscription(newsletter, "gone@example.com", state="ended")
    for response in (owner.get(NEW), owner.get(NEW, asked_for(newsletter, states=["confirmed"], kind="xlsx"))):
        assert not isinstance(response, (StreamingHttpResponse, FileResponse))
        assert "3 readers" in response.text
        assert "Rounds: readers who read it" in response.text
        assert "@example.com" not in response.text
    assert not SubscriberExport.objects.exists()


def test_the_file_says_everything_and_runs_nothing(owner: Client, newsletter: Newsletter) -> None:
    make_known_reader(newsletter)
    header, row = download(owner, newsletter)
    assert header[:9] == [
        *("email", "name", "status", "ended_reason", "frequency", "language", "time_zone", "topics", "tags"),
    ]
    assert header[9:] == ["attribute:city", "asked_at", "confirmed_at", "ended_at", "opted_in_at"]
    found = dict(zip(header, row, strict=True))
    assert found["name"] == "'=cmd|' /C calc'!A0"
    assert found["attribute:city"] == "'+Boston"
    assert plain(found["name"]) == "=cmd|' /C calc'!A0"
    assert found["email"] == "ada@example.com"
    assert (found["status"], found["frequency"]) == ("confirmed", "weekly")
    assert (found["language"], found["time_zone"]) == ("de", "Europe/Berlin")
    assert found["topics"] == "Memory,Sleep"
    assert next(csv.reader([found["tags"]])) == ["Boston", "News, weekly"]
    assert found["asked_at"] == "2026-03-01T09:00:00+00:00"
    assert found["opted_in_at"] == "2020-05-04T12:30:00+00:00"


def test_a_workbook_holds_the_same_and_no_formula(owner: Client, newsletter: Newsletter) -> None:
    make_known_reader(newsletter)
    response = owner.post(NEW, asked_for(newsletter, kind="xlsx"))
    assert isinstance(response, FileResponse)
    assert response.headers["Content-Disposition"].startswith('attachment; filename="readers-rounds-')
    book = load_workbook(io.BytesIO(b"".join(response)))
    cells = [cell for row in book.worksheets[0] for cell in row]
    assert "f" not in {cell.data_type for cell in cells}
    assert [[str(cell or "") for cell in row] for row in book.worksheets[0].values] == download(owner, newsletter)


def test_the_file_is_kept_by_nobody_on_its_way(owner: Client, newsletter: Newsletter) -> None:
    response = owner.post(NEW, asked_for(newsletter))
    assert {"private", "no-store"} <= set(response.headers["Cache-Control"].split(", "))
    disposition = response.headers["Content-Disposition"]
    assert disposition.startswith('attachment; filename="readers-rounds-')
    assert disposition.endswith('.csv"')


def test_who_left_is_told_apart_from_who_reads(owner: Client, newsletter: Newsletter) -> None:
    left = make_subscription(newsletter, "left@example.com", state="ended", ended_reason="unsubscribed", ended_at=LEFT)
    record(left, ConsentKind.CONFIRMED, source="/confirm/", now=ASKED)
    header, row = download(owner, newsletter)
    found = dict(zip(header, row, strict=True))
    assert (found["status"], found["ended_reason"]) == ("ended", "unsubscribed")
    assert found["ended_at"] == "2026-04-01T09:00:00+00:00"


def test_an_old_agreement_does_not_speak_for_somebody_who_has_not_confirmed_again(
    owner: Client, newsletter: Newsletter
) -> None:
    again = make_subscription(newsletter, "again@example.com", state="pending", confirmed_at=None)
    record(again, ConsentKind.CONFIRMED, source="/confirm/", now=ASKED)
    header, row = download(owner, newsletter)
    assert dict(zip(header, row, strict=True))["opted_in_at"] == ""


def test_only_what_was_asked_for_is_in_the_file(owner: Client, newsletter: Newsletter) -> None:
    make_subscription(newsletter, "reads@example.com")
    make_subscription(newsletter, "waits@example.com", state="pending", confirmed_at=None)
    make_subscription(make_newsletter(slug="other"), "elsewhere@example.com")
    assert download(owner, newsletter, states=["pending"], columns=[]) == [
        ["email", "status", "ended_reason"],
        ["waits@example.com", "pending", ""],
    ]


def test_a_segment_narrows_the_file(owner: Client, newsletter: Newsletter) -> None:
    make_subscription(newsletter, "daily@example.com")
    make_subscription(newsletter, "weekly@example.com", frequency="weekly")
    segment = Segment.objects.create(name="Weekly ones", rules={"rule": "frequency", "test": "is", "value": "weekly"})
    rows = download(owner, newsletter, segment=segment.pk, columns=[])
    assert [row[0] for row in rows] == ["email", "weekly@example.com"]
    assert SubscriberExport.objects.get().what.endswith(
        "; segment “Weekly ones”; without name, choices, tags, attributes, dates"
    )


def test_a_segment_that_names_what_is_gone_is_said_beside_the_field(owner: Client, newsletter: Newsletter) -> None:
    segment = Segment.objects.create(name="Old", rules={"no such": "rule"})
    response = owner.post(NEW, asked_for(newsletter, segment=segment.pk))
    assert "error-message" in response.text
    assert not SubscriberExport.objects.exists()


def test_every_export_is_written_down(owner: Client, newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 3)
    download(owner, newsletter, states=["confirmed"], columns=["name"])
    log = SubscriberExport.objects.get()
    assert (log.by_name, log.rows) == ("owner", 3)
    assert log.what == "CSV: Rounds: readers who read it; without choices, tags, attributes, dates"
    page = owner.get(reverse("newsletter_exports:index")).text
    assert log.what in page
    assert "owner" in page


def test_an_export_that_was_broken_off_is_written_down_as_not_finished(
    owner: Client, newsletter: Newsletter, django_user_model: type[User]
) -> None:
    make_subscriptions(newsletter, 3)
    selection = Selection(newsletter=newsletter, states=frozenset({"confirmed"}))
    log, rows = export(selection, form="CSV", by=django_user_model.objects.get(username="owner"), now=NOW)
    assert SubscriberExport.objects.filter(pk=log.pk).exists()
    next(rows), next(rows)
    rows.close()  # type: ignore[attr-defined]
    log.refresh_from_db()
    assert log.rows is None
    assert "not finished" in owner.get(reverse("newsletter_exports:index")).text


def test_rows_are_read_as_they_are_taken(newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the first few nothing is looked at before somebody asks for it."""
    monkeypatch.setattr("newsletter.audience.export.AT_A_TIME", 2)
    make_subscriptions(newsletter, 5)
    selection = Selection(newsletter=newsletter, states=frozenset({"confirmed"}), groups=frozenset())
    looked_at: list[int] = []

    def about(rows: Sequence[object], *_: object) -> _Nothing:
        looked_at.append(len(rows))
        return _Nothing()

    monkeypatch.setattr("newsletter.audience.export._More.about", about)
    rows = export_rows(selection, now=NOW)
    next(rows)
    assert looked_at == []
    next(rows), next(rows)
    assert looked_at == [2]
    assert len(list(rows)) == 3
    assert looked_at == [2, 2, 1]


class _Nothing:
    def cells(self, row: object) -> dict[str, str]:
        return {}


def test_a_workbook_that_would_take_too_long_is_offered_as_csv(
    owner: Client, newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "LARGEST_WORKBOOK", 2)
    make_subscriptions(newsletter, 3)
    response = owner.post(NEW, asked_for(newsletter, kind="xlsx"))
    assert "Choose CSV" in response.text
    assert not SubscriberExport.objects.exists()


def test_no_readers_ticked_is_said_beside_the_field(owner: Client, newsletter: Newsletter) -> None:
    response = owner.post(NEW, asked_for(newsletter, states=[]))
    assert "Tick at least one group of readers." in response.text
    assert not SubscriberExport.objects.exists()


def test_without_a_newsletter_the_page_says_what_to_do_first(owner: Client, newsletter: Newsletter) -> None:
    newsletter.delete()
    assert "There is no newsletter yet" in owner.get(NEW).text
