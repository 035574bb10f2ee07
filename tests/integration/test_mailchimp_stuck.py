"""One contact that Mailchimp fails at, or refuses: the others go on, it is said, and it is tried again soon."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress as suppress_errors

import pytest

from newsletter.audience.erase import erase
from newsletter.audience.mailchimp import deleted, poll
from newsletter.audience.mailchimp.differences import rows
from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.audience.suppression import SuppressionReason, suppress
from newsletter.backends.mailchimp.answers import Member
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import DownError, UnexpectedAnswerError
from newsletter.backends.mailchimp.ids import member_hash
from newsletter.models import MailchimpAudience, MailchimpMember, RemoteTask, RemoteTaskKind, Subscription
from tests.fakes.mailchimp import FakeMailchimp
from tests.fakes.mailchimp.faults import Fault, broken, page_of_html, refused
from tests.integration.mailchimp_pushing import Pushing, make_pushing, running_fake

pytestmark = pytest.mark.django_db

NO = refused(400, '{"title": "Invalid Resource", "status": 400, "detail": "Your merge fields were invalid."}')
FAILURES = pytest.mark.parametrize("fault", [broken(500, done=False), page_of_html()])


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeMailchimp]:
    yield from running_fake()


@pytest.fixture
def scene(fake: FakeMailchimp) -> Iterator[Pushing]:
    """A call that fails is given up at once: how often it is repeated is the adapter's."""
    made = make_pushing(fake)
    made.api = Mailchimp(api_key=fake.key, api_url=fake.url, deadline=0.4)
    yield made
    assert not [address for list_id, address in fake.state.resubscribed if list_id == made.list_id]


def _fail_at_ada(scene: Pushing, method: str, fault: Fault, *, then: str = "") -> None:
    scene.fake.fail(method, f"/lists/*/members/{member_hash('ada@example.com')}{then}", fault, times=999)


@FAILURES
def test_a_contact_that_fails_keeps_nobody_else_from_leaving(scene: Pushing, fault: Fault) -> None:
    ada, ben = scene.readers("ada", "ben")
    scene.turn()
    scene.leave(ada)
    scene.leave(ben)
    scene.reader("cyd")
    _fail_at_ada(scene, "PATCH", fault)
    scene.failing_turn()
    assert scene.there() == {"ada": "subscribed", "ben": "unsubscribed", "cyd": "subscribed"}
    scene.fake.heal()
    scene.turns(2, seconds=90)
    assert scene.there()["ada"] == "unsubscribed"
    assert scene.is_in_step


@FAILURES
def test_a_contact_that_fails_keeps_nobody_else_from_being_erased_or_leaving(scene: Pushing, fault: Fault) -> None:
    ada, ben, cyd = scene.readers("ada", "ben", "cyd")
    scene.turn()
    erase(ada.subscriber, now=scene.now)
    erase(ben.subscriber, now=scene.now)
    scene.leave(cyd)
    _fail_at_ada(scene, "POST", fault, then="/actions/delete-permanent")
    scene.failing_turn()
    assert scene.there() == {"ada": "subscribed", "cyd": "unsubscribed"}
    scene.fake.heal()
    scene.turns(2, seconds=90)
    assert scene.there() == {"cyd": "unsubscribed"}


@FAILURES
def test_a_reader_who_can_not_be_sent_keeps_nobody_else_away(scene: Pushing, fault: Fault) -> None:
    scene.readers("ada", "ben")
    _fail_at_ada(scene, "PUT", fault)
    scene.failing_turn()
    assert scene.there() == {"ben": "subscribed"}
    scene.fake.heal()
    scene.turns(2, seconds=90)
    assert scene.there() == {"ada": "subscribed", "ben": "subscribed"}


@FAILURES
def test_who_can_not_be_looked_at_keeps_nobody_else_away(scene: Pushing, fault: Fault) -> None:
    """One who came back, and one who moved: both are looked at first."""
    ada, cyd = scene.readers("ada", "cyd")
    scene.turn()
    scene.leave(ada)
    scene.turn()
    scene.pass_(days=1)
    Subscription.objects.filter(pk=ada.pk).update(state="confirmed", confirmed_at=scene.now, ended_at=None)
    type(cyd.subscriber).objects.filter(pk=cyd.subscriber_id).update(email="dot@example.com")
    scene.reader("ben")
    scene.fake.fail("GET", f"/lists/*/members/{member_hash('cyd@example.com')}", fault, times=999)
    _fail_at_ada(scene, "GET", fault)
    scene.failing_turn()
    assert scene.there()["ben"] == "subscribed"
    scene.fake.heal()
    scene.turns(3, seconds=90)
    assert scene.there() == {"ada": "pending", "ben": "subscribed", "dot": "subscribed"}


def test_where_nothing_succeeds_the_runner_waits(scene: Pushing) -> None:
    ada, ben = scene.readers("ada", "ben")
    scene.turn()
    scene.leave(ada)
    scene.leave(ben)
    scene.fake.fail("*", "/**", broken(503, done=False), times=999)
    with pytest.raises(DownError):
        scene.turn()
    scene.fake.heal()
    scene.fake.fail("*", "/**", page_of_html(), times=999)
    scene.turn()
    assert str(UnexpectedAnswerError("")) in scene.audience.problem
    assert "never should" in scene.audience.problem
    scene.fake.heal()
    scene.turns(2, seconds=90)
    assert set(scene.there().values()) == {"unsubscribed"}
    assert scene.audience.problem == ""


def test_who_is_refused_to_leave_is_said_and_tried_again_within_the_hour(scene: Pushing) -> None:
    ada = scene.reader("ada")
    scene.turn()
    scene.leave(ada)
    _fail_at_ada(scene, "PATCH", NO)
    scene.turn()
    assert "unsubscribe" in scene.audience.problem.lower()
    assert "@" not in scene.audience.problem
    assert not scene.is_in_step, "somebody who left is mailed over there"
    (row,) = rows(scene.audience, now=scene.now)
    assert "merge fields" in row.why
    assert "by hand" in row.remedy
    scene.turn()
    assert "by hand" in scene.audience.problem, "it stays until it is over"
    scene.fake.heal()
    scene.turn(seconds=3601)
    scene.turn()
    assert scene.there() == {"ada": "unsubscribed"}
    assert scene.audience.problem == ""
    assert scene.is_in_step


@pytest.mark.parametrize("is_on", [True, False])
def test_who_is_refused_to_be_deleted_is_said_and_tried_again_within_the_hour(scene: Pushing, is_on: bool) -> None:
    ada = scene.reader("ada")
    scene.turn()
    if not is_on:
        MailchimpAudience.objects.update(switched_on_at=None)
    erase(ada.subscriber, now=scene.now)
    _fail_at_ada(scene, "POST", NO, then="/actions/delete-permanent")
    scene.turn()
    assert scene.turn() is not None, "it goes on until it is done, in this one task"
    assert "deleted" in scene.audience.problem
    (row,) = rows(scene.audience, now=scene.now)
    assert "refused" in row.why
    scene.fake.heal()
    scene.turn(seconds=3601)
    assert not MailchimpMember.objects.exists()
    assert scene.audience.problem == ""


@pytest.mark.parametrize("fault", [NO, broken(500, done=False)])
def test_an_erasure_in_the_middle_of_what_fails_or_is_refused_is_not_put_off(
    scene: Pushing, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    """The page erases the reader while the worker has Mailchimp ask them whether they come back."""
    ada = scene.reader("ada")
    scene.turn()
    scene.leave(ada)
    scene.turn()
    scene.pass_(days=1)
    Subscription.objects.filter(pk=ada.pk).update(state="confirmed", confirmed_at=scene.now, ended_at=None)
    ask = Mailchimp.ask_member_again

    def erased_meanwhile(api: Mailchimp, list_id: str, member_hash: str) -> Member:
        erase(ada.subscriber, now=scene.now)
        return ask(api, list_id, member_hash)

    monkeypatch.setattr(Mailchimp, "ask_member_again", erased_meanwhile)
    _fail_at_ada(scene, "PATCH", fault)
    scene.failing_turn()

    scene.turn(seconds=1)

    assert scene.there() == {}
    assert not MailchimpMember.objects.exists()


def _polling(scene: Pushing) -> RemoteTask:
    return ask_for(RemoteTaskKind.POLL, name="poll:1", about={"audience": scene.audience.pk}, now=scene.now)


def _look(scene: Pushing, task: RemoteTask, *, times: int = 2) -> None:
    for _ in range(times):
        scene.pass_(seconds=30)
        scene.audience.refresh_from_db()
        with suppress_errors(DownError, UnexpectedAnswerError):
            poll.poll(task, scene.api, scene.now)
    scene.audience.refresh_from_db()


@FAILURES
def test_a_contact_that_fails_keeps_nobody_else_on_who_must_not_be_mailed(scene: Pushing, fault: Fault) -> None:
    for address in ("ada@example.com", "ben@example.com"):
        scene.fake.add_member(scene.list_id, address)
        suppress(address, reason=SuppressionReason.OPERATOR, now=scene.now)
    _fail_at_ada(scene, "PATCH", fault)

    _look(scene, _polling(scene))

    assert scene.there() == {"ada": "subscribed", "ben": "unsubscribed"}
    assert scene.audience.problem == "", "it is tried again in a minute"
    scene.fake.heal()
    scene.pass_(minutes=1)
    _look(scene, _polling(scene))
    assert scene.there() == {"ada": "unsubscribed", "ben": "unsubscribed"}


@FAILURES
def test_a_contact_that_fails_keeps_no_count_from_its_end(scene: Pushing, fault: Fault) -> None:
    scene.readers("ada", "ben")
    scene.turn()
    for address in ("ada@example.com", "ben@example.com"):
        scene.fake.delete_for_good(scene.list_id, address)
    scene.pass_(days=2)
    _fail_at_ada(scene, "GET", fault)

    _look(scene, _polling(scene), times=3)

    statuses = dict(MailchimpMember.objects.values_list("member_hash", "status"))
    assert statuses == {member_hash("ada@example.com"): "subscribed", member_hash("ben@example.com"): "archived"}
    assert scene.audience.counted_at is not None


@pytest.mark.parametrize("fault", [broken(500, done=False), page_of_html(), NO])
def test_a_contact_that_fails_keeps_no_deletion_over_there_from_being_honoured(scene: Pushing, fault: Fault) -> None:
    ada, ben = scene.readers("ada", "ben")
    scene.turn()
    for address in ("ada@example.com", "ben@example.com"):
        scene.fake.delete_for_good(scene.list_id, address)
        deleted.look_for(scene.audience, address, at=scene.now, now=scene.now)
    task = RemoteTask.objects.get(name__startswith="deleted:")
    _fail_at_ada(scene, "GET", fault)

    _look(scene, task)

    states = [Subscription.objects.get(pk=one.pk).state for one in (ada, ben)]
    assert states == ["confirmed", "ended"]
    assert set(task.about["deleted"]) == {member_hash("ada@example.com")}
    scene.pass_(days=3)
    _look(scene, task, times=1)
    assert task.about["deleted"] == {}, "it is not asked for ever"
