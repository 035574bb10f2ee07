"""Tests through Mailchimp: one mail to somebody of the team, no draft left behind, no address in a task."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import DownError, RefusedError, UnsureError
from newsletter.delivery.remote import drafts, runner
from newsletter.delivery.remote.tests import turn
from newsletter.issues.test_send import PER_HOUR, TestSendError, send_test
from newsletter.issues.test_send_there import send_test_there
from newsletter.models import Issue, OutgoingMail, RemoteTask, RemoteTaskKind
from tests.fakes.mailchimp import FakeMailchimp
from tests.fakes.mailchimp.campaigns import create
from tests.fakes.mailchimp.faults import broken, lost, page_of_html, refused
from tests.integration.admin_scene import Scene, log_in
from tests.integration.sent_by_mailchimp import connect, way_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

pytestmark = pytest.mark.django_db

ADDRESS = "editor@example.com"


@pytest.fixture
def fake() -> Iterator[FakeMailchimp]:
    with FakeMailchimp().running() as running:
        yield running


@pytest.fixture
def issue(scene: Scene, fake: FakeMailchimp) -> Issue:
    connect(scene.newsletter, fake)
    return Issue.objects.get(pk=scene.issue.pk)


@pytest.fixture
def editor(scene: Scene) -> User:
    return User.objects.get(username="editor")


@pytest.fixture
def task(issue: Issue, editor: User) -> RemoteTask:
    return send_test_there(issue, by=editor, now=timezone.now(), to=ADDRESS)


def again(task: RemoteTask) -> RemoteTask:
    """As another worker takes it up."""
    return RemoteTask.objects.get(pk=task.pk)


def impatient(fake: FakeMailchimp) -> Mailchimp:
    return Mailchimp(api_key=fake.key, api_url=fake.url, deadline=0.5)


def mailed_tests(fake: FakeMailchimp) -> list[str]:
    return [address for _campaign, address, _kind in fake.state.tests]


def test_it_is_sent_once_as_saved_and_its_draft_is_deleted(task: RemoteTask, issue: Issue, fake: FakeMailchimp) -> None:
    draft = issue.get_latest_revision_as_object()
    draft.subject = "A newer draft"
    draft.save_revision()
    assert turn(task, way_to(fake), timezone.now()) is None
    assert mailed_tests(fake) == [ADDRESS]
    assert fake.campaigns() == []
    assert task.said == "Mailchimp has sent it."
    (made,) = fake.bodies("POST", "/campaigns")
    assert made["settings"]["subject_line"] == "A newer draft"
    assert made["settings"]["title"] == f"rounds-test-{task.name.partition(':')[2]}"


def test_the_task_holds_no_address(task: RemoteTask, fake: FakeMailchimp) -> None:
    turn(task, way_to(fake), timezone.now())
    assert "@" not in json.dumps([again(task).about, task.said, task.name])


def test_only_addresses_that_are_open_to_tests_get_one(issue: Issue, editor: User) -> None:
    for address in ("somebody@example.com", "", "no address"):
        with pytest.raises(TestSendError, match="Choose one"):
            send_test_there(issue, by=editor, now=timezone.now(), to=address)
    assert not RemoteTask.objects.exists()


def test_an_address_that_was_closed_meanwhile_gets_none(task: RemoteTask, editor: User, fake: FakeMailchimp) -> None:
    User.objects.filter(pk=editor.pk).update(email="other@example.com")
    with pytest.raises(RefusedError, match="not open to tests any more"):
        turn(task, way_to(fake), timezone.now())
    assert (mailed_tests(fake), fake.campaigns()) == ([], [])


def test_both_ways_share_one_limit(issue: Issue, editor: User) -> None:
    now = timezone.now()
    for number in range(PER_HOUR):
        if number % 2:
            send_test(issue, by=editor, now=now)
        else:
            send_test_there(issue, by=editor, now=now, to=ADDRESS)
    with pytest.raises(TestSendError, match="20 tests within an hour"):
        send_test(issue, by=editor, now=now)
    with pytest.raises(TestSendError, match="20 tests within an hour"):
        send_test_there(issue, by=editor, now=now, to=ADDRESS)
    assert ModelLogEntry.objects.filter(action="newsletter.test").count() == PER_HOUR
    send_test_there(issue, by=editor, now=now + timedelta(hours=1, seconds=1), to=ADDRESS)


def test_a_lost_answer_is_never_a_second_test(task: RemoteTask, fake: FakeMailchimp) -> None:
    fake.fail("POST", "/campaigns/*/actions/test", lost(done=True))
    turn(task, way_to(fake), timezone.now())
    assert mailed_tests(fake) == [ADDRESS]
    assert "answer was lost" in task.said
    assert fake.campaigns() == []


def test_a_kill_after_asking_is_never_a_second_test(task: RemoteTask, fake: FakeMailchimp) -> None:
    drafts.note(task, asked=True)
    task = again(task)
    turn(task, way_to(fake), timezone.now())
    assert mailed_tests(fake) == []
    assert "answer was lost" in task.said


def test_a_draft_whose_making_was_not_answered_is_found_again(task: RemoteTask, fake: FakeMailchimp) -> None:
    fake.fail("POST", "/campaigns", lost(done=True))
    with pytest.raises(UnsureError):
        turn(task, impatient(fake), timezone.now())
    assert len(fake.campaigns()) == 1
    turn(again(task), way_to(fake), timezone.now())
    assert len(fake.bodies("POST", "/campaigns")) == 1
    assert (mailed_tests(fake), fake.campaigns()) == ([ADDRESS], [])


def test_a_draft_that_comes_late_after_it_was_asked_for_again_is_deleted_too(
    task: RemoteTask, fake: FakeMailchimp, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.fail("POST", "/campaigns", lost(done=False))
    with pytest.raises(UnsureError):
        turn(task, impatient(fake), timezone.now())
    asked = {"type": "regular", "settings": {"title": again(task).about["title"]}}
    send_test_of = Mailchimp.send_test

    def comes_late(api: Mailchimp, campaign_id: str, addresses: Sequence[str]) -> None:
        with fake.settled() as state:
            create(state, asked)
        send_test_of(api, campaign_id, addresses)

    monkeypatch.setattr(Mailchimp, "send_test", comes_late)
    turn(again(task), way_to(fake), timezone.now())
    assert (mailed_tests(fake), fake.campaigns()) == ([ADDRESS], [])


def test_a_refusal_deletes_the_draft_and_says_why(task: RemoteTask, fake: FakeMailchimp) -> None:
    why = json.dumps({"title": "Bad Request", "status": 400, "detail": "The test limit of your plan is reached."})
    fake.fail("POST", "/campaigns/*/actions/test", refused(400, why))
    with pytest.raises(RefusedError, match="test limit"):
        turn(task, way_to(fake), timezone.now())
    assert fake.campaigns() == []


def test_a_draft_that_could_not_be_deleted_is_deleted_later(task: RemoteTask, fake: FakeMailchimp) -> None:
    fake.fail("DELETE", "/campaigns/*", broken(503, done=False), times=100)
    with pytest.raises((DownError, UnsureError)):
        turn(task, impatient(fake), timezone.now())
    fake.heal()
    task = again(task)
    turn(task, way_to(fake), timezone.now())
    assert (mailed_tests(fake), fake.campaigns(), task.said) == ([ADDRESS], [], "Mailchimp has sent it.")


def test_a_page_of_html_for_the_deletion_leaves_no_draft(
    task: RemoteTask, fake: FakeMailchimp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "open_account", lambda: way_to(fake))
    fake.fail("DELETE", "/campaigns/*", page_of_html())
    now = timezone.now()
    runner.run_due(now, owner="w")
    assert again(task).state == "pending"
    runner.run_due(now + timedelta(minutes=1), owner="w")
    assert (mailed_tests(fake), fake.campaigns(), again(task).state) == ([ADDRESS], [], "done")


def test_a_draft_that_nobody_may_delete_is_said(task: RemoteTask, fake: FakeMailchimp) -> None:
    why = json.dumps({"title": "Bad Request", "status": 400, "detail": "It can't be deleted."})
    fake.fail("DELETE", "/campaigns/*", refused(400, why))
    assert turn(task, way_to(fake), timezone.now()) is None
    assert task.said.startswith("Mailchimp has sent it. Its draft “rounds-test-")


def test_a_newsletter_that_left_mailchimp_meanwhile_sends_none(
    task: RemoteTask, scene: Scene, fake: FakeMailchimp
) -> None:
    scene.newsletter.backend = "default"
    scene.newsletter.save()
    with pytest.raises(RefusedError, match="not sent by Mailchimp any more"):
        turn(task, way_to(fake), timezone.now())
    assert fake.calls == []


class TestPage:
    def test_it_offers_both_ways_and_asks_nobody(self, scene: Scene, issue: Issue, fake: FakeMailchimp) -> None:
        client, address = log_in("Editor"), scene.address("newsletter_issues:test")
        assert "Through Mailchimp, as its readers get it" in client.get(address).content.decode()
        page = client.post(address, {"to": ADDRESS, "through": "there"}, follow=True).content.decode()
        assert "Mailchimp is being asked" in page
        assert RemoteTask.objects.get().kind == RemoteTaskKind.TEST
        client.post(address, {"to": ADDRESS, "through": "here"})
        assert OutgoingMail.objects.get().recipient == ADDRESS
        assert fake.calls == []

    def test_a_newsletter_of_our_own_has_one_way(self, scene: Scene) -> None:
        client, address = log_in("Editor"), scene.address("newsletter_issues:test")
        assert "Through Mailchimp" not in client.get(address).content.decode()
        page = client.post(address, {"to": ADDRESS, "through": "there"}, follow=True).content.decode()
        assert "not sent by Mailchimp" in page
        assert not RemoteTask.objects.exists()

    def test_what_became_of_it_appears_by_itself(self, scene: Scene, task: RemoteTask) -> None:
        client = log_in("Editor")
        address = reverse("newsletter_issues:test_live", args=[scene.issue.pk])
        assert 'data-seconds="2"' in client.get(address).content.decode()
        RemoteTask.objects.update(state="failed", said="The test limit is reached.", settled_at=timezone.now())
        shown = client.get(address).content.decode()
        assert 'data-seconds="0"' in shown
        assert "The test limit is reached." in shown
        assert ADDRESS not in shown
