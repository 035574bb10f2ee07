"""Chunks as tasks: hints in the queue of a real Redis, and what a task does when it comes to run."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django_tasks import task
from pytest_django import Settings

from newsletter.backends import memory
from newsletter.delivery import health, tasks
from newsletter.models import Campaign, Chunk, Newsletter
from tests.factories import make_subscriptions
from tests.factories_delivery import NOON, make_sending_campaign, states
from tests.fakes import redis_server

redis = pytest.mark.redis


@task()
def something_else() -> None:
    """Another task of the site."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with redis_server.running() as address:
        yield address


@pytest.fixture
def queue(server: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """RQ's queue, empty; tasks go there."""
    import django_rq

    settings.TASKS = {"default": {"BACKEND": "django_tasks_rq.RQBackend"}}
    monkeypatch.setitem(django_rq.settings.QUEUES, "default", {"URL": server})
    queue: Any = django_rq.get_queue("default")
    queue.empty()
    yield queue
    queue.empty()
    queue.connection.close()


@pytest.fixture
def announce(queue: Any, django_capture_on_commit_callbacks: Any) -> Callable[[], int]:
    """A round of the clock; as if the test were no transaction."""

    def once() -> int:
        with django_capture_on_commit_callbacks(execute=True):
            return tasks.announce_chunks(NOON)

    return once


def hints(queue: Any) -> int:
    return sum(job.func_name == "newsletter.delivery.tasks.send_waiting_chunks" for job in queue.get_jobs())


def make_chunks(newsletter: Newsletter, count: int) -> Campaign:
    """A campaign with so many free chunks, most of them empty."""
    make_subscriptions(newsletter, 3)
    campaign = make_sending_campaign(newsletter)
    Chunk.objects.bulk_create(
        Chunk(campaign=campaign, first_id=10_000_000 + number, last_id=10_000_000 + number)
        for number in range(count - 1)
    )
    return campaign


def test_where_tasks_are_embedded_nothing_is_announced(newsletter: Newsletter) -> None:
    make_chunks(newsletter, 3)
    assert tasks.announce_chunks(NOON) == 0
    assert tasks.oldest_on_redis() is None


@redis
def test_there_is_a_hint_for_each_free_chunk_and_never_more(
    newsletter: Newsletter, queue: Any, announce: Callable[[], int]
) -> None:
    campaign = make_chunks(newsletter, 3)
    queue.empty()
    assert [announce() for _ in range(3)] == [3, 0, 0]
    assert queue.count == hints(queue) == 3
    queue.pop_job_id()  # a worker takes one, or it is lost
    assert announce() == 1
    campaign.chunks.update(owner="worker")
    queue.empty()
    assert announce() == 0


@redis
def test_hints_are_few_even_with_many_chunks(newsletter: Newsletter, queue: Any, announce: Callable[[], int]) -> None:
    make_chunks(newsletter, 100)
    assert [announce() for _ in range(2)] == [tasks.MOST_HINTS, 0]
    assert hints(queue) == tasks.MOST_HINTS


@redis
def test_other_tasks_are_not_taken_for_hints(newsletter: Newsletter, queue: Any, announce: Callable[[], int]) -> None:
    make_chunks(newsletter, 2)
    for _ in range(5):
        something_else.enqueue()
    assert announce() == 2
    something_else.enqueue()
    assert announce() == 0


@redis
@pytest.mark.parametrize("state", ["paused", "held", "waiting", "cancelled", "sent"])
def test_a_campaign_that_is_not_being_sent_is_not_announced(newsletter: Newsletter, queue: Any, state: str) -> None:
    campaign = make_chunks(newsletter, 2)
    Campaign.objects.filter(pk=campaign.pk).update(state=state)
    assert tasks.announce_chunks(NOON) == 0


@redis
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_hint_comes_after_the_rows_that_it_hints_at(queue: Any) -> None:
    from tests.factories import make_newsletter

    with transaction.atomic():
        make_chunks(make_newsletter(), 2)
        assert tasks.announce_chunks(NOON) == 2
        assert hints(queue) == 0
    assert hints(queue) == 2


@redis
def test_a_redis_that_is_down_stops_nothing(
    newsletter: Newsletter, queue: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import django_rq

    make_chunks(newsletter, 2)
    address = f"redis://127.0.0.1:{redis_server.free_port()}/0"
    monkeypatch.setitem(django_rq.settings.QUEUES, "default", {"URL": address})
    assert tasks.announce_chunks(NOON) == 0
    assert "Redis does not answer" in caplog.text
    assert tasks.oldest_on_redis() is None
    assert health.backlog(now=NOON).task is None


@redis
def test_the_oldest_task_on_redis_is_known(newsletter: Newsletter, queue: Any) -> None:
    assert tasks.oldest_on_redis() is None
    first = something_else.enqueue()
    something_else.enqueue()
    assert first.enqueued_at is not None
    assert health.backlog(now=first.enqueued_at + timedelta(minutes=1)).task == first.enqueued_at


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_task_sends_what_is_free_and_a_second_one_finds_nothing() -> None:
    from tests.factories import make_newsletter

    memory.outbox.clear()
    newsletter = make_newsletter()
    make_subscriptions(newsletter, 3)
    campaign = make_sending_campaign(newsletter)
    for _ in range(2):
        tasks.send_waiting_chunks.call()
    assert states(campaign) == ["accepted"] * 3
    assert len(memory.outbox) == 3


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_task_that_is_asked_to_end_stops_and_leaves_the_signal_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def interrupted(owner: str, *, stop: Any, **options: Any) -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        asked.append(stop.requested)
        return 0

    monkeypatch.setattr(tasks, "send_waiting", interrupted)
    before = signal.getsignal(signal.SIGTERM)
    tasks.send_waiting_chunks.call()
    assert asked == [True]
    assert signal.getsignal(signal.SIGTERM) is before
