"""Who is erased here is deleted for good over there: marked with the erasure itself, until Mailchimp has confirmed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from newsletter.audience.erase import erase, forget_address
from newsletter.audience.export_reader import reader_record
from newsletter.audience.mailchimp.forget import waiting
from newsletter.audience.mailchimp.receive import receive
from newsletter.audience.purge import forget_former_readers
from newsletter.backends.mailchimp.ids import member_hash
from newsletter.models import MailchimpAudience, MailchimpMember, Newsletter, RemoteTask, Subscriber
from tests.factories import make_newsletter
from tests.integration.mailchimp_audience import DAY, NOW, contact, make_audience, make_member, make_reader
from tests.integration.reader_everywhere import traces

pytestmark = pytest.mark.django_db
ADA = "ada@example.com"


def marks() -> list[tuple[int, str, int | None]]:
    found = MailchimpMember.objects.filter(erasing=True).order_by("audience_id", "member_hash")
    return list(found.values_list("audience_id", "member_hash", "subscriber_id"))


def test_an_erasure_marks_the_contact_and_hurries_the_work(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter)
    reader = make_reader(newsletter, ADA).subscriber
    make_member(audience, ADA, sent_digest="d", problem="other", problem_text="words", retry_at=NOW + DAY)
    make_member(audience, "ada@old.example", subscriber=reader)  # of an address before

    erase(reader, now=NOW)

    assert marks() == sorted((audience.pk, member_hash(email), None) for email in (ADA, "ada@old.example"))
    row = MailchimpMember.objects.get(member_hash=member_hash(ADA))
    assert (row.sent_digest, row.problem, row.problem_text, row.retry_at) == ("", "", "", None)
    task = RemoteTask.objects.get()
    assert (task.name, task.next_attempt_at, task.about) == (f"push:{audience.pk}", NOW, {"audience": audience.pk})
    assert set(traces(ADA)) == set()
    assert waiting(audience).count() == waiting().count() == 2


def test_also_where_nothing_was_ever_brought_over(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter)
    reader = make_reader(newsletter, ADA, state="ended", ended_at=NOW - DAY).subscriber

    erase(reader, now=NOW)

    assert marks() == [(audience.pk, member_hash(ADA), None)]


def test_an_audience_of_another_newsletter_or_one_never_switched_on_is_not_touched(newsletter: Newsletter) -> None:
    other = make_newsletter(name="Letters", slug="letters")
    make_audience(newsletter, switched_on_at=None)
    make_audience(other)
    reader = make_reader(newsletter, ADA).subscriber

    erase(reader, now=NOW)

    assert marks() == []
    assert not RemoteTask.objects.exists()


def test_what_was_brought_over_is_deleted_also_after_it_was_switched_off(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter, switched_on_at=None)
    reader = make_reader(newsletter, ADA).subscriber
    make_member(audience, ADA)

    erase(reader, now=NOW)

    assert marks() == [(audience.pk, member_hash(ADA), None)]


def test_an_erasure_that_is_rolled_back_marks_nothing(newsletter: Newsletter) -> None:
    make_audience(newsletter)
    reader = make_reader(newsletter, ADA).subscriber

    with transaction.atomic():
        erase(reader, now=NOW)
        assert len(marks()) == 1
        transaction.set_rollback(True)

    assert marks() == []
    assert Subscriber.objects.exists()


def test_readers_forgotten_by_retention_are_deleted_there_too(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter)
    long_ago = NOW - timedelta(days=4000)
    make_reader(newsletter, ADA, state="ended", ended_at=long_ago, confirmed_at=long_ago)

    assert forget_former_readers(NOW) == 1

    assert marks() == [(audience.pk, member_hash(ADA), None)]


def test_a_contact_that_only_mailchimp_has_can_be_forgotten(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter, segment_id=7)
    receive(audience, [contact(ADA)], now=NOW)

    assert forget_address(ADA.upper(), now=NOW)

    assert marks() == [(audience.pk, member_hash(ADA), None)]
    assert not forget_address("eve@example.com", now=NOW)


def test_the_command_reaches_them_and_still_knows_who_is_nowhere(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter)
    make_member(audience, ADA)

    call_command("erase_subscriber", ADA)
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("erase_subscriber", "eve@example.com")

    assert len(marks()) == 1


def test_a_page_that_was_fetched_before_the_erasure_brings_nobody_back(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter)
    reader = make_reader(newsletter, ADA).subscriber
    page = [contact(ADA), contact(ADA, "unsubscribed")]
    erase(reader, now=NOW)

    for member in page:
        receive(audience, [member], now=NOW)

    assert marks() == [(audience.pk, member_hash(ADA), None)]
    assert not Subscriber.objects.exists()


def test_readers_see_that_mailchimp_has_them(newsletter: Newsletter) -> None:
    audience = make_audience(newsletter)
    reader = make_reader(newsletter, ADA).subscriber
    assert reader_record(reader)["kept_by_other_services"] == []
    make_member(audience, ADA, pushed_at=NOW)

    (told,) = reader_record(reader)["kept_by_other_services"]

    assert (told["service"], told["newsletter"], told["audience"]) == ("Mailchimp", "Rounds", "Readers")
    assert (told["state"], told["last_sent_there_at"]) == ("subscribed", "2026-11-23T10:00:00+00:00")
    assert MailchimpAudience.objects.count() == 1
