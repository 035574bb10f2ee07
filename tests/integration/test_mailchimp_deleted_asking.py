"""Asking Mailchimp what became of a removed contact: when, how often, and which answers are none."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from newsletter.audience.mailchimp.account import keep_key
from newsletter.backends.mailchimp.errors import DownError, ThrottledError, UnexpectedAnswerError
from newsletter.backends.mailchimp.ids import member_hash
from newsletter.delivery.remote import runner
from newsletter.models import MailchimpAudience, RemoteTask, RemoteTaskState
from tests.fakes.mailchimp import FakeMailchimp, faults
from tests.integration.mailchimp_audience import LIST, NOW, state_of
from tests.integration.removing import ADA, BEN, asked, audience, fake, look, today, told

__all__ = ["audience", "fake", "today"]

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import Settings

pytestmark = pytest.mark.django_db
MEMBER = f"/lists/{LIST}/members/*"


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
