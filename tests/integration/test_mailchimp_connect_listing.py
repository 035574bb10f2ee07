"""What the tasks fetch of the account and of an audience, asked of a Mailchimp that remembers."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from newsletter.audience.mailchimp.account import connect as way_in
from newsletter.audience.mailchimp.connecting import Standing, connect_account, disconnect, standing
from newsletter.audience.mailchimp.listing import ask_for_audience, check_account, known_audience, known_audiences
from newsletter.audience.mailchimp.tasks import ask_for, last_of
from newsletter.delivery.remote.runner import run_due
from newsletter.models import MailchimpAccount, MailchimpAudience, RemoteTask, RemoteTaskKind, RemoteTaskState
from tests.fakes.mailchimp import FakeMailchimp
from tests.fakes.mailchimp.faults import Fault, forbidden, page_of_html

if TYPE_CHECKING:
    from pytest_django import Settings

    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db


@pytest.fixture
def fake(running_mailchimp: FakeMailchimp, settings: Settings) -> FakeMailchimp:
    """Without an audience, without a fault, and taking its key."""
    running_mailchimp.heal()
    running_mailchimp.state.lists.clear()
    running_mailchimp.state.keys = [running_mailchimp.key]
    entry = settings.NEWSLETTER_BACKENDS["mailchimp"]
    options = {"api_key": "", "api_url": running_mailchimp.url, "deadline": 2}
    settings.NEWSLETTER_BACKENDS = settings.NEWSLETTER_BACKENDS | {"mailchimp": entry | {"OPTIONS": options}}
    return running_mailchimp


def connect(key: str) -> None:
    connect_account(key, by=None, now=timezone.now())


def run() -> int:
    return run_due(timezone.now() + timedelta(seconds=1), owner="tests")


def test_a_good_key_brings_the_name_and_all_audiences_however_many(fake: FakeMailchimp) -> None:
    lists = [fake.add_list(f"Letters {number:04}") for number in range(1020)]
    fake.add_member(lists[7], "ada@example.com")
    connect(fake.key)
    assert standing().standing == Standing.CHECKING

    run()

    kept = MailchimpAccount.objects.get()
    assert standing().standing == Standing.CONNECTED
    assert kept.name
    assert kept.checked_at is not None
    assert [one.name for one in known_audiences()] == [f"Letters {number:04}" for number in range(1020)]
    found = known_audience(lists[7])
    assert found is not None
    assert (found.members, found.segments) == (1, None)
    assert "@example.com" not in str(kept.audiences)


def test_an_audience_comes_with_all_its_segments_tags_and_fields(fake: FakeMailchimp) -> None:
    readers = fake.add_list("Readers")
    for number in range(30):
        fake.add_segment(readers, f"Tag {number}", kind="static")
    fake.add_segment(readers, "Opened lately")
    for number in range(15):
        fake.add_merge_field(readers, f"MMERGE{number}", required=number == 14)
    connect(fake.key)
    run()
    ask_for_audience(readers, now=timezone.now())

    run()

    found = known_audience(readers)
    assert found is not None
    assert found.segments is not None
    assert found.merge_fields is not None
    assert [one.kind for one in found.segments] == ["tag"] * 30 + ["segment"]
    assert [one.tag for one in found.merge_fields if one.required] == ["MMERGE14"]
    assert len(found.merge_fields) >= 15


def test_listing_again_keeps_what_was_fetched_of_an_audience(fake: FakeMailchimp) -> None:
    readers = fake.add_list("Readers")
    fake.add_segment(readers, "Colleagues", kind="static")
    connect(fake.key)
    run()
    ask_for_audience(readers, now=timezone.now())
    run()

    ask_for(RemoteTaskKind.CHECK_ACCOUNT, now=timezone.now())
    run()

    found = known_audience(readers)
    assert found is not None
    assert [one.name for one in found.segments or ()] == ["Colleagues"]


def test_one_that_vanished_is_forgotten_and_said(fake: FakeMailchimp, newsletter: Newsletter) -> None:
    readers = fake.add_list("Readers")
    connect(fake.key)
    run()
    fake.remove_list(readers)
    ask_for_audience(readers, now=timezone.now())

    run()

    task = last_of(f"fetch_audience:{readers}")
    assert task is not None
    assert (task.state, task.said) == (
        RemoteTaskState.DONE,
        "The account has no such audience any more. Choose another one.",
    )
    assert known_audiences() == []


def test_another_name_over_there_is_the_name_here(fake: FakeMailchimp, newsletter: Newsletter) -> None:
    readers = fake.add_list("Practice letters")
    MailchimpAudience.objects.create(newsletter=newsletter, list_id=readers, list_name="Letters")
    connect(fake.key)
    run()
    ask_for_audience(readers, now=timezone.now())

    run()

    newsletter.mailchimp.refresh_from_db()
    assert newsletter.mailchimp.list_name == "Practice letters"


def test_a_revoked_key_is_said_and_what_was_known_stays(fake: FakeMailchimp, caplog: pytest.LogCaptureFixture) -> None:
    fake.add_list("Readers")
    connect(fake.key)
    run()
    fake.revoke_keys()
    caplog.set_level(logging.DEBUG)
    ask_for(RemoteTaskKind.CHECK_ACCOUNT, now=timezone.now())

    run()

    found = standing()
    assert found.standing == Standing.REFUSED
    assert found.said
    assert [one.name for one in known_audiences()] == ["Readers"]
    task = last_of("check_account")
    assert task is not None
    assert fake.key[:32] not in caplog.text + found.said + task.said
    assert task.state == RemoteTaskState.PENDING, "it is tried again"


def test_a_good_key_hurries_what_waited_for_one(fake: FakeMailchimp) -> None:
    connect(fake.key)
    later = timezone.now() + timedelta(hours=1)
    waiting = ask_for(RemoteTaskKind.REPORT, name="report:1", now=later)
    planned = ask_for(RemoteTaskKind.REPORT, name="report:2", now=later)
    RemoteTask.objects.filter(pk=waiting.pk).update(attempts=3)

    check_account(RemoteTask.objects.get(name="check_account"), way_in(), timezone.now())

    waiting.refresh_from_db()
    planned.refresh_from_db()
    assert waiting.next_attempt_at < later
    assert planned.next_attempt_at == later


@pytest.mark.parametrize("fault", [forbidden(), page_of_html()])
def test_an_answer_that_says_nothing_changes_nothing(fake: FakeMailchimp, fault: Fault) -> None:
    fake.fail("GET", "/lists", fault, times=20)
    connect(fake.key)

    run()

    kept = MailchimpAccount.objects.get()
    assert (kept.audiences, kept.checked_at) == ([], None)
    assert standing().standing != Standing.CONNECTED


def test_the_answer_to_a_key_that_was_replaced_meanwhile_is_not_kept(fake: FakeMailchimp) -> None:
    """Somebody disconnects, or enters another key, while the first one is being tried."""
    fake.add_list("Of the first account")
    connect(fake.key)
    task = RemoteTask.objects.get()
    api = way_in()

    class Meanwhile:
        """The same way, and a person who is quicker."""

        def __getattr__(self, name: str) -> object:
            if name == "audiences":
                connect("f" * 32 + "-us7")
            return getattr(api, name)

    check_account(task, Meanwhile(), timezone.now())  # type: ignore[arg-type]

    kept = MailchimpAccount.objects.get()
    assert (kept.hint, kept.audiences, kept.checked_at) == ("ffff", [], None)


def test_numbers_of_campaigns_that_went_out_wait_for_the_day_that_it_is_connected_again(fake: FakeMailchimp) -> None:
    connect(fake.key)
    run()
    next_look = timezone.now() + timedelta(days=1)
    report = ask_for(RemoteTaskKind.REPORT, name="report:0", now=next_look)
    other = ask_for(RemoteTaskKind.FETCH_AUDIENCE, name="fetch_audience:x", about={"list": "x"}, now=next_look)

    disconnect(by=None, now=timezone.now())

    report.refresh_from_db()
    other.refresh_from_db()
    assert (report.state, other.state) == (RemoteTaskState.PENDING, RemoteTaskState.FAILED)
    run_due(next_look + timedelta(seconds=1), owner="tests")
    report.refresh_from_db()
    assert report.state == RemoteTaskState.PENDING  # there is no key: it waits
    connect(fake.key)
    run()
    run()
    report.refresh_from_db()
    assert report.state == RemoteTaskState.DONE  # had its turn: there is no such campaign


def test_what_was_said_before_is_not_said_of_an_audience_that_was_fetched_since(fake: FakeMailchimp) -> None:
    readers = fake.add_list("Readers")
    connect(fake.key)
    run()
    ask_for_audience(readers, now=timezone.now())
    RemoteTask.objects.update(said="Mailchimp did not answer.", state=RemoteTaskState.PENDING)
    run()
    assert set(RemoteTask.objects.values_list("state", "said")) == {(RemoteTaskState.DONE, "")}


def test_after_disconnecting_nothing_is_asked(fake: FakeMailchimp) -> None:
    connect(fake.key)
    api = way_in()
    task = RemoteTask.objects.get()
    disconnect(by=None, now=timezone.now())
    before = len(fake.calls)

    check_account(task, api, timezone.now())

    assert len(fake.calls) == before
    assert not MailchimpAccount.objects.exists()
