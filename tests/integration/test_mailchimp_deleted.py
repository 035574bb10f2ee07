"""A contact that was deleted for good there: its reader was erased there, and is not mailed by us any more either."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
import time_machine

from newsletter.audience.mailchimp import poll, push
from newsletter.audience.mailchimp.account import keep_key
from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import DownError, ThrottledError, UnexpectedAnswerError
from newsletter.backends.mailchimp.ids import member_hash
from newsletter.delivery.remote import runner
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
from tests.fakes.mailchimp import FakeMailchimp, faults
from tests.integration.mailchimp_audience import (
    DAY,
    HOOK,
    HOOK_SECRET,
    LIST,
    NOW,
    make_audience,
    make_member,
    make_reader,
    state_of,
)

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import Settings

pytestmark = pytest.mark.django_db

ADA, BEN = "ada@example.com", "ben@example.com"
MEMBER = f"/lists/{LIST}/members/*"


@pytest.fixture(scope="module")
def running() -> Iterator[FakeMailchimp]:
    with FakeMailchimp().running() as fake:
        yield fake


@pytest.fixture
def fake(running: FakeMailchimp) -> FakeMailchimp:
    running.start_afresh()
    running.stop_clock(NOW)
    running.add_list(list_id=LIST)
    for email in (ADA, BEN):
        running.add_member(LIST, email)
    return running


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def audience(newsletter: Newsletter, fake: FakeMailchimp) -> MailchimpAudience:
    audience = make_audience(newsletter)
    for email in (ADA, BEN):
        make_reader(newsletter, email)
        make_member(audience, email, pushed_at=NOW - 9 * DAY)
    return audience


def told(client: Client, email: str = ADA, *, at: datetime = NOW, signed: bool = True) -> None:
    """What Mailchimp posts when somebody of the practice removes a contact, one way or the other."""
    fields = {"type": "unsubscribe", "fired_at": f"{at:%Y-%m-%d %H:%M:%S}", "data[list_id]": LIST}
    more = {"data[id]": member_hash(email)[:10], "data[email]": email, "data[action]": "delete"}
    body = urlencode({**fields, **more, "data[reason]": "manual"}).encode()
    stamp = str(int(NOW.timestamp()))
    digest = hmac.digest(HOOK_SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hex()
    headers = {"X-Mailchimp-Signature": f"t={stamp},v1={digest}"} if signed else {}
    response = client.post(HOOK, body, content_type="application/x-www-form-urlencoded", headers=headers)
    assert response.status_code == 200


def asked() -> list[RemoteTask]:
    return list(RemoteTask.objects.filter(name__startswith="deleted:", state=RemoteTaskState.PENDING))


def look(fake: FakeMailchimp, now: datetime = NOW) -> list[datetime | None]:
    """A turn of each task that asks for somebody who was removed."""
    api = Mailchimp(api_key=fake.key, api_url=fake.url, deadline=2)
    return [poll.poll(task, api, now) for task in asked()]


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


def test_several_are_looked_at_in_one_task_which_names_nobody(
    client: Client, audience: MailchimpAudience, fake: FakeMailchimp
) -> None:
    for email in (ADA, BEN):
        fake.delete_for_good(LIST, email)
        told(client, email)

    (task,) = asked()
    assert set(task.about["deleted"]) == {member_hash(ADA), member_hash(BEN)}
    assert "example.com" not in str(RemoteTask.objects.values())
    assert look(fake) == [None]
    assert (state_of(ADA)[0], state_of(BEN)[0]) == ("ended", "ended")


def test_what_is_told_while_one_is_at_work_is_not_lost(
    client: Client, audience: MailchimpAudience, fake: FakeMailchimp
) -> None:
    told(client, BEN)
    RemoteTask.objects.filter(name__startswith="deleted:").update(state=RemoteTaskState.RUNNING)

    fake.delete_for_good(LIST, ADA)
    told(client)

    (task,) = asked()
    assert set(task.about["deleted"]) == {member_hash(ADA)}


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


def test_who_is_still_there_is_looked_at_again_for_a_minute(
    client: Client, audience: MailchimpAudience, fake: FakeMailchimp
) -> None:
    """The event may come before Mailchimp has done what it tells."""
    told(client)
    assert look(fake) == [NOW + timedelta(seconds=15)]
    fake.delete_for_good(LIST, ADA)

    assert look(fake, NOW + timedelta(seconds=15)) == [None]

    assert state_of(ADA) == ("ended", "unsubscribed")


def test_who_stays_there_is_not_looked_at_for_ever(
    client: Client, audience: MailchimpAudience, fake: FakeMailchimp
) -> None:
    told(client)
    assert look(fake, NOW + timedelta(minutes=1)) == [None]
    assert state_of(ADA) == ("confirmed", "")
    assert audience.members.get(member_hash=member_hash(ADA)).status == "subscribed"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.broken(500, done=False), DownError),
        (faults.throttled(), ThrottledError),
        (faults.page_of_html(), UnexpectedAnswerError),
        (faults.refused(404, "<html>not here</html>"), DownError),
    ],
)
def test_no_answer_is_not_taken_for_a_deletion(
    client: Client,
    audience: MailchimpAudience,
    fake: FakeMailchimp,
    fault: faults.Fault,
    error: type[Exception],
) -> None:
    fake.delete_for_good(LIST, ADA)
    told(client)
    fake.fail("GET", MEMBER, fault, times=20)
    with pytest.raises(error):
        look(fake)
    assert state_of(ADA) == ("confirmed", "")
    fake.heal()

    assert look(fake) == [None]

    assert state_of(ADA) == ("ended", "unsubscribed")


def test_one_that_is_refused_is_asked_for_again(
    client: Client, audience: MailchimpAudience, fake: FakeMailchimp
) -> None:
    fake.delete_for_good(LIST, ADA)
    told(client)
    fake.fail("GET", MEMBER, faults.refused(400, '{"status": 400, "title": "Bad Request", "detail": "No."}'))
    assert look(fake) == [NOW + timedelta(minutes=5)]

    assert look(fake) == [None]

    assert state_of(ADA) == ("ended", "unsubscribed")


def test_with_the_audience_gone_nobody_was_deleted(
    client: Client, audience: MailchimpAudience, fake: FakeMailchimp
) -> None:
    told(client)
    fake.remove_list(LIST)

    assert look(fake) == [NOW + timedelta(minutes=5)]

    assert state_of(ADA) == ("confirmed", "")
    assert asked()[0].about["deleted"], "it is looked at when the audience is there again"


def test_after_switching_off_nobody_is_looked_at(
    client: Client, audience: MailchimpAudience, fake: FakeMailchimp
) -> None:
    fake.delete_for_good(LIST, ADA)
    told(client)
    MailchimpAudience.objects.update(switched_on_at=None)

    assert look(fake) == [None]

    assert state_of(ADA) == ("confirmed", "")


def test_the_worker_looks_at_once_beside_what_it_looks_at_anyway(
    client: Client, audience: MailchimpAudience, fake: FakeMailchimp, settings: Settings
) -> None:
    entry = settings.NEWSLETTER_BACKENDS["mailchimp"]
    options = {**entry["OPTIONS"], "api_url": fake.url}
    settings.NEWSLETTER_BACKENDS = {**settings.NEWSLETTER_BACKENDS, "mailchimp": {**entry, "OPTIONS": options}}
    keep_key(fake.key, by=None, now=NOW)
    fake.delete_for_good(LIST, ADA)
    told(client)

    runner.run_due(NOW, owner="worker")

    assert state_of(ADA) == ("ended", "unsubscribed")
    assert RemoteTask.objects.get(name__startswith="deleted:").state == RemoteTaskState.DONE


def test_a_wait_that_mailchimp_asked_for_is_kept_when_another_is_told_of(
    client: Client, audience: MailchimpAudience, fake: FakeMailchimp
) -> None:
    told(client)
    until = NOW + timedelta(seconds=40)
    RemoteTask.objects.filter(name__startswith="deleted:").update(next_attempt_at=until)

    told(client, BEN)

    (task,) = asked()
    assert (task.next_attempt_at, len(task.about["deleted"])) == (until, 2)
