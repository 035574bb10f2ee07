"""Remote tasks: one for each thing, given a turn each, tried again, given up, taken over from the dead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from newsletter.audience.mailchimp.tasks import ask_for, last_of
from newsletter.backends.mailchimp.errors import (
    DownError,
    KeyRefusedError,
    MailchimpError,
    NotFoundError,
    ThrottledError,
    UnexpectedAnswerError,
    UnsureError,
)
from newsletter.delivery import agenda
from newsletter.delivery.remote import elapsing, runner
from newsletter.models import MailchimpAccount, RemoteTask, RemoteTaskKind, RemoteTaskState
from tests.factories_delivery import NOON

pytestmark = pytest.mark.django_db

KIND = RemoteTaskKind.PUSH
Turn = Callable[[RemoteTask, object, datetime], datetime | None]
Serve = Callable[[Turn], None]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Give every task this turn, and no account to ask."""
    monkeypatch.setattr(runner, "open_account", lambda: SimpleNamespace(has_answered=True))

    def serve(turn: Turn) -> None:
        monkeypatch.setattr(runner, "turns", lambda: dict.fromkeys(RemoteTaskKind.values, turn))

    return serve


def raising(error: Exception) -> Turn:
    def turn(task: RemoteTask, api: object, now: datetime) -> datetime | None:
        raise error

    return turn


def test_the_same_thing_is_asked_for_once_and_hurried_the_second_time() -> None:
    first = ask_for(KIND, name="push:1", now=NOON + timedelta(hours=1))
    second = ask_for(KIND, name="push:1", now=NOON)
    assert first.pk == second.pk
    assert second.next_attempt_at == NOON


def test_what_is_done_may_be_asked_for_anew(serve: Serve) -> None:
    serve(lambda task, api, now: None)
    first = ask_for(KIND, name="push:1", now=NOON)
    assert runner.run_due(NOON, owner="w") == 1
    assert ask_for(KIND, name="push:1", now=NOON).pk != first.pk


def test_a_turn_keeps_what_it_says_and_comes_again_when_it_wants(serve: Serve) -> None:
    def turn(task: RemoteTask, api: object, now: datetime) -> datetime | None:
        task.done, task.total, task.said = 3, 10, "3 of 10"
        return now + timedelta(minutes=1)

    serve(turn)
    ask_for(KIND, now=NOON)
    assert runner.run_due(NOON, owner="w") == 1
    task = RemoteTask.objects.get()
    assert (task.state, task.done, task.total, task.said) == (RemoteTaskState.PENDING, 3, 10, "3 of 10")
    assert timedelta(minutes=1) <= task.next_attempt_at - NOON < timedelta(minutes=1, seconds=5)
    assert runner.run_due(NOON, owner="w") == 0
    assert agenda.next_due(now=NOON) == task.next_attempt_at


def test_what_is_asked_for_during_its_turn_gets_another_one(serve: Serve) -> None:
    def turn(task: RemoteTask, api: object, now: datetime) -> datetime | None:
        ask_for(KIND, now=NOON + timedelta(seconds=30))
        return None

    serve(turn)
    ask_for(KIND, now=NOON)
    runner.run_due(NOON, owner="w")
    task = RemoteTask.objects.get()
    assert (task.state, task.next_attempt_at) == (RemoteTaskState.PENDING, NOON + timedelta(seconds=30))


@pytest.mark.parametrize(
    "error", [DownError("It is down."), UnsureError("No answer."), UnexpectedAnswerError("A page of HTML.")]
)
def test_a_service_that_is_down_is_asked_again_later_and_later(serve: Serve, error: MailchimpError) -> None:
    serve(raising(error))
    ask_for(KIND, now=NOON)
    waits = []
    now = NOON
    for _ in range(3):
        assert runner.run_due(now, owner="w") == 1
        task = RemoteTask.objects.get()
        waits.append(task.next_attempt_at - now)
        now = task.next_attempt_at
    assert waits[0] < waits[1] < waits[2]
    assert (task.state, task.attempts, task.said) == (RemoteTaskState.PENDING, 3, str(error))


def test_the_wish_of_a_server_that_is_asked_too_often_is_honoured(serve: Serve) -> None:
    serve(raising(ThrottledError("Too many.", seconds=42)))
    ask_for(KIND, now=NOON)
    runner.run_due(NOON, owner="w")
    task = RemoteTask.objects.get()
    assert timedelta(seconds=42) <= task.next_attempt_at - NOON < timedelta(seconds=47)


@pytest.mark.parametrize("kind", [RemoteTaskKind.POLL, RemoteTaskKind.PUSH])
def test_that_wish_is_honoured_whoever_hurries_the_task_meanwhile(serve: Serve, kind: RemoteTaskKind) -> None:
    turns = []

    def turn(task: RemoteTask, api: object, now: datetime) -> datetime | None:
        turns.append(now)
        ask_for(kind, name="x:1", now=now)  # a webhook comes in during the turn
        raise ThrottledError("Too many calls.", seconds=600)

    serve(turn)
    ask_for(kind, name="x:1", about={"audience": 1}, now=NOON)
    runner.run_due(NOON, owner="w")
    ask_for(kind, name="x:1", now=NOON + timedelta(minutes=2))  # and another one
    assert runner.run_due(NOON + timedelta(minutes=2), owner="w") == 0
    task = last_of("x:1")
    assert task is not None
    assert NOON + timedelta(minutes=9) < task.next_attempt_at < NOON + timedelta(minutes=11)
    assert task.about["audience"] == 1
    serve(lambda task, api, now: None)
    assert runner.run_due(NOON + timedelta(minutes=11), owner="w") == 1


def test_a_campaign_that_waits_for_that_wish_may_be_hurried_by_a_person(serve: Serve) -> None:
    serve(raising(ThrottledError("Too many calls.", seconds=600)))
    ask_for(RemoteTaskKind.CAMPAIGN, name="campaign:1", now=NOON)
    runner.run_due(NOON, owner="w")
    ask_for(RemoteTaskKind.CAMPAIGN, name="campaign:1", now=NOON + timedelta(minutes=2))
    assert runner.run_due(NOON + timedelta(minutes=2), owner="w") == 1


def test_that_wish_counts_from_the_answer_and_not_from_the_beginning_of_a_slow_turn(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = [0.0]
    monkeypatch.setattr(elapsing, "monotonic", lambda: passed[0])

    def turn(task: RemoteTask, api: object, now: datetime) -> datetime | None:
        passed[0] += 40
        raise ThrottledError("Too many.", seconds=42)

    serve(turn)
    task = ask_for(KIND, name="push:1", now=NOON)
    runner.run_due(NOON, owner="w")
    task.refresh_from_db()
    assert task.next_attempt_at == NOON + timedelta(seconds=82)


def test_a_refused_key_is_told_with_the_account_until_a_turn_succeeds(serve: Serve) -> None:
    MailchimpAccount.objects.create(data_centre="us21")
    serve(raising(KeyRefusedError("The key was revoked. Enter another one.")))
    ask_for(KIND, now=NOON)
    runner.run_due(NOON, owner="w")
    assert MailchimpAccount.objects.get().problem == "The key was revoked. Enter another one."
    serve(lambda task, api, now: None)
    ask_for(KIND, now=NOON)
    runner.run_due(NOON, owner="w")
    assert MailchimpAccount.objects.get().problem == ""


def test_a_turn_that_asked_nothing_says_nothing_of_the_key(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as bringing over nobody, which comes each minute: a revoked key was forgotten by it."""
    MailchimpAccount.objects.create(data_centre="us21", problem="The key was revoked.")
    serve(lambda task, api, now: None)
    monkeypatch.setattr(runner, "open_account", lambda: SimpleNamespace(has_answered=False))
    ask_for(KIND, now=NOON)
    runner.run_due(NOON, owner="w")
    assert MailchimpAccount.objects.get().problem == "The key was revoked."


def test_what_will_never_be_done_is_given_up_and_says_why(serve: Serve) -> None:
    serve(raising(NotFoundError("There is no such audience.")))
    ask_for(KIND, now=NOON)
    runner.run_due(NOON, owner="w")
    task = last_of("push")
    assert task is not None
    assert (task.state, task.said) == (RemoteTaskState.FAILED, "There is no such audience.")
    assert task.settled_at is not None
    assert task.settled_at - NOON < timedelta(seconds=5)


def test_an_error_of_our_own_is_logged_and_tried_again(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    serve(raising(ZeroDivisionError()))
    ask_for(KIND, now=NOON)
    runner.run_due(NOON, owner="w")
    assert RemoteTask.objects.get().state == RemoteTaskState.PENDING
    assert "ZeroDivisionError" in caplog.text


def test_the_task_of_a_dead_worker_is_taken_over_and_its_late_word_does_not_count(serve: Serve) -> None:
    later = NOON + runner.lease() + timedelta(seconds=1)

    def turn(task: RemoteTask, api: object, now: datetime) -> datetime | None:
        if task.owner == "slow":  # it sleeps past its lease, and another one does the work meanwhile
            assert runner.run_due(later, owner="quick") == 1
            task.said = "too late"
        else:
            task.said = "done by the quick one"
        return None

    serve(turn)
    ask_for(KIND, now=NOON)
    runner.run_due(NOON, owner="slow", most=1)
    assert RemoteTask.objects.get().said == "done by the quick one"


def test_campaigns_have_their_turn_before_readers(serve: Serve) -> None:
    order = []

    def turn(task: RemoteTask, api: object, now: datetime) -> datetime | None:
        order.append(task.kind)
        return None

    serve(turn)
    ask_for(RemoteTaskKind.POLL, name="poll:1", now=NOON - timedelta(minutes=1))
    ask_for(RemoteTaskKind.CAMPAIGN, name="campaign:1", now=NOON)
    runner.run_due(NOON, owner="w")
    assert order == ["campaign", "poll"]


def test_settled_tasks_are_forgotten_after_two_weeks_and_no_others(serve: Serve) -> None:
    serve(lambda task, api, now: None)
    ask_for(KIND, now=NOON)
    runner.run_due(NOON, owner="w")
    ask_for(RemoteTaskKind.POLL, now=NOON)
    assert runner.purge(NOON + runner.KEPT_FOR) == 0
    assert runner.purge(NOON + runner.KEPT_FOR + timedelta(seconds=1)) == 1
    assert RemoteTask.objects.get().kind == RemoteTaskKind.POLL
