"""Adding a reader by hand, and the list of addresses that must not be mailed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from newsletter.audience.sign_ups import take_sign_ups
from newsletter.audience.suppression import SuppressionReason, is_suppressed, suppress
from newsletter.models import (
    ConsentEvent,
    Newsletter,
    OutgoingMail,
    SignUpRequest,
    Subscriber,
    Subscription,
    Suppression,
)
from tests.factories import make_newsletter, make_subscription
from tests.integration.admin_scene import log_in

if TYPE_CHECKING:
    from django.test import Client

    from blog.models import HomePage

pytestmark = pytest.mark.django_db
ADD = reverse("newsletter_subscribers:add")
SUPPRESSED = reverse("newsletter_subscribers:suppressions")


@pytest.fixture
def editor(logins: None) -> Client:
    return log_in("Editor")


def add(client: Client, newsletter: Newsletter, **given: Any) -> str:
    data = {
        "email": "ada@example.com",
        "newsletter": newsletter.pk,
        "frequency": "weekly",
        "basis": "in person",
        "words": "after the talk in Leeds",
        **given,
    }
    response = client.post(ADD, data, follow=True)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


class TestAdding:
    def test_the_reader_is_asked_by_mail_and_reads_nothing_yet(
        self, editor: Client, newsletter: Newsletter, home: HomePage
    ) -> None:
        add(editor, newsletter, name="Ada")
        take_sign_ups(timezone.now())
        assert Subscription.objects.get().state == "pending"
        assert OutgoingMail.objects.get().kind == "confirmation"

    def test_the_evidence_has_the_stated_basis_and_who_added(
        self, editor: Client, newsletter: Newsletter, home: HomePage
    ) -> None:
        add(editor, newsletter)
        take_sign_ups(timezone.now())
        added = ConsentEvent.objects.get(kind="added")
        assert added.detail == "asked in person: after the talk in Leeds"
        assert (added.source, added.by) == ("admin", User.objects.get(username="editor"))
        assert not ConsentEvent.objects.filter(kind="confirmed").exists()

    def test_a_state_that_is_posted_with_it_is_ignored(
        self, editor: Client, newsletter: Newsletter, home: HomePage
    ) -> None:
        add(editor, newsletter, state="confirmed", confirmed_at="2020-01-01", by_id="1", source="/", created_at="2020")
        take_sign_ups(timezone.now())
        subscription = Subscription.objects.get()
        assert (subscription.state, subscription.confirmed_at) == ("pending", None)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"email": "ada@@example.com"},
            {"email": "ada@example.com\r\nBcc: x@example.com"},
            {"email": "a" * 10_000},
            {"name": "<b>Ada</b>"},
            {"name": "Ada https://example.com"},
            {"name": "Ada\nBcc: x"},
            {"basis": ""},
            {"basis": "bought list"},
            {"words": ""},
            {"words": "wrote from ada@example.com"},
            {"frequency": "hourly"},
        ],
    )
    def test_what_cannot_be_used_is_refused_in_words_and_kept_nowhere(
        self, wrong: dict[str, str], editor: Client, newsletter: Newsletter
    ) -> None:
        shown = add(editor, newsletter, **wrong)
        assert "error-message" in shown
        assert not SignUpRequest.objects.exists()

    def test_a_hidden_newsletter_is_not_offered_and_not_taken(self, editor: Client, newsletter: Newsletter) -> None:
        hidden = make_newsletter(name="Backstage", slug="backstage", hidden=True)
        assert "Backstage" not in editor.get(ADD).content.decode()
        add(editor, hidden)
        assert not SignUpRequest.objects.exists()

    def test_the_answer_is_the_same_for_a_stranger_a_reader_and_a_suppressed_address(
        self, editor: Client, newsletter: Newsletter
    ) -> None:
        make_subscription(newsletter, "known@example.com")
        suppress("never@example.com", reason=SuppressionReason.COMPLAINED, now=timezone.now())
        answers = set()
        for name in ("stranger", "known", "never"):
            response = editor.post(
                ADD,
                {
                    "email": f"{name}@example.com",
                    "newsletter": newsletter.pk,
                    "frequency": "weekly",
                    "basis": "in person",
                    "words": "here",
                },
                follow=True,
            )
            answers.add(str(next(iter(response.context["messages"]))).replace(name, "X"))
        assert len(answers) == 1

    def test_who_left_or_complained_is_asked_and_stays_out_until_they_confirm(
        self, editor: Client, newsletter: Newsletter, home: HomePage
    ) -> None:
        make_subscription(newsletter, "ada@example.com")
        suppress("ada@example.com", reason=SuppressionReason.COMPLAINED, now=timezone.now())
        add(editor, newsletter)
        take_sign_ups(timezone.now())
        assert is_suppressed("ada@example.com")
        assert not Subscription.objects.confirmed().exists()
        assert OutgoingMail.objects.filter(kind="confirmation").count() == 1


class TestSuppressedAddresses:
    def test_asking_tells_whether_and_why_and_changes_nothing(self, editor: Client) -> None:
        suppress("gone@example.com", reason=SuppressionReason.BOUNCED, now=timezone.now())
        shown = editor.post(SUPPRESSED, {"email": " Gone@Example.com "}).content.decode()
        assert "gone@example.com is on the list: the mailbox does not exist." in " ".join(shown.split())
        shown = editor.post(SUPPRESSED, {"email": "ada@example.com"}).content.decode()
        assert "ada@example.com is not on the list." in " ".join(shown.split())
        assert Suppression.objects.count() == 1

    def test_an_address_in_the_query_is_not_looked_at(self, editor: Client) -> None:
        suppress("gone@example.com", reason=SuppressionReason.BOUNCED, now=timezone.now())
        assert "gone@" not in editor.get(f"{SUPPRESSED}?email=gone@example.com").content.decode()

    def test_putting_one_on_it_ends_what_it_reads(self, editor: Client, newsletter: Newsletter) -> None:
        subscription = make_subscription(newsletter, "ada@example.com")
        editor.post(SUPPRESSED, {"email": "ada@example.com", "suppress": "1"})
        subscription.refresh_from_db()
        assert (subscription.state, subscription.ended_reason) == ("ended", "suppressed")
        assert is_suppressed("ada@example.com")
        assert Suppression.objects.get().reason == "operator"

    def test_nothing_posted_takes_one_off(self, editor: Client) -> None:
        suppress("gone@example.com", reason=SuppressionReason.ERASED, now=timezone.now())
        for data in ({"lift": "1"}, {"remove": "1"}, {"suppress": ""}, {"delete": "1"}):
            editor.post(SUPPRESSED, {"email": "gone@example.com", **data})
        assert is_suppressed("gone@example.com")

    def test_no_address_is_refused_in_words(self, editor: Client) -> None:
        shown = editor.post(SUPPRESSED, {"email": "no address", "suppress": "1"}).content.decode()
        assert "exactly one @" in shown
        assert not Suppression.objects.exists()
        assert not Subscriber.objects.exists()
