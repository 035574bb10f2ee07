"""Contacts as Mailchimp lists them, taken in: who left there has left here, and nobody is brought back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from newsletter.audience.consent import ip_hash
from newsletter.audience.mailchimp.receive import SUPPRESSED_HERE, Received, receive
from newsletter.audience.suppression import SuppressionReason, suppress, why_suppressed
from newsletter.backends.mailchimp.ids import member_hash
from newsletter.models import (
    ConsentEvent,
    HookEndpoint,
    MailchimpAudience,
    MailchimpMember,
    Newsletter,
    OutgoingHook,
    OutgoingMail,
    Subscriber,
    Subscription,
)
from tests.integration.mailchimp_audience import DAY, NOW, contact, make_audience, make_member, make_reader, state_of

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db
ADA = "ada@example.com"


def test_who_left_there_has_left_here(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter)
    make_reader(newsletter, ADA)
    HookEndpoint.objects.create(url="https://hooks.example.org/", events=["unsubscribed"])

    assert receive(audience, [contact(ADA, "unsubscribed")], now=NOW) == Received(ended=1)

    assert state_of(ADA) == ("ended", "unsubscribed")
    assert ConsentEvent.objects.get().source == "mailchimp"
    assert OutgoingHook.objects.get().payload["data"]["email"] == ADA
    row = MailchimpMember.objects.get()
    assert (row.status, row.changed_there_at) == ("unsubscribed", NOW - timedelta(hours=1))


def test_a_second_time_changes_nothing(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter)
    make_reader(newsletter, ADA)
    page = [contact(ADA, "unsubscribed"), contact("eve@example.com"), contact("bob@example.com", opted_in_at=None)]
    receive(audience, page, now=NOW)
    before = [list(model.objects.order_by("pk").values()) for model in (Subscription, MailchimpMember, ConsentEvent)]

    assert receive(audience, page, now=NOW + DAY) == Received()

    after = [list(model.objects.order_by("pk").values()) for model in (Subscription, MailchimpMember, ConsentEvent)]
    assert after == before


def test_who_confirmed_here_after_having_left_there_stays(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter)
    make_reader(newsletter, ADA)
    left = contact(ADA, "unsubscribed", changed_at=NOW - 100 * DAY)

    receive(audience, [left], now=NOW)
    # Somebody over there corrects the name later: that is no second leaving.
    receive(audience, [contact(ADA, "unsubscribed")], now=NOW)

    assert state_of(ADA)[0] == "confirmed"
    assert MailchimpMember.objects.get().changed_there_at == NOW - 100 * DAY


def test_a_mailbox_that_does_not_exist_is_on_the_list_and_a_complaint_too(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter)
    make_reader(newsletter, ADA)
    make_reader(newsletter, "eve@example.com")

    receive(audience, [contact(ADA, "cleaned")], now=NOW)
    eve = contact("eve@example.com", "unsubscribed")
    receive(audience, [eve], now=NOW, complained={eve.hash})

    assert state_of(ADA) == ("ended", "bounced")
    assert state_of("eve@example.com") == ("ended", "complained")
    assert (why_suppressed(ADA), why_suppressed("eve@example.com")) == ("bounced", "complained")


@pytest.mark.parametrize("status", ["archived", "transactional", "pending", "subscribed", "something new"])
def test_no_other_status_ends_anything(newsletter: Newsletter, status: str) -> None:
    """Somebody of the practice archives a contact: that is no act of the reader's."""
    audience = make_audience(newsletter)
    make_reader(newsletter, ADA)

    receive(audience, [contact(ADA, status)], now=NOW)

    assert state_of(ADA)[0] == "confirmed"
    assert [row.status for row in MailchimpMember.objects.all()] == ([status] if status != "something new" else [])


def test_a_stranger_there_becomes_a_reader_here_on_their_evidence(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter, merge_fields={"FULL": "name"})
    opted = NOW - 300 * DAY
    new = contact(
        "New@Example.com", language="pt_BR", opted_in_ip="192.0.2.7", merge_fields={"FULL": "Ana", "X": "flu"}
    )

    assert receive(audience, [new], now=NOW).begun == 1
    receive(audience, [contact("later@example.com", opted_in_at=opted)], now=NOW + DAY)

    reader = Subscriber.objects.get(email="new@example.com")
    assert (reader.name, reader.language) == ("Ana", "pt-BR")
    event = ConsentEvent.objects.get(subscription__subscriber=reader)
    assert (event.kind, event.source, event.ip_hash) == ("imported", "mailchimp:a6b5da1054", ip_hash("192.0.2.7"))
    assert event.claimed_at == NOW - 365 * DAY
    assert Subscription.objects.get(subscriber=reader).confirmed_at == NOW - 365 * DAY
    assert Subscription.objects.get(subscriber__email="later@example.com").state == "confirmed"
    assert MailchimpMember.objects.get(subscriber=reader).member_hash == member_hash("new@example.com")
    assert not OutgoingMail.objects.exists()  # nobody is welcomed


@pytest.mark.parametrize("opted_in_at", [None, NOW + DAY, NOW.replace(year=1970)])
def test_without_a_date_of_their_opt_in_they_are_pending_and_get_no_mail(
    newsletter: Newsletter, opted_in_at: object
) -> None:
    audience = make_audience(newsletter)

    receive(audience, [contact(ADA, opted_in_at=opted_in_at)], now=NOW)

    assert state_of(ADA)[0] == "pending"
    assert not OutgoingMail.objects.exists()


def test_who_waits_to_confirm_here_is_confirmed_by_an_opt_in_there(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter)
    make_reader(newsletter, ADA, state="pending", confirmed_at=None)
    make_reader(newsletter, "eve@example.com", state="pending", confirmed_at=None, ended_at=NOW - DAY)

    receive(audience, [contact(ADA), contact("eve@example.com")], now=NOW)

    assert state_of(ADA)[0] == "confirmed"
    assert state_of("eve@example.com")[0] == "pending"  # left here once: only their own confirmation brings them back
    assert ConsentEvent.objects.get().subscription == Subscription.objects.get(subscriber__email=ADA)


def test_who_left_here_is_not_brought_back(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter)
    make_reader(newsletter, ADA, state="ended", ended_reason="one_click", ended_at=NOW - DAY)

    assert receive(audience, [contact(ADA)], now=NOW) == Received()

    assert state_of(ADA) == ("ended", "one_click")
    assert MailchimpMember.objects.get().status == "subscribed"  # so that they are taken off the audience there


@pytest.mark.parametrize("status", ["subscribed", "unsubscribed", "cleaned", "archived", "pending"])
@pytest.mark.parametrize("reason", [SuppressionReason.ERASED, SuppressionReason.FORMER])
def test_who_was_forgotten_here_is_deleted_there_whatever_they_are(
    newsletter: Newsletter, status: str, reason: SuppressionReason
) -> None:
    audience = make_audience(newsletter)
    suppress(ADA, reason=reason, now=NOW)

    assert receive(audience, [contact(ADA.upper(), status)], now=NOW) == Received(erasing=1)
    receive(audience, [contact(ADA, "subscribed")], now=NOW)

    row = MailchimpMember.objects.get()
    assert (row.erasing, row.subscriber, row.member_hash) == (True, None, member_hash(ADA))
    assert not Subscriber.objects.exists()


def test_who_must_not_be_mailed_does_not_begin_and_is_marked(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter)
    suppress(ADA, reason=SuppressionReason.OPERATOR, now=NOW)

    receive(audience, [contact(ADA)], now=NOW)

    assert not Subscription.objects.exists()
    row = MailchimpMember.objects.get()
    assert (row.erasing, row.problem_text) == (False, SUPPRESSED_HERE)


def test_of_a_tag_its_contacts_are_taken_in_and_of_a_segment_nobody(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter, segment_id=7, segment_name="Letters")

    receive(audience, [contact(ADA, tags=frozenset({7, 8})), contact("eve@example.com", tags=frozenset({8}))], now=NOW)

    assert Subscription.objects.get().subscriber.email == ADA
    assert MailchimpMember.objects.get(subscriber=None).member_hash == member_hash("eve@example.com")


def test_strangers_who_are_not_on_the_audience_leave_no_trace(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter)
    make_member(audience, "eve@example.com")

    receive(audience, [contact(ADA, "unsubscribed"), contact("eve@example.com", "archived")], now=NOW)

    assert not MailchimpMember.objects.exists()
    assert not Subscriber.objects.exists()


def test_an_address_that_we_cannot_write_to_is_counted_and_not_kept(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter)

    receive(audience, [contact("zoë@example.com")], now=NOW)

    assert not Subscriber.objects.exists()
    assert MailchimpMember.objects.get().subscriber is None


def test_who_came_back_there_by_themselves_has_no_problem_any_more(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter)
    make_reader(newsletter, ADA)
    make_member(audience, ADA, "unsubscribed", problem="compliance", problem_text="said so", retry_at=NOW + DAY)

    receive(audience, [contact(ADA)], now=NOW)

    row = MailchimpMember.objects.get()
    assert (row.status, row.problem, row.problem_text, row.retry_at) == ("subscribed", "", "", None)


def moved_reader(newsletter: Newsletter, audience: MailchimpAudience, status: str = "subscribed") -> Subscriber:
    """They moved here just now; Mailchimp has the old address still."""
    reader = make_reader(newsletter, "ada@old.example").subscriber
    make_member(audience, "ada@old.example", status, pushed_at=NOW - 5 * DAY)
    Subscriber.objects.update(email=ADA)
    return reader


def test_who_leaves_by_a_mail_to_the_old_address_has_left_with_the_new_one(newsletter: Newsletter) -> None:
    """Before the move has reached Mailchimp: else the new address would be brought there as somebody new."""
    audience = make_audience(newsletter)
    reader = moved_reader(newsletter, audience)

    receive(audience, [contact("ada@old.example", "unsubscribed")], now=NOW)

    assert state_of(ADA) == ("ended", "unsubscribed")
    row = MailchimpMember.objects.get()
    assert (row.subscriber, row.status) == (reader, "unsubscribed")


def test_who_complains_of_a_mail_to_the_old_address_is_not_mailed_at_the_new_one(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter)
    moved_reader(newsletter, audience)
    complaint = contact("ada@old.example", "unsubscribed")

    receive(audience, [complaint], now=NOW, begins=False, complained={complaint.hash})

    assert state_of(ADA) == ("ended", "complained")
    assert (why_suppressed(ADA), why_suppressed("ada@old.example")) == ("complained", "complained")


def test_the_end_of_the_old_mailbox_is_not_the_end_of_the_reader(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter)
    moved_reader(newsletter, audience)

    assert receive(audience, [contact("ada@old.example", "cleaned")], now=NOW) == Received(erasing=1)

    assert state_of(ADA) == ("confirmed", "")
    assert why_suppressed(ADA) == ""
    row = MailchimpMember.objects.get()
    assert (row.erasing, row.subscriber) == (True, None), "so that they are brought over with the new address"


def test_a_change_to_the_contact_of_the_old_address_does_not_make_a_second_reader_of_it(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter)
    reader = moved_reader(newsletter, audience, "pending")

    receive(audience, [contact("ada@old.example")], now=NOW)

    row = MailchimpMember.objects.get()
    assert (row.subscriber, row.status) == (reader, "subscribed")
    assert [one.email for one in Subscriber.objects.all()] == [ADA], "nobody begins to read by an address that was left"


def test_a_contact_that_is_being_deleted_there_begins_nothing(newsletter: Newsletter) -> None:
    """Such as that of an address that a reader has left: nobody erased them, so that no list speaks against it."""
    audience = make_audience(newsletter)
    make_member(audience, "ada@old.example", erasing=True)

    assert receive(audience, [contact("ada@old.example")], now=NOW) == Received()

    assert not Subscriber.objects.exists()
    assert MailchimpMember.objects.get().erasing


def test_a_page_of_a_thousand_is_taken_in_as_a_set(
    newsletter: Newsletter, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """So that ten thousand at the first look take seconds."""
    audience = make_audience(newsletter)
    page = [contact(f"reader{number}@example.com") for number in range(1000)]

    with django_assert_max_num_queries(80):  # SQLite takes a thousand rows in several statements
        assert receive(audience, page, now=NOW).begun == 1000
    with django_assert_max_num_queries(10):
        assert receive(audience, page, now=NOW).begun == 0

    assert Subscription.objects.confirmed().count() == MailchimpMember.objects.count() == ConsentEvent.objects.count()


def test_the_contact_of_a_reader_who_moved_is_no_evidence_for_whoever_signs_up_with_that_address(
    newsletter: Newsletter,
) -> None:
    """It is the reader's until it is deleted there; they opted in, and nobody else."""
    audience = make_audience(newsletter)
    ada = make_reader(newsletter, "ada@example.com")
    make_member(audience, "ada@example.com")
    Subscriber.objects.filter(pk=ada.subscriber_id).update(email="ada@new.example")
    make_reader(newsletter, "ada@example.com", state="pending", confirmed_at=None)

    receive(audience, [contact("ada@example.com")], now=NOW)

    assert state_of("ada@example.com") == ("pending", "")
    assert MailchimpMember.objects.get().subscriber_id == ada.subscriber_id
