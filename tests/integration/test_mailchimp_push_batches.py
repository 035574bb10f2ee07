"""Many readers at once go in batches, and a lost answer, a kill or a result that can't be read loses nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from newsletter.audience.erase import erase
from newsletter.audience.mailchimp import batches, push, turn
from newsletter.backends.mailchimp.answers import Batch, Operation
from newsletter.models import MailchimpAudience, MailchimpBatch, MailchimpMember
from tests.fakes.mailchimp import FakeMailchimp
from tests.fakes.mailchimp.faults import Fault, broken, lost, refused, throttled
from tests.integration.mailchimp_pushing import Pushing, make_pushing, running_fake

pytestmark = pytest.mark.django_db

NAMES = ("ada", "ben", "cyd", "dot", "eve", "fay", "gus", "hal")


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeMailchimp]:
    yield from running_fake()


@pytest.fixture
def scene(fake: FakeMailchimp, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pushing]:
    """Where more than two are many, and a batch holds three."""
    monkeypatch.setattr(push, "FEW", 2)
    monkeypatch.setattr(batches, "MOST_IN_ONE", 3)
    fake.set(batch_rate=0.0, results_base="")
    yield (made := make_pushing(fake))
    assert not [address for list_id, address in fake.state.resubscribed if list_id == made.list_id]
    bodies = [call["body"] for call in fake.state.calls if call["path"].startswith("/batches")]
    operations = [operation for body in bodies for operation in body.get("operations", [])]
    assert not [one for one in operations if one["method"] == "PUT" and '"status":' in one["body"]]


def _all_there(scene: Pushing) -> bool:
    return scene.there() == dict.fromkeys(NAMES, "subscribed")


def test_many_are_brought_over_in_batches(scene: Pushing) -> None:
    scene.readers(*NAMES)
    scene.turn()
    assert [len(batch.members) for batch in MailchimpBatch.objects.order_by("pk")] == [3, 3, 2]
    assert (scene.task.done, scene.task.total) == (0, 8)
    scene.turn()
    assert _all_there(scene)
    assert scene.is_in_step
    assert (scene.task.done, scene.task.total) == (8, 8)
    assert {member.status for member in scene.audience.members.all()} == {"subscribed"}
    assert not MailchimpBatch.objects.filter(settled_at=None).exists()


def test_many_leave_although_they_lack_a_field_that_the_audience_requires_by_now(scene: Pushing) -> None:
    readers = scene.readers(*NAMES)
    scene.turns(2)
    scene.fake.add_merge_field(scene.list_id, "CITY", required=True)
    for one in readers:
        scene.leave(one)
    scene.turns(2)
    assert scene.there() == dict.fromkeys(NAMES, "unsubscribed")


def test_a_few_batches_are_open_at_once(scene: Pushing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST_OPEN", 2)
    scene.fake.set(batch_rate=0.001)
    scene.readers(*NAMES)
    scene.turns(2)
    assert len(scene.asked("POST", "/batches")) == 2
    assert scene.task.total == 8
    scene.fake.set(batch_rate=0.0)
    scene.turns(2)
    assert _all_there(scene)


def test_progress_is_told_while_batches_go_on(scene: Pushing) -> None:
    scene.fake.set(batch_rate=1.0)
    scene.readers(*NAMES)
    scene.turn()
    scene.turn(seconds=1)
    assert (scene.task.done, scene.task.total) == (3, 8)


def test_of_a_batch_that_is_partly_refused_the_others_are_in_step(scene: Pushing) -> None:
    scene.readers(*NAMES[:3])
    noreply = scene.reader("noreply")
    scene.fake.add_member(scene.list_id, "gone@example.com")
    scene.fake.delete_for_good(scene.list_id, "gone@example.com")
    gone = scene.reader("gone")
    scene.turns(2)
    assert scene.there() == dict.fromkeys(NAMES[:3], "subscribed")
    assert (scene.member(noreply).problem, scene.member(gone).problem) == ("address", "forgotten")
    assert "@" not in scene.member(noreply).problem_text
    assert scene.is_in_step
    assert MailchimpBatch.objects.get(errored__gt=0).errored == 2


def test_who_left_there_is_found_in_a_batch_too(scene: Pushing) -> None:
    scene.fake.add_member(scene.list_id, "ada@example.com", status="unsubscribed")
    ada, *_ = scene.readers(*NAMES)
    scene.turns(3)
    ada.refresh_from_db()
    assert ada.state == "ended"
    assert scene.there() == {**dict.fromkeys(NAMES, "subscribed"), "ada": "unsubscribed"}


def test_many_who_ended_leave_in_batches(scene: Pushing) -> None:
    readers = scene.readers(*NAMES)
    scene.turns(2)
    for reader in readers:
        scene.leave(reader)
    scene.turns(2)
    assert set(scene.there().values()) == {"unsubscribed"}
    scene.turn()
    assert scene.is_in_step
    assert {member.status for member in scene.audience.members.all()} == {"unsubscribed"}


def test_who_ends_while_a_long_batch_goes_on_leaves_at_once(scene: Pushing) -> None:
    """`ada` is there already and changes with the batch; `ben` is new with it."""
    ada = scene.reader("ada")
    scene.turn()
    type(ada.subscriber).objects.filter(pk=ada.subscriber_id).update(language="de")
    _, ben, *_ = [ada, *scene.readers(*NAMES[1:])]
    scene.fake.set(batch_rate=0.001)
    scene.turn()
    scene.leave(ada)
    scene.leave(ben)
    scene.turn()
    assert scene.there() == {"ada": "unsubscribed"}
    scene.fake.set(batch_rate=0.0)
    scene.turns(3)
    assert scene.there() == {**dict.fromkeys(NAMES, "subscribed"), "ada": "unsubscribed", "ben": "unsubscribed"}
    assert (scene.member(ada).status, scene.member(ben).status) == ("unsubscribed", "unsubscribed")


def test_who_is_erased_while_a_batch_brings_them_over_is_not_there_after_it(scene: Pushing) -> None:
    ada, *_ = scene.readers(*NAMES)
    scene.fake.set(batch_rate=0.001)
    scene.turn()
    erase(ada.subscriber, now=scene.now)
    scene.turn()
    assert MailchimpMember.objects.filter(erasing=True).exists()
    scene.fake.set(batch_rate=0.0)
    scene.turns(3)
    assert scene.there() == dict.fromkeys(NAMES[1:], "subscribed")
    assert not MailchimpMember.objects.filter(erasing=True).exists()
    assert scene.is_in_step


def test_who_is_erased_in_a_batch_is_let_go_of_also_after_it_was_switched_off(scene: Pushing) -> None:
    """Else the mark would stay for ever, and the account could never be disconnected."""
    ada, *_ = scene.readers(*NAMES)
    scene.fake.set(batch_rate=0.001)
    scene.turn()
    MailchimpAudience.objects.update(switched_on_at=None)
    erase(ada.subscriber, now=scene.now)
    assert scene.turn() is not None, "the batch may still bring them over"
    scene.fake.set(batch_rate=0.0)
    scene.turns(2)
    assert scene.turn() is None
    assert scene.there() == dict.fromkeys(NAMES[1:], "subscribed")
    assert not MailchimpMember.objects.filter(erasing=True).exists()


@pytest.mark.parametrize("done", [True, False])
def test_a_batch_whose_start_is_unsure_is_asked_for_again(scene: Pushing, done: bool) -> None:
    scene.readers(*NAMES)
    scene.fake.fail("POST", "/batches", lost(done=done))
    scene.turn()
    assert MailchimpBatch.objects.filter(remote_id="").count() == 1
    scene.turns(3, seconds=90)
    assert _all_there(scene)
    scene.turns(2, seconds=600)
    assert not MailchimpBatch.objects.filter(settled_at=None).exists()
    assert scene.is_in_step


def test_a_kill_before_the_id_of_a_batch_is_kept_loses_nobody(scene: Pushing) -> None:
    scene.readers(*NAMES)
    scene.turn()
    MailchimpBatch.objects.update(remote_id="")  # what a killed worker would have left
    scene.turns(3)
    assert _all_there(scene)
    assert {member.status for member in scene.audience.members.all()} == {"subscribed"}


def test_a_kill_before_the_answer_of_a_single_call_is_kept_loses_nobody(scene: Pushing) -> None:
    ada = scene.reader("ada")
    scene.turn()
    MailchimpMember.objects.filter(pk=scene.member(ada).pk).update(
        status="", sent_digest="", retry_at=scene.now + turn.LEASE
    )
    scene.turns(2, seconds=200)
    assert scene.member(ada).status == "subscribed"
    assert scene.is_in_step


@pytest.mark.parametrize("fault", [throttled("7"), refused(404, '{"title": "Resource Not Found", "status": 404}')])
def test_a_batch_that_can_not_be_looked_at_loses_nobody(scene: Pushing, fault: Fault) -> None:
    scene.readers(*NAMES)
    scene.turn()
    scene.fake.fail("GET", "/batches/*", fault, times=3)
    scene.failing_turn()
    for _ in range(6):
        scene.failing_turn(seconds=150)
    assert _all_there(scene)
    assert scene.is_in_step


def test_a_batch_that_is_stuck_is_given_up(scene: Pushing) -> None:
    scene.readers(*NAMES)
    scene.fake.set(batch_rate=0.000001)
    scene.turn()
    scene.turn(seconds=3 * 3600)
    assert not MailchimpBatch.objects.filter(settled_at=None).exists()
    assert "hours" in scene.audience.problem
    scene.fake.set(batch_rate=0.0)
    scene.turns(3, seconds=400)
    assert _all_there(scene)
    assert scene.audience.problem == ""


def test_results_on_another_host_are_not_fetched(scene: Pushing) -> None:
    scene.readers(*NAMES)
    scene.fake.set(results_base="http://results.evil.example")
    scene.turns(2)
    assert "not its own" in scene.audience.problem
    assert scene.audience.in_step_at is None
    assert MailchimpMember.objects.exclude(sent_digest="").count() == 0
    scene.fake.set(results_base="")
    scene.turns(3, seconds=400)
    assert scene.audience.problem == ""
    assert scene.is_in_step


@pytest.mark.parametrize("fault", [pytest.param(throttled("1"), marks=pytest.mark.slow), broken(503, done=False)])
def test_a_service_that_is_busy_or_down_delays_and_loses_nobody(scene: Pushing, fault: Fault) -> None:
    scene.readers(*NAMES)
    scene.fake.fail("POST", "/batches", fault, times=8)
    for _ in range(4):
        scene.failing_turn(seconds=90)
    scene.fake.heal()
    scene.turns(3, seconds=90)
    assert _all_there(scene)


def test_two_workers_at_once_bring_everybody_over(scene: Pushing, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one's turn begins while the first one starts a batch: its lease had run out."""
    scene.readers(*NAMES)
    start = scene.api.start_batch

    def start_beside_another(operations: Sequence[Operation]) -> Batch:
        monkeypatch.setattr(scene.api, "start_batch", start)
        push.push(scene.task, scene.api, scene.now)
        return start(operations)

    monkeypatch.setattr(scene.api, "start_batch", start_beside_another)
    scene.turns(4)
    assert _all_there(scene)
    assert {member.status for member in scene.audience.members.all()} == {"subscribed"}
    assert scene.audience.members.count() == len(NAMES)
    assert scene.is_in_step
