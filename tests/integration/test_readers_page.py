"""One reader's page in the admin, the printable record, notes, the data as a file."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from newsletter.audience.confirm import confirm
from newsletter.audience.consent import record
from newsletter.audience.subscribe import subscribe
from newsletter.audience.suppression import SuppressionReason, suppress
from newsletter.audience.wording import CURRENT, words_of
from newsletter.models import (
    ConsentEvent,
    ConsentKind,
    Newsletter,
    OutgoingMail,
    Subscriber,
    SubscriberNote,
    Subscription,
)
from tests.factories import make_subscription
from tests.integration.admin_scene import log_in
from tests.integration.signing_up import last_mail, link_in

if TYPE_CHECKING:
    from django.test import Client

    from blog.models import HomePage

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(logins: None) -> Client:
    return log_in("Editor")


@pytest.fixture
def reader(newsletter: Newsletter, home: HomePage) -> Subscriber:
    """Signed up an hour ago, confirmed half an hour ago, as readers do."""
    asked = timezone.now() - timedelta(hours=1)
    subscribe(
        newsletter,
        email="ada@example.com",
        source="/stories/sleep/",
        ip="192.0.2.7",
        now=asked,
        base_url="https://rounds.example",
    )
    token = link_in(last_mail(), "confirm").split("/")[2]
    OutgoingMail.objects.update(state="sent", settled_at=asked, content=b"")
    confirm(token, source="/confirm/", ip="192.0.2.7", now=asked + timedelta(minutes=30))
    return Subscriber.objects.get()


def page(client: Client, name: str, reader: Subscriber) -> str:
    response = client.get(reverse(f"newsletter_subscribers:{name}", args=[reader.pk]))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("name", ["show", "record"])
class TestEvidence:
    def test_it_has_the_words_that_were_shown_the_page_and_how_it_was_proved(
        self, name: str, editor: Client, reader: Subscriber
    ) -> None:
        shown = page(editor, name, reader)
        assert f"<q>{words_of(CURRENT)}</q>" in shown
        assert CURRENT in shown
        assert "/stories/sleep/" in shown
        assert "Confirmed by mail" in shown
        assert "a keyed hash of it is kept until" in shown

    def test_a_hash_that_is_gone_is_not_promised(self, name: str, editor: Client, reader: Subscriber) -> None:
        ConsentEvent.objects.update(ip_hash="")
        assert "keyed hash of it" not in page(editor, name, reader)

    def test_what_an_editor_stated_and_what_a_source_claims_is_named(
        self, name: str, editor: Client, reader: Subscriber
    ) -> None:
        now = timezone.now()
        record(
            Subscription.objects.get(),
            ConsentKind.IMPORTED,
            source="import",
            now=now,
            detail="the list of the talk in Leeds",
            by=User.objects.get(username="owner"),
            claimed_at=now.replace(year=2019),
        )
        shown = page(editor, name, reader)
        assert "the list of the talk in Leeds" in shown
        assert "2019" in shown
        assert "owner" in shown

    def test_a_version_of_words_that_nobody_knows_is_named(self, name: str, editor: Client, reader: Subscriber) -> None:
        ConsentEvent.objects.create(
            subscription=Subscription.objects.get(), kind="confirmed", wording="1999-01", source="/"
        )
        assert "version 1999-01, which this site does not know" in page(editor, name, reader)

    def test_names_and_bases_are_text_never_markup(self, name: str, editor: Client, reader: Subscriber) -> None:
        Subscriber.objects.update(name="<script>alert(1)</script>")
        record(
            Subscription.objects.get(),
            ConsentKind.ADDED,
            source="<b>admin</b>",
            now=timezone.now(),
            detail="<img src=x onerror=alert(2)>",
        )
        shown = page(editor, name, reader)
        assert "&lt;script&gt;alert(1)" in shown
        for markup in ("<script>alert(1)", "<img src=x", "<b>admin</b>"):
            assert markup not in shown

    def test_a_suppressed_address_says_so_and_why(self, name: str, editor: Client, reader: Subscriber) -> None:
        suppress(reader.email, reason=SuppressionReason.COMPLAINED, now=timezone.now())
        assert "a mail was reported as spam" in page(editor, name, reader)

    def test_the_address_stands_in_no_address(self, name: str, editor: Client, reader: Subscriber) -> None:
        shown = page(editor, name, reader)
        assert not [part for part in shown.split('href="')[1:] if "ada@" in part.split('"')[0] or "ada%40" in part]


class TestRecord:
    def test_it_names_the_mail_that_led_to_the_button(self, editor: Client, reader: Subscriber) -> None:
        mail = OutgoingMail.objects.get(kind="confirmation")
        assert f"That was mail {mail.pk}" in page(editor, "record", reader)

    def test_a_mail_that_is_purged_is_not_invented(self, editor: Client, reader: Subscriber) -> None:
        OutgoingMail.objects.all().delete()
        assert "The record of that mail itself is no longer kept" in page(editor, "record", reader)

    def test_a_mail_of_another_time_is_not_taken_for_it(self, editor: Client, reader: Subscriber) -> None:
        OutgoingMail.objects.update(created_at=timezone.now())
        assert "no longer kept" in page(editor, "record", reader)

    def test_one_that_was_never_confirmed_claims_no_proof(self, editor: Client, newsletter: Newsletter) -> None:
        pending = make_subscription(newsletter, state="pending", confirmed_at=None).subscriber
        shown = page(editor, "record", pending)
        assert "Not confirmed by mail here" in shown
        assert "Proved by double opt-in" not in shown

    def test_a_confirmation_that_answers_no_request_is_not_called_double_opt_in(
        self, editor: Client, newsletter: Newsletter
    ) -> None:
        subscription = make_subscription(newsletter)
        record(subscription, ConsentKind.CONFIRMED, source="demo", now=timezone.now())
        shown = page(editor, "record", subscription.subscriber)
        assert "no request that it answers is kept" in shown
        assert "Proved by double opt-in" not in shown

    def test_it_is_kept_by_no_cache_and_runs_no_script(self, editor: Client, reader: Subscriber) -> None:
        response = editor.get(reverse("newsletter_subscribers:record", args=[reader.pk]))
        assert "no-store" in response["Cache-Control"]
        assert "<script" not in response.content.decode()


class TestNotes:
    def test_a_note_says_who_wrote_it_and_is_text(self, editor: Client, reader: Subscriber) -> None:
        address = reverse("newsletter_subscribers:add_note", args=[reader.pk])
        editor.post(address, {"text": "Asked for <b>large</b> print.", "by": "1"})
        assert SubscriberNote.objects.get().by == User.objects.get(username="editor")
        assert "Asked for &lt;b&gt;large&lt;/b&gt; print." in page(editor, "show", reader)

    @pytest.mark.parametrize("text", ["", "   ", "x" * 2001])
    def test_an_empty_or_endless_one_is_refused_in_words(self, text: str, editor: Client, reader: Subscriber) -> None:
        address = reverse("newsletter_subscribers:add_note", args=[reader.pk])
        response = editor.post(address, {"text": text}, follow=True)
        assert not SubscriberNote.objects.exists()
        assert response.context["messages"]

    def test_one_deletes_ones_own_note_and_nobody_elses(self, editor: Client, reader: Subscriber) -> None:
        note = SubscriberNote.objects.create(subscriber=reader, text="hello", by=User.objects.get(username="owner"))
        address = reverse("newsletter_subscribers:delete_note", args=[reader.pk, note.pk])
        assert address not in page(editor, "show", reader)
        editor.post(address)
        assert SubscriberNote.objects.exists()
        log_in("Owner").post(address)
        assert not SubscriberNote.objects.exists()


class TestData:
    def test_the_owner_gets_everything_as_a_file(self, editor: Client, reader: Subscriber) -> None:
        response = log_in("Owner").get(reverse("newsletter_subscribers:export", args=[reader.pk]))
        assert "ada@example.com" in json.dumps(json.loads(response.content))
        assert response["Content-Disposition"] == f'attachment; filename="reader-{reader.pk}.json"'
        assert "no-store" in response["Cache-Control"]

    def test_an_editor_is_offered_no_file_and_no_erasure(self, editor: Client, reader: Subscriber) -> None:
        shown = page(editor, "show", reader)
        assert "/export/" not in shown
        assert "bulk/erase/" not in shown

    @pytest.mark.parametrize("name", ["show", "record", "export"])
    def test_a_reader_who_is_gone_is_not_found(self, name: str, editor: Client) -> None:
        assert log_in("Owner").get(reverse(f"newsletter_subscribers:{name}", args=[77])).status_code == 404
