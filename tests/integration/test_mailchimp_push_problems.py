"""What Mailchimp refuses: of one reader, of everybody, or of us; said to people, tried again, and nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from newsletter.audience.mailchimp import push
from newsletter.backends.mailchimp.errors import KeyRefusedError, ThrottledError
from newsletter.delivery.remote.standing import ensure_standing_tasks
from newsletter.models import MailchimpAudience, MailchimpMember, Newsletter, RemoteTask, RemoteTaskState
from tests.fakes.mailchimp import FakeMailchimp
from tests.fakes.mailchimp.faults import broken, lost, refused, throttled
from tests.integration.mailchimp_pushing import Pushing, make_pushing, running_fake

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeMailchimp]:
    yield from running_fake()


@pytest.fixture
def scene(fake: FakeMailchimp) -> Pushing:
    return make_pushing(fake)


def test_a_reader_in_compliance_state_stays_here_and_is_shown(scene: Pushing) -> None:
    scene.fake.add_member(scene.list_id, "ada@example.com")
    scene.fake.put_in_compliance(scene.list_id, "ada@example.com")
    ada, ben = scene.readers("ada", "ben")
    scene.turn()
    member = scene.member(ada)
    assert (member.problem, scene.member(ben).problem) == ("compliance", "")
    assert "@" not in member.problem_text
    ada.refresh_from_db()
    assert ada.state == "confirmed"
    scene.turn()
    assert scene.is_in_step
    assert scene.audience.problem == ""


def test_what_was_refused_is_tried_again_after_a_week_or_when_the_reader_changes(scene: Pushing) -> None:
    reader = scene.reader("noreply")
    scene.turn()
    assert scene.member(reader).problem == "address"
    scene.forget_calls()
    scene.turn(seconds=6 * 86400)
    assert scene.asked("PUT") == []
    scene.turn(seconds=2 * 86400)
    assert len(scene.asked("PUT")) == 1
    type(reader.subscriber).objects.filter(pk=reader.subscriber_id).update(language="de")
    scene.turn()
    assert len(scene.asked("PUT")) == 2


def test_who_was_deleted_for_good_there_is_told_apart(scene: Pushing) -> None:
    scene.fake.add_member(scene.list_id, "ada@example.com")
    scene.fake.delete_for_good(scene.list_id, "ada@example.com")
    ada = scene.reader("ada")
    scene.turn()
    assert scene.member(ada).problem == "forgotten"


def test_a_refused_reader_who_ends_leaves_nothing_to_do(scene: Pushing) -> None:
    reader = scene.reader("noreply")
    scene.turn()
    scene.leave(reader)
    scene.turns(2)
    assert not MailchimpMember.objects.filter(audience=scene.audience).exists()
    assert scene.is_in_step


def test_who_ends_leaves_at_once_although_their_last_change_was_refused(scene: Pushing) -> None:
    ada = scene.reader("ada")
    scene.turn()
    scene.fake.put_in_compliance(scene.list_id, "ada@example.com")
    type(ada.subscriber).objects.filter(pk=ada.subscriber_id).update(language="de")
    scene.turn()
    assert scene.member(ada).problem == "compliance"
    scene.leave(ada)
    scene.turn()
    assert scene.there() == {"ada": "unsubscribed"}


def test_whom_only_the_reader_can_bring_back_is_not_asked_again_and_again(scene: Pushing) -> None:
    ada = scene.reader("ada")
    scene.turn()
    scene.leave(ada)
    scene.turn()
    scene.pass_(days=1)
    type(ada).objects.filter(pk=ada.pk).update(state="confirmed", confirmed_at=scene.now, ended_at=None)
    no = refused(400, '{"title": "Member In Compliance State", "status": 400, "detail": "Only they can."}')
    scene.fake.fail("PATCH", "/lists/*/members/*", no, times=99)
    scene.turn()
    assert scene.member(ada).problem == "compliance"
    scene.forget_calls()
    scene.turn(seconds=8 * 86400)
    assert scene.asked() == []
    scene.fake.heal()


def test_a_field_that_is_required_of_everybody_is_said_and_mends_itself(scene: Pushing) -> None:
    scene.fake.add_merge_field(scene.list_id, "CITY", required=True)
    scene.readers("ada", "ben", "cyd")
    scene.turn()
    assert scene.there() == {}
    assert "CITY" in scene.audience.problem
    assert "@" not in scene.audience.problem
    assert scene.task.said == scene.audience.problem
    scene.forget_calls()
    scene.turn()
    assert len(scene.asked("PUT")) == 1, "one of them is tried, not all"
    with scene.fake.settled() as state:
        state.list(scene.list_id)["_merge_fields"][-1]["required"] = False
    scene.turns(2)
    assert set(scene.there()) == {"ada", "ben", "cyd"}
    assert scene.audience.problem == ""
    assert scene.is_in_step


def test_a_field_of_everybodys_that_is_settled_brings_all_though_the_one_who_is_tried_lacks_another(
    fake: FakeMailchimp,
) -> None:
    scene = make_pushing(fake, merge_fields={"FNAME": "name"})
    for tag in ("FNAME", "CITY"):
        fake.add_merge_field(scene.list_id, tag, required=True)
    ada, ben, cyd = scene.readers("ada", "ben", "cyd")
    type(ada.subscriber).objects.filter(pk__in=[ben.subscriber_id, cyd.subscriber_id]).update(name="Somebody")
    scene.turn()
    assert "CITY" in scene.audience.problem
    with fake.settled() as state:
        state.list(scene.list_id)["_merge_fields"][-1]["required"] = False
    scene.turns(2)
    assert set(scene.there()) == {"ben", "cyd"}
    assert scene.member(ada).problem == "field"
    assert scene.audience.problem == ""
    scene.forget_calls()
    scene.turns(2)
    assert scene.asked("PUT") == [], "who lacks a field of their own is not tried each time"


def test_a_field_that_is_chosen_and_empty_concerns_that_reader_alone(fake: FakeMailchimp) -> None:
    scene = make_pushing(fake, merge_fields={"FNAME": "name"})
    fake.add_merge_field(scene.list_id, "FNAME", required=True)
    ada, ben = scene.readers("ada", "ben")
    subscribers = type(ada.subscriber).objects
    subscribers.filter(pk=ben.subscriber_id).update(name="Ben")
    scene.turn()
    assert (scene.member(ada).problem, scene.member(ben).problem) == ("field", "")
    assert scene.audience.problem == ""
    subscribers.filter(pk=ada.subscriber_id).update(name="Ada")
    scene.turn()
    assert set(scene.there()) == {"ada", "ben"}


def test_an_audience_that_vanished_is_said_and_nothing_is_lost(scene: Pushing) -> None:
    ada, ben = scene.readers("ada", "ben")
    scene.turn()
    with scene.fake.settled() as state:
        kept = state.lists.pop(scene.list_id)
    scene.leave(ada)
    scene.reader("cyd")
    assert scene.turn() == scene.now + timedelta(minutes=5)
    assert "no such audience" in scene.audience.problem
    scene.forget_calls()
    scene.turn(seconds=300)
    assert {method for method, _ in scene.asked()} == {"GET"}
    with scene.fake.settled() as state:
        state.lists[scene.list_id] = kept
    scene.turns(3, seconds=300)
    assert scene.there() == {"ada": "unsubscribed", "ben": "subscribed", "cyd": "subscribed"}
    assert scene.audience.problem == ""
    assert scene.member(ben).status == "subscribed"


def test_a_refused_key_is_said_and_the_runner_tries_again(scene: Pushing) -> None:
    scene.reader("ada")
    with scene.fake.state.lock:
        keys, scene.fake.state.keys = scene.fake.state.keys, []
    with pytest.raises(KeyRefusedError):
        scene.turn()
    scene.audience.refresh_from_db()
    assert scene.audience.problem.startswith(push.PROBLEM)
    assert scene.fake.key not in scene.audience.problem
    with scene.fake.state.lock:
        scene.fake.state.keys = keys
    scene.turns(2)
    assert set(scene.there()) == {"ada"}
    assert scene.audience.problem == ""


def test_being_throttled_keeps_what_was_done(scene: Pushing) -> None:
    ada, ben = scene.readers("ada", "ben")
    scene.fake.fail("PUT", "/lists/*/members/*", throttled("9"), times=9, after=1)
    with pytest.raises(ThrottledError):
        scene.turn()
    assert sorted(scene.member(reader).status for reader in (ada, ben)) == ["", "subscribed"]
    scene.fake.heal()
    scene.turn()
    assert set(scene.there()) == {"ada", "ben"}


@pytest.mark.parametrize("done", [True, False])
def test_a_lost_answer_to_an_upsert_is_no_second_member(scene: Pushing, done: bool) -> None:
    scene.reader("ada")
    scene.fake.fail("PUT", "/lists/*/members/*", lost(done=done))
    scene.failing_turn()
    scene.turns(2, seconds=90)
    assert scene.there() == {"ada": "subscribed"}
    assert scene.is_in_step


@pytest.mark.parametrize("done", [True, False])
def test_a_lost_answer_to_asking_again_has_them_asked_once(scene: Pushing, done: bool) -> None:
    ada = scene.reader("ada")
    scene.turn()
    scene.leave(ada)
    scene.turn()
    scene.pass_(days=1)
    type(ada).objects.filter(pk=ada.pk).update(state="confirmed", confirmed_at=scene.now, ended_at=None)
    scene.fake.fail("PATCH", "/lists/*/members/*", broken(done=done))
    scene.failing_turn()
    scene.turns(2, seconds=90)
    asked = [address for list_id, address in scene.fake.state.confirmations if list_id == scene.list_id]
    assert asked == ["ada@example.com"]
    assert scene.there() == {"ada": "pending"}


def test_a_problem_that_others_found_stays(scene: Pushing) -> None:
    MailchimpAudience.objects.update(problem="What changed at Mailchimp can't be read: of the other side")
    scene.reader("ada")
    scene.turns(2)
    assert scene.audience.problem.endswith("other side")


def test_standing_tasks_are_begun_once_and_anew_after_they_were_given_up(scene: Pushing) -> None:
    now = timezone.now()
    RemoteTask.objects.all().delete()
    assert ensure_standing_tasks(now) == 2
    assert ensure_standing_tasks(now) == 0
    names = set(RemoteTask.objects.values_list("name", flat=True))
    assert names == {f"push:{scene.audience.pk}", f"poll:{scene.audience.pk}"}
    RemoteTask.objects.filter(kind="poll").update(state=RemoteTaskState.FAILED, settled_at=now)
    assert ensure_standing_tasks(now + timedelta(minutes=4)) == 0
    assert ensure_standing_tasks(now + timedelta(minutes=6)) == 1


def test_an_audience_that_is_switched_off_has_no_standing_tasks(scene: Pushing) -> None:
    RemoteTask.objects.all().delete()
    Newsletter.objects.update(backend="default")
    assert ensure_standing_tasks(scene.now) == 0
    MailchimpMember.objects.create(audience=scene.audience, member_hash="0" * 32, erasing=True)
    assert ensure_standing_tasks(scene.now) == 1
    assert scene.turn() is None
    assert not MailchimpMember.objects.exists()
