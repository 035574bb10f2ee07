"""The worker's loops, stopping, and its patience with the database."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from newsletter.backends import memory
from newsletter.backends.base import Capabilities, Outcome, Result, Work
from newsletter.delivery import control, report, store, worker
from newsletter.delivery.persistence import insist
from newsletter.delivery.sending import send_waiting
from newsletter.delivery.stopping import DrainedError, Stop
from newsletter.models import Delivery, Newsletter, Subscription
from tests.factories import make_subscriptions
from tests.factories_delivery import make_campaign, make_sending_campaign, states
from tests.fakes.smtp_server import FakeSmtpServer

ran: list[str] = []


@task()
def remember(word: str) -> None:
    ran.append(word)


@task()
def ask_for_more() -> None:
    ran.append("again")
    ask_for_more.enqueue()


def test_a_campaign_for_now_does_not_wait_until_the_clock_has_slept(newsletter: Newsletter) -> None:
    one = worker.Worker(stop=Stop(), owner="here:1:a")
    assert 0 < one.watch_the_clock() <= 0.5
    later = make_campaign(newsletter, scheduled_at=timezone.now() + timedelta(hours=1))
    make_subscriptions(newsletter, 1)
    one.watch_the_clock()
    now = make_campaign(newsletter, scheduled_at=timezone.now())
    one.watch_the_clock()
    for campaign, state in ((later, "scheduled"), (now, "sending")):
        campaign.refresh_from_db()
        assert campaign.state == state


class Interrupting:
    """A memory backend in the middle of whose work something happens; the books are kept after each message."""

    happens_at = 0

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(in_flight=1)

    @staticmethod
    def happening() -> None:
        raise NotImplementedError

    def send(self, work: Work) -> None:
        work.keep_books()
        left = self.happens_at
        while not work.is_over:
            if left == 0:
                type(self).happening()
            left -= 1
            work.keep_books()
            envelope = work.take()
            if envelope is not None and work.may_hand_over(envelope):
                work.settle(Outcome(envelope.key, Result.ACCEPTED, "ok"))


@pytest.fixture
def interrupting(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> type[Interrupting]:
    entry = {"BACKEND": f"{__name__}.Interrupting", "OPTIONS": {}}
    settings.NEWSLETTER_BACKENDS = {**settings.NEWSLETTER_BACKENDS, "interrupting": entry}
    monkeypatch.setattr("newsletter.delivery.work._LOOK_EVERY", 0)
    monkeypatch.setattr("newsletter.delivery.open_chunk.BOOK_EVERY", 0)
    Interrupting.happens_at = 2
    return Interrupting


def send(stop: Stop | None = None) -> None:
    send_waiting("worker", stop=stop or Stop(), clock=timezone.now)


def is_free(*, at: datetime | None = None) -> bool:
    """Whether another worker can take the chunk."""
    return bool(store.claim_next(store.Wish(owner="other", backend="interrupting"), now=at or timezone.now()))


@pytest.mark.parametrize(("act", "rest"), [(control.pause, "pending"), (control.cancel, "skipped")])
def test_a_campaign_stops_within_a_chunk(
    newsletter: Newsletter, interrupting: type[Interrupting], act: object, rest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(act)
    make_subscriptions(newsletter, 6)
    campaign = make_sending_campaign(newsletter, backend="interrupting", now=timezone.now())
    monkeypatch.setattr(interrupting, "happening", lambda: act(campaign.pk, now=timezone.now()))
    send()
    assert states(campaign) == ["accepted", "accepted", *[rest] * 4]


def test_a_reader_who_leaves_while_the_chunk_is_sent_gets_nothing(
    newsletter: Newsletter, interrupting: type[Interrupting], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_subscriptions(newsletter, 5)
    campaign = make_sending_campaign(newsletter, backend="interrupting", now=timezone.now())
    last = Delivery.objects.filter(campaign=campaign).latest("pk")
    leaving = Subscription.objects.filter(subscriber__deliveries=last)
    monkeypatch.setattr(interrupting, "happening", lambda: leaving.update(state="ended"))
    send()
    assert states(campaign) == [*["accepted"] * 4, "skipped"]


def test_a_worker_that_is_fenced_in_the_middle_stops_there(
    newsletter: Newsletter, interrupting: type[Interrupting], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_subscriptions(newsletter, 6)
    campaign = make_sending_campaign(newsletter, backend="interrupting", now=timezone.now())
    others: list[store.Claimed] = []

    def lose_the_lease() -> None:
        store.reclaim_expired(now=timezone.now() + timedelta(minutes=5))
        others.extend(store.claim_next(store.Wish(owner="other", backend="interrupting"), now=timezone.now()))

    monkeypatch.setattr(interrupting, "happening", lose_the_lease)
    send()
    assert states(campaign) == ["accepted", "accepted", *["pending"] * 4]
    assert [len(other.rows) for other in others] == [4]


def test_a_stopping_worker_hands_nothing_over_and_gives_the_chunk_back(
    newsletter: Newsletter, interrupting: type[Interrupting], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_subscriptions(newsletter, 6)
    campaign = make_sending_campaign(newsletter, backend="interrupting", now=timezone.now())
    stop = Stop()
    monkeypatch.setattr(interrupting, "happening", stop.request)
    send(stop)
    assert states(campaign) == ["accepted", "accepted", *["pending"] * 4]
    assert is_free()


@pytest.mark.slow
def test_what_does_not_finish_within_the_drain_time_is_uncertain(newsletter: Newsletter, settings: Settings) -> None:
    make_subscriptions(newsletter, 3)
    campaign = make_sending_campaign(newsletter, backend="default", now=timezone.now())
    stop = Stop(drain=0.3)
    server = FakeSmtpServer()

    def never_answer(_address: str, _count: int) -> None:
        stop.request()
        time.sleep(3)

    server.faults["dot"] = never_answer
    with server.running():
        entry = {"BACKEND": "newsletter.backends.smtp.SmtpBackend"}
        options = {"host": "127.0.0.1", "port": server.port, "tls": "none", "connections": 1}
        settings.NEWSLETTER_BACKENDS = {**settings.NEWSLETTER_BACKENDS, "default": {**entry, "OPTIONS": options}}
        send(stop)
    assert states(campaign) == ["uncertain", "pending", "pending"]


def test_a_worker_ends_after_its_time_though_there_is_always_more_to_do(db: None, settings: Settings) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    ran.clear()
    ask_for_more.enqueue()
    call_command("worker", "--until-idle", "--max-seconds", "0.5")
    assert DBTaskResult.objects.ready().count() == 1


def test_a_worker_never_runs_with_debug(db: None, settings: Settings) -> None:
    settings.DEBUG = True
    call_command("worker", "--until-idle", "--max-seconds", "5")
    assert django_settings.DEBUG is False


def test_a_worker_that_ends_leaves_the_clock_to_the_next(db: None) -> None:
    call_command("worker", "--until-idle", "--max-seconds", "5")
    assert store.take_clock("next", now=timezone.now())


def test_background_tasks_run_in_the_worker(db: None, settings: Settings) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    ran.clear()
    remember.enqueue("first")
    remember.using(run_after=timezone.now() + timedelta(hours=1)).enqueue("much later")
    call_command("worker", "--until-idle", "--max-seconds", "20")
    assert ran == ["first"]
    assert DBTaskResult.objects.ready().count() == 0


# Django never closes a connection to an in-memory database, and from 3.13 on Python minds.
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")
def test_a_serving_worker_does_all_its_work_and_stops_when_asked(
    newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its threads: the clock starts the campaign, the main loop sends it."""
    memory.outbox.clear()
    make_subscriptions(newsletter, 10)
    campaign = make_campaign(newsletter, scheduled_at=timezone.now())
    stop = Stop()

    def stop_when_sent() -> None:
        end = time.monotonic() + 30
        while len(memory.outbox) < 10 and time.monotonic() < end:
            time.sleep(0.01)
        stop.request()

    watcher = threading.Thread(target=stop_when_sent)
    watcher.start()
    worker.run(stop=stop, max_seconds=40)
    watcher.join()
    assert report.counts(campaign)["accepted"] == 10


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_locked_database_is_tried_again() -> None:
    failures = iter([OperationalError("database is locked"), OperationalError("deadlock detected")])

    def step() -> str:
        for failure in failures:
            raise failure
        return "done"

    assert insist(step) == "done"


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_patience_with_the_database_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsletter.delivery.persistence.PATIENCE", 0.2)

    def step() -> None:
        raise OperationalError("database or disk is full")

    with pytest.raises(OperationalError, match="disk is full"):
        insist(step)


def test_a_request_to_stop_ends_every_wait() -> None:
    stop = Stop()
    woken = []
    threads = [threading.Thread(target=lambda: woken.append(stop.wait(30))) for _ in range(3)]
    for thread in threads:
        thread.start()
    stop.request()
    for thread in threads:
        thread.join(5)
    assert woken == [True, True, True]
    with pytest.raises(DrainedError):
        Stop.check_drain(_drained())


def _drained() -> Stop:
    stop = Stop(drain=-1)
    stop.request()
    return stop
