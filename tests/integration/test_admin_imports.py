"""The steps of an import in the admin: who may, what each page says, and that nobody is imported by looking."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook

from newsletter.admin.transfer import upload
from newsletter.audience.importing.job import go_on
from newsletter.models import (
    ClockLease,
    ConsentEvent,
    ImportPart,
    ImportState,
    Newsletter,
    StagedReader,
    Subscriber,
    SubscriberImport,
    SubscriberTag,
    Subscription,
)
from tests.factories import make_newsletter, make_subscription
from tests.integration.admin_scene import log_in, make_logins
from tests.stages import stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse
    from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

INDEX = "/admin/newsletter/imports/"
NEW = "/admin/newsletter/imports/new/"
BASIS = "Signed up on the old site, confirmed by mail"
MAILCHIMP = ("Email Address", "First Name", "OPTIN_TIME", "CONFIRM_TIME", "MEMBER_RATING", "LEID", "Diagnosis")
ADA = ("ada@example.com", "Ada", "2020-05-04 12:30:00", "2020-05-04 12:31:00", "4", "1", "F32.1")
BEN = ("ben@example.com", "Ben", "", "", "2", "2", "")
NOBODY = ("no address", "Nobody", "2020-05-04 12:30:00", "", "2", "3", "")


@stage
def newsletter() -> Newsletter:
    make_logins()
    return make_newsletter()


@pytest.fixture
def owner(newsletter: Newsletter) -> Client:
    return log_in("owner")


def table(*rows: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def send(client: Client, content: bytes, name: str = "readers.csv", **given: Any) -> HttpResponse:
    newsletter = Newsletter.objects.get()
    file = SimpleUploadedFile(name, content)
    data: dict[str, Any] = {"newsletter": newsletter.pk, "file": file, "basis": BASIS, "asked": "on", **given}
    return client.post(NEW, {key: value for key, value in data.items() if value is not None})  # type: ignore[return-value]


def uploaded(client: Client, content: bytes = b"", name: str = "readers.csv") -> SubscriberImport:
    response = send(client, content or table(MAILCHIMP, ADA, BEN, NOBODY), name)
    job = SubscriberImport.objects.get()
    assert response.status_code == 302
    assert response.headers["Location"] == step(job, "columns")
    return job


def step(job: SubscriberImport, name: str) -> str:
    return reverse(f"newsletter_imports:{name}", args=[job.pk])


#: What the page proposes for the columns of `MAILCHIMP` that it offers, as a browser would post it.
PROPOSED = {
    "column-0": "email",
    "column-1": "first_name",
    "column-2": "opted_in_at",
    "column-3": "confirmed_at",
    "column-4": "ignore",
    "column-5": "ignore",
}


def work() -> None:
    while go_on(timezone.now()):
        pass


def staged(client: Client, content: bytes = b"", **given: str) -> SubscriberImport:
    job = uploaded(client, content)
    response = client.post(step(job, "columns"), {**PROPOSED, **given})
    assert response.status_code == 302, response.content.decode()
    work()
    job.refresh_from_db()
    assert job.state == ImportState.STAGED, job.reason
    return job


def test_a_file_becomes_readers_in_four_steps(owner: Client, newsletter: Newsletter) -> None:
    job = uploaded(owner)
    page = owner.get(step(job, "columns")).text
    assert "This looks like a file of Mailchimp" in page
    assert 'value="opted_in_at" selected' in page
    assert "2020-05-04 12:30:00" in page
    owner.post(step(job, "columns"), {**PROPOSED, "tags": "From Mailchimp"})
    assert "being read" in owner.get(step(job, "show")).text.lower()
    work()
    page = owner.get(step(job, "show")).text
    assert "Import 2 readers" in page
    assert not Subscriber.objects.exists()
    assert not ConsentEvent.objects.exists()
    owner.post(step(job, "confirm"))
    work()
    job.refresh_from_db()
    assert job.state == ImportState.DONE
    states = dict(Subscription.objects.values_list("subscriber__email", "state"))
    assert states == {"ada@example.com": "confirmed", "ben@example.com": "pending"}
    assert SubscriberTag.objects.get().name == "From Mailchimp"
    assert BASIS in ConsentEvent.objects.filter(subscription__subscriber__email="ada@example.com").get().detail
    assert "The import is finished" in owner.get(step(job, "show")).text


def test_columns_about_health_are_shown_as_left_out_without_their_values(owner: Client) -> None:
    job = uploaded(owner)
    page = owner.get(step(job, "columns")).text
    assert "may say something about people" in page
    assert "Diagnosis" in page
    assert "F32.1" not in page
    assert 'name="column-6"' not in page
    owner.post(step(job, "columns"), {**PROPOSED, "column-6": "name"})
    job.refresh_from_db()
    assert "6" not in {index for index, field in job.mapping.items() if field != "ignore"}


def test_the_rows_that_were_left_out_can_be_taken_with_their_reasons(owner: Client) -> None:
    job = staged(owner, table(MAILCHIMP, ADA, NOBODY, ("=cmd()", "=1+1", "", "", "", "", "")))
    response = owner.get(step(job, "errors"))
    assert {"private", "no-store"} <= set(response.headers["Cache-Control"].split(", "))
    text = b"".join(response).decode("utf-8-sig")  # type: ignore[call-overload]
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert "no address" in rows[1]
    assert "'=cmd()" in rows[2]
    assert "ada@example.com" not in text


def test_the_name_of_the_file_runs_nowhere(owner: Client) -> None:
    hostile = '"><script>alert(1)</script>\r\nX-Evil: 1;../../etc/passwd.csv'
    job = uploaded(owner, name=hostile)
    owner.post(step(job, "columns"), PROPOSED)
    work()
    for address in (INDEX, step(job, "show"), step(job, "cancel")):
        assert "<script>alert" not in owner.get(address).text
    response = owner.get(step(job, "errors"))
    b"".join(response)  # type: ignore[call-overload]
    assert response.headers["Content-Disposition"] == f'attachment; filename="left-out-of-import-{job.pk}.csv"'


@pytest.mark.parametrize("role", ["Doctor", "Editor", "Contributor", "Analyst"])
def test_nobody_but_the_owner_reaches_an_import(owner: Client, role: str) -> None:
    job = staged(owner)
    client = log_in(role)
    pages = [step(job, name) for name in ("show", "columns", "confirm", "cancel", "errors")]
    for address in (INDEX, f"{INDEX}results/", NEW, *pages):
        for method in ("get", "post"):
            assert getattr(client, method)(address, PROPOSED).status_code == 403, (method, address)
    assert client.head(step(job, "errors")).status_code == 403
    assert client.get(step(job, "errors").removesuffix("/"), follow=True).status_code == 403
    assert client.post(step(job, "confirm").removesuffix("/"), follow=True).status_code in {403, 404}
    job.refresh_from_db()
    assert job.state == ImportState.STAGED
    assert INDEX not in client.get("/admin/").text


def test_looking_changes_nothing(owner: Client) -> None:
    job = staged(owner)
    for name in ("show", "columns", "cancel", "errors"):
        b"".join(owner.get(step(job, name)))  # type: ignore[call-overload]
    assert owner.get(step(job, "confirm")).status_code == 405
    job.refresh_from_db()
    assert job.state == ImportState.STAGED
    assert not Subscriber.objects.exists()


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"basis": ""}, "Say in one sentence what they agreed to."),
        ({"asked": None}, "Only readers who asked for it can be imported."),
        ({"file": None}, "Choose the file, or drag it here."),
        ({"basis": "x" * 201}, "at most 200 characters"),
    ],
)
def test_what_is_missing_is_said_beside_its_field(owner: Client, given: dict[str, Any], complaint: str) -> None:
    response = send(owner, table(MAILCHIMP, ADA), **given)
    assert complaint in response.content.decode()
    assert not SubscriberImport.objects.exists()


def workbook_bytes(*rows: Sequence[str]) -> bytes:
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "complaint"),
    [
        (b"", "readers.csv", "This file is empty."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "readers.xls", "old Excel file (XLS)"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "readers.csv", "This is a PDF."),
        (b"PK\x03\x04 no workbook at all", "readers.xlsx", "This workbook can"),
        (b"email\n" + b"\x81\x8d\x8f\x90\x9d" * 200, "readers.csv", "can't be read"),
        (b"<!doctype html><p>email", "readers.csv", "web page"),
        (b",".join([b"a"] * 5000) + b"\n", "readers.csv", "more than 500 columns"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(owner: Client, content: bytes, name: str, complaint: str) -> None:
    response = send(owner, content, name)
    assert response.status_code == 200
    assert complaint in response.content.decode().replace("&#x27;", "'")
    assert not SubscriberImport.objects.exists()
    assert not ImportPart.objects.exists()


def test_a_workbook_is_read_as_well(owner: Client) -> None:
    job = uploaded(owner, workbook_bytes(("email", "name"), ("ada@example.com", "Ada")), "readers.xlsx")
    assert "Ada" in owner.get(step(job, "columns")).text


def test_a_file_that_is_too_large_is_refused_with_what_to_do(owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "LARGEST", 10)
    response = send(owner, table(MAILCHIMP, ADA))
    assert "split it, and import the parts" in response.content.decode()
    assert not SubscriberImport.objects.exists()


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"column-0": "ignore"}, "No column holds the addresses yet."),
        ({"column-1": "email"}, "The column “Email Address” is “Address” already."),
        ({"column-1": "status=sent"}, "Choose one of the fields in the list."),
        ({"tags": "Depression 2020"}, "says something about people"),
        ({"tags": "x" * 61}, "is too long for a tag"),
        ({"tags": ",".join("abcdefghijk")}, "Choose fewer."),
    ],
)
def test_columns_that_can_not_be_used_are_said_with_the_remedy(
    owner: Client, given: dict[str, str], complaint: str
) -> None:
    job = uploaded(owner)
    response = owner.post(step(job, "columns"), {**PROPOSED, **given})
    assert complaint in response.text
    job.refresh_from_db()
    assert job.state == ImportState.UPLOADED


@pytest.mark.parametrize("at", ["columns", "reading", "looking", "importing"])
def test_an_import_can_be_cancelled_at_every_step(owner: Client, at: str) -> None:
    job = uploaded(owner)
    if at != "columns":
        owner.post(step(job, "columns"), PROPOSED)
    if at in {"looking", "importing"}:
        work()
    if at == "importing":
        owner.post(step(job, "confirm"))
    assert "Cancel this import" in owner.get(step(job, "cancel")).text
    owner.post(step(job, "cancel"))
    work()
    job.refresh_from_db()
    assert job.state == ImportState.CANCELLED
    assert not ImportPart.objects.exists()
    assert not StagedReader.objects.exists()
    assert not Subscriber.objects.exists()
    assert "cancelled" in owner.get(step(job, "show")).text.lower()


def test_an_import_is_decided_once(owner: Client) -> None:
    job = staged(owner)
    owner.post(step(job, "confirm"))
    work()
    again = owner.post(step(job, "confirm"), follow=True)
    assert "has moved on already" in again.text
    late = owner.post(step(job, "cancel"), follow=True)
    assert "has moved on already" in late.text
    assert "not possible any more" in owner.get(step(job, "cancel")).text
    assert Subscriber.objects.count() == 2


def test_a_worker_that_is_not_running_is_said_kindly(owner: Client) -> None:
    job = uploaded(owner)
    owner.post(step(job, "columns"), PROPOSED)
    page = owner.get(step(job, "show")).text
    assert "manage.py worker" in page
    assert 'data-controller="newsletter-refresh"' in page
    ClockLease.objects.update_or_create(pk=1, defaults={"ticked_at": timezone.now()})
    assert "manage.py worker" not in owner.get(step(job, "show")).text


def test_who_left_here_stays_out_and_the_page_says_so(owner: Client, newsletter: Newsletter) -> None:
    make_subscription(newsletter, "ada@example.com", state="ended", ended_reason="unsubscribed")
    make_subscription(newsletter, "cyd@example.com")
    job = staged(owner, table(MAILCHIMP, ADA, BEN, ("cyd@example.com", "Cyd", "", "", "", "", "")))
    page = owner.get(step(job, "show")).text
    assert "Left this newsletter here." in page
    assert "Import 1 reader" in page
    owner.post(step(job, "confirm"))
    work()
    assert Subscription.objects.get(subscriber__email="ada@example.com").state == "ended"


def test_when_nobody_is_left_there_is_nothing_to_confirm(owner: Client) -> None:
    job = staged(owner, table(MAILCHIMP, NOBODY))
    page = owner.get(step(job, "show")).text
    assert step(job, "confirm") not in page
    assert "Nobody in this file can be imported" in page


def test_without_a_newsletter_the_page_says_what_to_do_first(owner: Client, newsletter: Newsletter) -> None:
    newsletter.delete()
    assert "There is no newsletter yet" in owner.get(NEW).text
