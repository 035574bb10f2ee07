"""What a look at Mailchimp means for readers: who must not be on the audience is taken off, who comes stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsletter.audience.erase import erase
from newsletter.audience.mailchimp import poll, push
from newsletter.audience.mailchimp.differences import rows
from newsletter.audience.suppression import SuppressionReason, suppress
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.ids import member_hash
from newsletter.models import MailchimpAudience, MailchimpMember, Newsletter, RemoteTask, RemoteTaskKind, Subscriber
from tests.fakes.mailchimp import FakeMailchimp, faults
from tests.integration.mailchimp_audience import LIST, NOW, make_reader, state_of
from tests.integration.polling import api, audience, fake, look, task

__all__ = ["api", "audience", "fake"]

pytestmark = pytest.mark.django_db
ADA, EVE = "ada@example.com", "eve@example.com"


def test_who_was_erased_here_is_deleted_there_and_stays_so(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp
) -> None:
    """Also when somebody over there brings them back from an old list."""
    for email in (ADA, EVE):
        fake.add_member(LIST, email)
    look(audience, api)
    erase(Subscriber.objects.get(email=ADA), now=NOW)
    push.push(task(audience, RemoteTaskKind.PUSH), api, NOW)
    assert fake.statuses(LIST) == {EVE: "subscribed"}
    assert not MailchimpMember.objects.filter(erasing=True).exists()

    fake.add_member(LIST, ADA)
    look(audience, api)
    push.push(task(audience, RemoteTaskKind.PUSH), api, NOW)

    assert fake.statuses(LIST) == {EVE: "subscribed"}
    assert not Subscriber.objects.filter(email=ADA).exists()
    assert not MailchimpMember.objects.filter(erasing=True).exists()


def test_who_left_here_is_taken_off_the_audience_and_not_brought_back(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp, newsletter: Newsletter
) -> None:
    make_reader(newsletter, ADA, state="ended", ended_reason="one_click", ended_at=NOW)
    fake.add_member(LIST, ADA)

    look(audience, api)
    push_task = RemoteTask.objects.get(kind="push")
    assert push_task.next_attempt_at == NOW
    push.push(push_task, api, NOW)

    assert fake.statuses(LIST) == {ADA: "unsubscribed"}
    assert state_of(ADA) == ("ended", "one_click")


def test_who_must_not_be_mailed_is_taken_off_the_audience(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp
) -> None:
    suppress(ADA, reason=SuppressionReason.OPERATOR, now=NOW)
    fake.add_member(LIST, ADA)

    look(audience, api)
    look(audience, api)

    assert fake.statuses(LIST) == {ADA: "unsubscribed"}
    assert [method for method, _ in fake.calls].count("PATCH") == 1
    assert not Subscriber.objects.exists()


def test_who_can_not_be_taken_off_is_said_and_keeps_nobody_else_waiting(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp
) -> None:
    for email in (ADA, EVE):
        suppress(email, reason=SuppressionReason.OPERATOR, now=NOW)
        fake.add_member(LIST, email)
    no = faults.refused(
        400, '{"title": "Invalid Resource", "status": 400, "detail": "Your merge fields were invalid."}'
    )
    fake.fail("PATCH", f"/lists/{LIST}/members/{member_hash(ADA)}", no, times=99)

    look(audience, api)

    assert fake.statuses(LIST) == {ADA: "subscribed", EVE: "unsubscribed"}
    due = poll.poll(task(audience), api, NOW)
    assert due == NOW + poll.EVERY, "who leaves over there is heard of as soon as ever"
    assert "by hand" in MailchimpAudience.objects.get().problem
    (row,) = rows(audience, now=NOW)
    assert "by hand" in row.remedy
    assert [method for method, _ in fake.calls].count("PATCH") == 2

    fake.heal()
    for minutes in (61, 62):
        poll.poll(task(audience), api, NOW + timedelta(minutes=minutes))
    assert set(fake.statuses(LIST).values()) == {"unsubscribed"}
    assert MailchimpAudience.objects.get().problem == ""


def test_of_a_tag_only_its_contacts_become_readers(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp
) -> None:
    tag = fake.add_segment(LIST, "Letters", kind="static")
    MailchimpAudience.objects.update(segment_id=tag)
    fake.add_member(LIST, ADA, tags=[{"id": tag, "name": "Letters"}])
    fake.add_member(LIST, EVE)

    look(audience, api)

    assert Subscriber.objects.get().email == ADA


def test_readers_who_came_from_there_and_go_back_with_nothing_new_cost_no_mail(
    audience: MailchimpAudience, fake: FakeMailchimp, api: Mailchimp
) -> None:
    """What was brought here is brought back: nobody is asked to confirm, nobody's status changes."""
    fake.add_member(LIST, ADA)
    look(audience, api)

    push.push(task(audience, RemoteTaskKind.PUSH), api, NOW)
    look(audience, api)

    assert fake.statuses(LIST) == {ADA: "subscribed"}
    assert fake.state.confirmations == fake.state.resubscribed == []
    assert state_of(ADA)[0] == "confirmed"
