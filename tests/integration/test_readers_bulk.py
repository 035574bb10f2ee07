"""Doing something to many readers at once: what is said first, who is spared, what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from newsletter.admin.readers import actions
from newsletter.audience.sign_ups import take_sign_ups
from newsletter.audience.suppression import is_suppressed
from newsletter.models import (
    ConsentEvent,
    HookEndpoint,
    HookEvent,
    Newsletter,
    OutgoingHook,
    OutgoingMail,
    SignUpRequest,
    Subscriber,
    Subscription,
)
from tests.factories import make_newsletter, make_subscription
from tests.integration.admin_scene import log_in

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db
INDEX = reverse("newsletter_subscribers:index")


@pytest.fixture
def editor(logins: None) -> Client:
    return log_in("Editor")


@pytest.fixture
def owner(logins: None) -> Client:
    return log_in("Owner")


def press(client: Client, action: str, **data: Any) -> str:
    """What the page says after a POST of the button `action`, messages included."""
    address = reverse("newsletter_subscribers:bulk", args=[action])
    return " ".join(client.post(address, data, follow=True).content.decode().split())


def states() -> dict[str, str]:
    return dict(Subscription.objects.values_list("subscriber__email", "state"))


class TestChoosing:
    def test_the_page_between_says_how_many_and_changes_nothing(self, editor: Client, newsletter: Newsletter) -> None:
        ada, bea = (make_subscription(newsletter, f"{name}@example.com").subscriber for name in ("ada", "bea"))
        Subscription.objects.filter(subscriber=bea).update(state="ended")
        shown = press(editor, "end", query="", id=[ada.pk, bea.pk])
        assert "Rounds: 1 subscription ends." in shown
        assert "1 reader has no open subscription" in shown
        assert "ada@example.com" in shown
        assert states() == {"ada@example.com": "confirmed", "bea@example.com": "ended"}

    @pytest.mark.parametrize(
        "data",
        [
            {"query": ""},
            {"query": "", "id": ["x", "-1", "9" * 30]},
            {"whom": "all"},
            {"whom": "all", "query": "state=happy"},
            {"whom": "all", "query": "search=deadbeef"},
            {"query": "", "id": [str(number) for number in range(1, 502)]},
        ],
    )
    def test_nobody_or_a_filter_that_cannot_be_read_stops_it(
        self, data: dict[str, Any], editor: Client, newsletter: Newsletter
    ) -> None:
        make_subscription(newsletter, "ada@example.com")
        shown = press(editor, "end", confirm="1", reason="asked by phone", **data)
        assert "Nobody was chosen" in shown
        assert states() == {"ada@example.com": "confirmed"}

    def test_all_that_match_are_taken_and_nobody_else(self, editor: Client, newsletter: Newsletter) -> None:
        make_subscription(newsletter, "weekly@example.com", frequency="weekly")
        make_subscription(newsletter, "other@example.com")
        press(editor, "end", whom="all", query="frequency=weekly", confirm="1", reason="asked by phone")
        assert states() == {"weekly@example.com": "ended", "other@example.com": "confirmed"}

    def test_who_joins_between_looking_and_pressing_is_left_out(self, editor: Client, newsletter: Newsletter) -> None:
        seen = make_subscription(newsletter, "seen@example.com").subscriber
        make_subscription(newsletter, "later@example.com")
        press(editor, "end", whom="all", query="", up_to=seen.pk, confirm="1", reason="asked by phone")
        assert states() == {"seen@example.com": "ended", "later@example.com": "confirmed"}

    def test_too_many_are_refused_with_the_way_out(
        self, editor: Client, newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        few = {**actions.ACTIONS}
        few["end"] = type(few["end"])(**{**{n: getattr(few["end"], n) for n in few["end"].__slots__}, "most": 1})
        monkeypatch.setattr("newsletter.admin.readers.bulk.ACTIONS", few)
        for _ in range(2):
            make_subscription(newsletter)
        shown = press(editor, "end", whom="all", query="", confirm="1", reason="asked by phone")
        assert "at most 1 readers at a time" in shown
        assert set(states().values()) == {"confirmed"}

    def test_a_reload_of_the_page_between_leads_back_to_the_list(self, editor: Client) -> None:
        assert editor.get(reverse("newsletter_subscribers:bulk", args=["end"]))["Location"] == INDEX


class TestEnding:
    def test_it_keeps_who_did_it_and_how_the_reader_asked(self, editor: Client, newsletter: Newsletter) -> None:
        subscription = make_subscription(newsletter, "ada@example.com")
        shown = press(editor, "end", id=subscription.subscriber_id, query="", confirm="1", reason="asked on Monday")
        subscription.refresh_from_db()
        assert "1 subscription ended" in shown
        assert (subscription.state, subscription.ended_reason) == ("ended", "by_editor")
        event = ConsentEvent.objects.get()
        assert (event.kind, event.source, event.detail, event.wording) == ("ended", "admin", "asked on Monday", "")
        assert event.by == User.objects.get(username="editor")

    def test_without_a_reason_or_with_an_address_in_it_nothing_ends(
        self, editor: Client, newsletter: Newsletter
    ) -> None:
        reader = make_subscription(newsletter, "ada@example.com").subscriber
        for reason in ("", "ada@example.com asked"):
            press(editor, "end", id=reader.pk, query="", confirm="1", reason=reason)
        assert states() == {"ada@example.com": "confirmed"}
        assert not ConsentEvent.objects.exists()

    def test_only_the_newsletter_that_was_chosen_ends(self, editor: Client, newsletter: Newsletter) -> None:
        subscription = make_subscription(newsletter, "ada@example.com")
        other = make_newsletter(name="Digest", slug="digest")
        Subscription.objects.create(subscriber=subscription.subscriber, newsletter=other, state="confirmed")
        reader = subscription.subscriber_id
        press(editor, "end", id=reader, query="", confirm="1", reason="asked", newsletter=other.pk)
        assert dict(Subscription.objects.values_list("newsletter__slug", "state")) == {
            "rounds": "confirmed",
            "digest": "ended",
        }

    def test_pressing_twice_ends_once(self, editor: Client, newsletter: Newsletter) -> None:
        reader = make_subscription(newsletter, "ada@example.com").subscriber
        for _ in range(2):
            press(editor, "end", id=reader.pk, query="", confirm="1", reason="asked")
        assert ConsentEvent.objects.count() == 1

    def test_other_programs_are_told_of_each(self, editor: Client, newsletter: Newsletter) -> None:
        HookEndpoint.objects.create(
            url="https://hooks.example.com/", events=[HookEvent.UNSUBSCRIBED.value], active=True
        )
        readers = [make_subscription(newsletter).subscriber_id for _ in range(3)]
        press(editor, "end", id=readers, query="", confirm="1", reason="asked")
        assert OutgoingHook.objects.count() == 3

    def test_a_state_posted_with_it_is_ignored(self, editor: Client, newsletter: Newsletter) -> None:
        reader = make_subscription(newsletter, "ada@example.com", state="pending").subscriber
        press(editor, "resend", id=reader.pk, query="", confirm="1", state="confirmed")
        assert states() == {"ada@example.com": "pending"}


class TestAskingAgain:
    def test_a_pending_reader_gets_one_mail_however_often_it_is_pressed(
        self, editor: Client, newsletter: Newsletter, home: object
    ) -> None:
        reader = make_subscription(newsletter, "ada@example.com", state="pending", confirmed_at=None)
        for _ in range(3):
            press(editor, "resend", id=reader.subscriber_id, query="", confirm="1")
        for _ in range(3):
            take_sign_ups(timezone.now())
        assert OutgoingMail.objects.filter(recipient="ada@example.com").count() == 1

    def test_it_records_no_new_request_of_a_reader_who_was_asked_this_week(
        self, editor: Client, newsletter: Newsletter, home: object
    ) -> None:
        subscription = make_subscription(newsletter, "ada@example.com", state="pending", confirmed_at=None)
        ConsentEvent.objects.create(subscription=subscription, kind="requested", source="/")
        press(editor, "resend", id=subscription.subscriber_id, query="", confirm="1")
        take_sign_ups(timezone.now())
        assert OutgoingMail.objects.filter(recipient="ada@example.com", kind="confirmation").count() == 1
        assert ConsentEvent.objects.count() == 1

    def test_one_whom_nobody_asked_yet_is_asked_with_the_editor_as_evidence(
        self, editor: Client, newsletter: Newsletter, home: object
    ) -> None:
        subscription = make_subscription(newsletter, "ada@example.com", state="pending", frequency="monthly")
        press(editor, "resend", id=subscription.subscriber_id, query="", confirm="1")
        take_sign_ups(timezone.now())
        added = ConsentEvent.objects.get(kind="added")
        assert added.by == User.objects.get(username="editor")
        assert Subscription.objects.get().frequency == "monthly"

    def test_confirmed_and_former_readers_get_nothing(self, editor: Client, newsletter: Newsletter) -> None:
        readers = [make_subscription(newsletter, state=state).subscriber_id for state in ("confirmed", "ended")]
        shown = press(editor, "resend", id=readers, query="")
        assert "2 readers have confirmed or left, and get nothing" in shown
        press(editor, "resend", id=readers, query="", confirm="1")
        assert not SignUpRequest.objects.exists()


class TestErasing:
    def test_the_number_has_to_be_typed(self, owner: Client, newsletter: Newsletter) -> None:
        reader = make_subscription(newsletter, "ada@example.com").subscriber
        assert "please type the number 1" in press(owner, "erase", id=reader.pk, query="")
        shown = press(owner, "erase", id=reader.pk, query="", confirm="1", typed="2")
        assert "Nobody was erased" in shown
        assert Subscriber.objects.exists()
        assert "1 reader was erased" in press(owner, "erase", id=reader.pk, query="", confirm="1", typed="1")
        assert not Subscriber.objects.exists()
        assert is_suppressed("ada@example.com")

    def test_a_number_that_changed_since_stops_it(self, owner: Client, newsletter: Newsletter) -> None:
        readers = [make_subscription(newsletter).subscriber for _ in range(2)]
        readers[0].delete()
        press(owner, "erase", id=[reader.pk for reader in readers], query="", confirm="1", typed="2")
        assert Subscriber.objects.count() == 1

    def test_pressing_twice_erases_nobody_else(self, owner: Client, newsletter: Newsletter) -> None:
        first = make_subscription(newsletter).subscriber
        make_subscription(newsletter)
        data = {"whom": "all", "query": "", "up_to": first.pk, "confirm": "1", "typed": "1"}
        assert "1 reader was erased" in press(owner, "erase", **data)
        assert "Nobody matches any more" in press(owner, "erase", **data)
        assert Subscriber.objects.count() == 1

    def test_an_editor_may_not(self, editor: Client, newsletter: Newsletter) -> None:
        reader = make_subscription(newsletter).subscriber
        address = reverse("newsletter_subscribers:bulk", args=["erase"])
        assert editor.post(address, {"id": reader.pk, "confirm": "1", "typed": "1"}).status_code == 403
        assert Subscriber.objects.exists()
        assert address not in editor.get(INDEX).content.decode()
