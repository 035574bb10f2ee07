"""What a monitor may ask: does the process answer, does the database, does a worker tick, how long do things wait."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test import Client
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoAssertNumQueries, Settings

from newsletter.delivery.clock import Clock
from newsletter.models import Chunk, ClockLease, Newsletter, OutgoingMail
from tests.factories import make_subscriptions
from tests.factories_delivery import NOON, make_campaign, make_sending_campaign

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def ask(client: Client, status: int = 200) -> dict[str, Any]:
    response = client.get("/readyz", secure=True)
    assert response.status_code == status
    document: dict[str, Any] = response.json()
    return document


def test_healthz_asks_no_database(client: Client, db: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        response = client.get("/healthz", secure=True)
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_a_new_site_is_ready_and_has_no_worker_yet(client: Client, db: None) -> None:
    assert ask(client) == {
        "database": "ok",
        "worker": "never",
        "last_tick": None,
        "last_tick_age": None,
        "waiting": {"campaign": None, "task": None, "mail": None},
        "open_chunks": 0,
    }


def test_a_worker_that_ticks_is_seen(client: Client, db: None) -> None:
    Clock("worker").tick(now=NOON - 4 * SECOND)
    found = ask(client)
    assert (found["worker"], found["last_tick"], found["last_tick_age"]) == ("ticking", "2026-03-02T11:59:56+00:00", 4)


def test_a_late_worker_is_reported_and_takes_no_pages_away(client: Client, db: None) -> None:
    ClockLease.objects.create(name="clock", owner="a machine's name", ticked_at=NOON - 300 * SECOND)
    found = ask(client)
    assert (found["worker"], found["last_tick_age"]) == ("late", 300)


def test_what_waits_longest_is_told(client: Client, newsletter: Newsletter, settings: Settings) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    make_campaign(newsletter, scheduled_at=NOON - 90 * SECOND)
    make_campaign(newsletter, scheduled_at=NOON - 30 * SECOND)
    make_campaign(newsletter, scheduled_at=NOON + 30 * SECOND)
    for seconds in (20, 7, -60):
        OutgoingMail.objects.create(
            kind="confirmation", recipient="ann@example.com", next_attempt_at=NOON - seconds * SECOND
        )
    DBTaskResult.objects.create(
        task_path="x.y", args_kwargs={}, backend_name="default", run_after=NOON - 11 * SECOND, exception_class_path=""
    )
    assert ask(client)["waiting"] == {"campaign": 90, "task": 11, "mail": 20}


def test_what_is_not_due_or_waits_for_a_person_does_not_count(client: Client, newsletter: Newsletter) -> None:
    make_campaign(newsletter, state="held", scheduled_at=NOON - 90 * SECOND)
    make_campaign(newsletter, scheduled_at=NOON + SECOND)
    OutgoingMail.objects.create(kind="welcome", recipient="ann@example.com", state="sent", next_attempt_at=NOON)
    assert ask(client)["waiting"] == {"campaign": None, "task": None, "mail": None}


def test_open_chunks_are_those_that_are_being_sent(client: Client, newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    make_sending_campaign(newsletter)
    make_sending_campaign(newsletter).chunks.update(closed_at=NOON)
    stopped = make_sending_campaign(newsletter)
    type(stopped).objects.filter(pk=stopped.pk).update(state="held")
    assert Chunk.objects.count() == 3
    assert ask(client)["open_chunks"] == 1


def test_a_preparing_campaign_waits_too(client: Client, newsletter: Newsletter) -> None:
    make_campaign(newsletter, state="preparing", scheduled_at=NOON - 8 * SECOND)
    assert ask(client)["waiting"]["campaign"] == 8


def test_nothing_in_it_is_anybodys(client: Client, newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    make_sending_campaign(newsletter)
    ClockLease.objects.create(name="clock", owner="machine-7:123", ticked_at=NOON)
    said = client.get("/readyz", secure=True).content.decode()
    assert "@" not in said
    assert "machine-7" not in said


@pytest.mark.parametrize("from_query", [1, 2, 4])
def test_only_a_database_that_does_not_answer_makes_it_unready(client: Client, db: None, from_query: int) -> None:
    ClockLease.objects.create(name="clock", ticked_at=NOON)
    seen = 0

    def gone(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen >= from_query:
            raise OperationalError("the server is gone: host=secret.example user=rounds")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(gone):
        found = ask(client, 503)
    assert found["database"] == "down"
    assert "secret" not in str(found)
