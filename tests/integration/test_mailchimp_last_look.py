"""What the pages say of readers over there who are left to themselves: by switching off, by another audience."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.utils import timezone

from newsletter.issues.switching_over import switch_on
from newsletter.models import ClockLease, MailchimpAudience, RemoteTask, RemoteTaskKind, RemoteTaskState
from tests.integration.admin_scene import log_in
from tests.integration.connect_scene import agree, choose, make_account, page_of

if TYPE_CHECKING:
    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db

JUST_LOOKED = "Mailchimp was looked at within the last two minutes"
NOT_LOOKED = "Mailchimp could not be looked at in the last minute"


@pytest.fixture
def owner(home: HomePage, logins: None) -> Client:
    return log_in("owner")


@pytest.fixture
def poll(newsletter: Newsletter) -> RemoteTask:
    """Of a newsletter that is switched on and was looked at just now, by a worker that is there."""
    now = timezone.now()
    make_account()
    agree(choose(newsletter))
    switch_on(newsletter, by=None, now=now)
    MailchimpAudience.objects.update(polled_until=now - timedelta(hours=3))
    ClockLease.objects.update_or_create(name="clock", defaults={"ticked_at": now})
    task = RemoteTask.objects.get(kind=RemoteTaskKind.POLL)
    RemoteTask.objects.filter(pk=task.pk).update(next_attempt_at=now + timedelta(seconds=20))
    return task


def off_page(owner: Client, newsletter: Newsletter) -> str:
    return owner.get(page_of("off", newsletter)).content.decode()


def test_who_switches_off_reads_that_all_leavings_are_known(
    owner: Client, newsletter: Newsletter, poll: RemoteTask
) -> None:
    page = off_page(owner, newsletter)
    assert JUST_LOOKED in page
    assert NOT_LOOKED not in page


@pytest.mark.parametrize(
    "what",
    [
        {"attempts": 3, "said": "Mailchimp can’t be reached now."},
        {"said": "Mailchimp is asked too often."},
        {"next_attempt_at": timezone.now() - timedelta(hours=1)},
        {"state": RemoteTaskState.FAILED},
    ],
    ids=["down", "throttled", "overdue", "given up"],
)
def test_who_switches_off_while_mailchimp_is_not_looked_at_reads_since_when_leavings_may_be_missed(
    owner: Client, newsletter: Newsletter, poll: RemoteTask, what: dict[str, Any]
) -> None:
    RemoteTask.objects.filter(pk=poll.pk).update(**what)
    page = off_page(owner, newsletter)
    assert JUST_LOOKED not in page
    assert f"{NOT_LOOKED}. The last change there that is known here is of" in page
    assert "compare with its unsubscribed contacts before you send" in page
    assert "Switch it off" in page


def test_without_a_worker_nothing_is_said_to_be_known(owner: Client, newsletter: Newsletter, poll: RemoteTask) -> None:
    ClockLease.objects.all().delete()
    assert NOT_LOOKED in off_page(owner, newsletter)


def test_an_audience_that_was_never_read_to_its_end_is_no_evidence(
    owner: Client, newsletter: Newsletter, poll: RemoteTask
) -> None:
    MailchimpAudience.objects.update(polled_until=None)
    assert "What changed at Mailchimp was never looked at to the end." in off_page(owner, newsletter)


def test_who_takes_another_audience_reads_what_reaches_the_former_one(owner: Client, newsletter: Newsletter) -> None:
    make_account()
    choose(newsletter)
    page = owner.get(page_of("audience", newsletter)).content.decode()
    assert "who leaves later stays subscribed there" in page
    assert "Readers erased later are deleted from the former one, too" in page
