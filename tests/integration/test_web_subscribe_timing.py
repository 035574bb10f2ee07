"""The sign-up page says nothing about an address, not even by its time: distributions of times are compared, not single
ones, and what it asks of the database."""

from __future__ import annotations

import itertools
import math
import random
import re
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.stamp import make_stamp
from newsletter.audience.sign_ups import request_sign_up
from newsletter.audience.suppression import SuppressionReason, suppress
from newsletter.models import Subscriber, Subscription
from newsletter.web import subscribe

if TYPE_CHECKING:
    from django.test import Client

    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db

#: Posts of each kind.
POSTS = 400
#: Two samples of one distribution lie further apart once in ten thousand runs (Kolmogorov and Smirnov): c(α) = 2.23.
FARTHEST = 2.23 * math.sqrt(2 / POSTS)
STATES = ("confirmed", "confirmed", "confirmed", "pending", "ended")


def make_known(newsletter: Newsletter) -> list[str]:
    """Confirmed, pending, ended and suppressed readers in turn."""
    addresses = [f"known{number:04}@example.com" for number in range(POSTS)]
    readers = Subscriber.objects.bulk_create(Subscriber(email=address) for address in addresses)
    Subscription.objects.bulk_create(
        Subscription(subscriber=reader, newsletter=newsletter, state=state)
        for reader, state in zip(readers, itertools.cycle(STATES), strict=False)
    )
    for reader in readers[::8]:
        suppress(reader.email, reason=SuppressionReason.COMPLAINED, now=timezone.now())
    return addresses


def distance(first: list[float], second: list[float]) -> float:
    """The Kolmogorov-Smirnov statistic: the widest gap between the two empirical distributions."""
    ordered = sorted([(value, 1) for value in first] + [(value, -1) for value in second])
    return max(map(abs, itertools.accumulate(side for _, side in ordered))) / POSTS


def test_the_distance_tells_two_distributions_from_one() -> None:
    chance = random.Random(1)
    one, same = ([chance.lognormvariate(0, 0.3) for _ in range(POSTS)] for _ in range(2))

    assert distance(one, same) < FARTHEST
    assert distance(one, [value * 1.2 for value in same]) > FARTHEST


def measured(client: Client, newsletter: Newsletter) -> float:
    """How far apart known and unknown addresses lie. Interleaved by chance: what else the machine does slows both."""
    cache.clear()
    known = make_known(newsletter)
    posts = [(True, email) for email in known] + [(False, email.replace("known", "other")) for email in known]
    random.Random(20261124).shuffle(posts)
    stamp = make_stamp("/", now=timezone.now() - timedelta(minutes=1))
    times: dict[bool, list[float]] = {True: [], False: []}
    for number, (is_known, email) in enumerate(posts):
        data = {"email": email, "stamp": stamp}
        started = time.perf_counter()
        response = client.post("/subscribe/", data, REMOTE_ADDR=f"10.{number // 250}.{number % 250}.1")
        times[is_known].append(time.perf_counter() - started)
        assert response.status_code == 302
    return distance(times[True], times[False])


@pytest.mark.slow
def test_known_and_unknown_addresses_take_the_same_time(client: Client, home: HomePage, newsletter: Newsletter) -> None:
    """Security case 1."""
    assert measured(client, newsletter) < FARTHEST


def asked_of_the_database(client: Client, newsletter: Newsletter) -> list[set[tuple[str, ...]]]:
    """The statements of a post, without what stands in them: for known addresses of all kinds, and for unknown ones."""
    cache.clear()
    known = make_known(newsletter)[:16]
    stamp = make_stamp("/", now=timezone.now() - timedelta(minutes=1))
    asked: list[set[tuple[str, ...]]] = []
    for number, emails in enumerate((known, [email.replace("known", "other") for email in known])):
        asked.append(set())
        for last, email in enumerate(emails):
            with CaptureQueriesContext(connection) as queries:
                client.post("/subscribe/", {"email": email, "stamp": stamp}, REMOTE_ADDR=f"10.1.{number}.{last}")
            asked[-1].add(tuple(re.sub(r"'[^']*'|\b\w*\d\w*\b", "?", query["sql"]) for query in queries))
    return asked


def test_the_same_is_asked_of_the_database_whoever_posts(
    client: Client, home: HomePage, newsletter: Newsletter
) -> None:
    known, unknown = asked_of_the_database(client, newsletter)
    assert known == unknown
    assert len(known) == 1


def looks_further_at_who_is_known(newsletter: Newsletter, *, email: str, **rest: Any) -> None:
    if reader := Subscriber.objects.filter(email=email).first():
        Subscription.objects.filter(subscriber=reader).first()
    request_sign_up(newsletter, email=email, **rest)


def keeps_nothing_of_who_reads_already(newsletter: Newsletter, *, email: str, **rest: Any) -> None:
    if not Subscription.objects.confirmed().filter(subscriber__email=email).exists():
        request_sign_up(newsletter, email=email, **rest)


@pytest.mark.parametrize("leak", [looks_further_at_who_is_known, keeps_nothing_of_who_reads_already])
def test_one_query_more_or_less_would_be_seen(
    client: Client, home: HomePage, newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch, leak: object
) -> None:
    monkeypatch.setattr(subscribe, "request_sign_up", leak)
    known, unknown = asked_of_the_database(client, newsletter)
    assert known != unknown
