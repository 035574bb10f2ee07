"""A contact that was deleted for good there: its reader was erased there, and is not mailed by us any more either."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from newsletter.audience.mailchimp import push
from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.ids import member_hash
from newsletter.models import (
    ConsentEvent,
    MailchimpAudience,
    MailchimpMember,
    Newsletter,
    RemoteTask,
    RemoteTaskKind,
    RemoteTaskState,
    Subscriber,
    Subscription,
)
from tests.fakes.mailchimp import FakeMailchimp
from tests.integration.mailchimp_audience import LIST, NOW, make_member, make_reader, state_of
from tests.integration.removing import ADA, BEN, asked, audience, fake, look, today, told

__all__ = ["audience", "fake", "today"]

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("signed", [True, False])
def test_who_was_deleted_for_good_there_is_not_mailed_here_any_more(
    client: Client, audience: MailchimpAudience, fake: FakeMailchimp, signed: bool
) -> None:
    if not signed:
        MailchimpAudience.objects.update(sealed_hook_secret=b"")
    fake.delete_for_good(LIST, ADA)
    told(client, signed=signed)
    assert state_of(ADA) == ("confirmed", ""), "nobody has said yet what became of the contact"

    assert look(fake) == [None]

    assert state_of(ADA) == ("ended", "unsubscribed")
    assert member_hash(ADA) not in str(list(RemoteTask.objects.values())), "nothing stays of whom it was about"
    assert state_of(BEN) == ("confirmed", "")
    assert audience.members.get(member_hash=member_hash(ADA)).status == "archived"
    event = ConsentEvent.objects.get(subscription__subscriber__email=ADA, kind="ended")
    assert (event.source, event.detail) == ("mailchimp", "deleted for good from “Readers” at Mailchimp")


def test_no_sync_brings_them_over_again(client: Client, audience: MailchimpAudience, fake: FakeMailchimp) -> None:
    fake.delete_for_good(LIST, ADA)
    told(client)
    look(fake)
    calls = len(fake.calls)

    task = ask_for(RemoteTaskKind.PUSH, name="push:1", about={"audience": audience.pk}, now=NOW)
    push.push(task, Mailchimp(api_key=fake.key, api_url=fake.url, deadline=2), NOW + timedelta(minutes=1))

    assert list(fake.statuses(LIST)) == [BEN]
    assert not [call for call in fake.calls[calls:] if member_hash(ADA) in str(call)]


def test_who_was_archived_there_has_not_left(client: Client, audience: MailchimpAudience, fake: FakeMailchimp) -> None:
    fake.archive(LIST, ADA)
    told(client)

    assert look(fake) == [None]

    assert state_of(ADA) == ("confirmed", "")
    assert audience.members.get(member_hash=member_hash(ADA)).status == "archived"


def test_a_stranger_is_not_asked_for(client: Client, audience: MailchimpAudience) -> None:
    told(client, "eve@example.com")
    assert asked() == []


def test_what_we_delete_there_ourselves_ends_nothing(
    client: Client, audience: MailchimpAudience, fake: FakeMailchimp
) -> None:
    """Of somebody who was erased here and has come back since: the deletion is owed all the same."""
    fake.delete_for_good(LIST, ADA)
    told(client)
    MailchimpMember.objects.filter(member_hash=member_hash(ADA)).update(erasing=True, subscriber=None)

    look(fake)
    told(client, at=NOW + timedelta(seconds=1))

    assert state_of(ADA) == ("confirmed", "")
    assert asked()[0].about["deleted"] == {}, "the second one is not even asked for"


def test_the_contact_of_an_earlier_address_ends_nothing(
    client: Client, audience: MailchimpAudience, fake: FakeMailchimp
) -> None:
    fake.delete_for_good(LIST, ADA)
    told(client)
    Subscriber.objects.filter(email=ADA).update(email="ada@new.example")

    assert look(fake) == [None]
    told(client, at=NOW + timedelta(seconds=1))

    assert state_of("ada@new.example") == ("confirmed", "")
    assert asked()[0].about["deleted"] == {}


def test_who_confirmed_here_after_that_stays(client: Client, audience: MailchimpAudience, fake: FakeMailchimp) -> None:
    fake.delete_for_good(LIST, ADA)
    told(client, at=NOW - timedelta(minutes=2))
    Subscription.objects.filter(subscriber__email=ADA).update(confirmed_at=NOW - timedelta(minutes=1))

    assert look(fake) == [None]

    assert state_of(ADA) == ("confirmed", "")


def test_who_is_there_under_the_other_spelling_of_the_address_stays(
    client: Client, audience: MailchimpAudience, newsletter: Newsletter, fake: FakeMailchimp
) -> None:
    written, ours = "eve@bücher.example", "eve@xn--bcher-kva.example"
    make_reader(newsletter, ours)
    row = make_member(audience, ours)
    told(client, written)

    assert look(fake) == [None]
    assert state_of(ours) == ("confirmed", "")

    MailchimpMember.objects.filter(pk=row.pk).update(status="archived")
    told(client, written, at=NOW + timedelta(seconds=1))
    RemoteTask.objects.filter(name__startswith="deleted:").update(state=RemoteTaskState.PENDING)
    look(fake)
    assert state_of(ours) == ("ended", "unsubscribed")
