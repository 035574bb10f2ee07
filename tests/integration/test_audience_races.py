"""Two requests at once, in real threads, on a database where two writers meet row by row."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.db import connection

from newsletter.audience.confirm import confirm
from newsletter.audience.reader import token_for
from newsletter.audience.sign_ups import request_sign_up, take_sign_ups
from newsletter.audience.subscribe import subscribe
from newsletter.audience.unsubscribe import unsubscribe
from newsletter.engine.subscriptions import EndReason
from newsletter.models import ConsentEvent, OutgoingMail, SignUpRequest, Subscriber, Subscription
from tests.factories import make_subscription
from tests.integration.signing_up import last_mail, link_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from newsletter.models import Newsletter

# In SQLite's shared memory two threads get "table is locked" where a file, or PostgreSQL, would let them wait.
pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def at_once(act: Callable[[], object], times: int = 4) -> None:
    """Run it in as many threads, each with a connection of its own, all starting together."""
    start = Barrier(times)

    def run() -> None:
        start.wait(timeout=10)
        try:
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as threads:
        for future in [threads.submit(run) for _ in range(times)]:
            future.result(timeout=30)


def ask(newsletter: Newsletter) -> None:
    subscribe(newsletter, email="ada@example.com", source="/", ip="", now=NOW, base_url="https://rounds.example")


@pytest.mark.parametrize("known", [False, True])
def test_sign_ups_at_once_make_one_subscriber_and_one_mail(newsletter: Newsletter, known: bool) -> None:
    """Security case 2: the rows decide, whatever a cache has counted."""
    if known:
        make_subscription(newsletter, "ada@example.com", state="pending", confirmed_at=None)

    at_once(lambda: ask(newsletter))

    assert Subscriber.objects.count() == 1
    assert OutgoingMail.objects.count() == 1
    assert ConsentEvent.objects.count() == 1


def test_buttons_pressed_at_once_confirm_once_and_end_once(newsletter: Newsletter) -> None:
    """Security case 8."""
    cache.clear()
    ask(newsletter)
    token = link_in(last_mail(), "confirm").split("/")[2]

    at_once(lambda: confirm(token, source="/confirm/", ip="", now=NOW))
    assert ConsentEvent.objects.filter(kind="confirmed").count() == 1

    reader = token_for(Subscription.objects.get())
    at_once(lambda: unsubscribe(reader, reason=EndReason.ONE_CLICK, now=NOW))
    assert ConsentEvent.objects.filter(kind="ended").count() == 1


def test_workers_that_take_at_once_mail_each_address_once(newsletter: Newsletter) -> None:
    """Security case 2, with the same address several times among them."""
    cache.clear()
    for number in range(40):
        request_sign_up(newsletter, email=f"reader{number // 2}@example.com", source="/", ip="", now=NOW)

    at_once(lambda: take_sign_ups(NOW))

    assert not SignUpRequest.objects.exists()
    assert OutgoingMail.objects.count() == Subscription.objects.count() == 20
