"""The circuit breaker: a flood of sign-ups waits for a person, and nobody's is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache

from newsletter.audience import breaker
from newsletter.audience.mails import OF_SIGN_UPS
from newsletter.audience.sign_ups import request_sign_up, take_sign_ups
from newsletter.delivery import agenda
from newsletter.models import OutgoingMail, SignUpFlood, SignUpRequest

if TYPE_CHECKING:
    from pytest_django import Settings

    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ALLOWED = 6


@pytest.fixture(autouse=True)
def _small_allowance(home: HomePage, settings: Settings) -> None:
    cache.clear()
    settings.NEWSLETTER_SIGN_UPS_PER_HOUR = ALLOWED


@pytest.fixture
def owner() -> User:
    return User.objects.create_superuser("owner", "owner@rounds.example", "a long password")


def come(newsletter: Newsletter, count: int, *, now: datetime = NOW, prefix: str = "reader") -> None:
    for number in range(count):
        request_sign_up(newsletter, email=f"{prefix}{number}@example.com", source="/", ip="", now=now)


def work(now: datetime) -> None:
    while take_sign_ups(now):
        pass


def mailed() -> int:
    return OutgoingMail.objects.filter(kind__in=OF_SIGN_UPS).count()


def held() -> int:
    return SignUpRequest.objects.exclude(flood=None).count()


def flooded(newsletter: Newsletter) -> SignUpFlood:
    come(newsletter, ALLOWED + 10)
    work(NOW)
    return SignUpFlood.objects.get()


def test_within_the_allowance_nothing_is_held(newsletter: Newsletter) -> None:
    come(newsletter, ALLOWED)
    work(NOW)
    come(newsletter, ALLOWED, now=NOW + HOUR + MINUTE, prefix="later")
    work(NOW + HOUR + MINUTE)

    assert (mailed(), held(), SignUpFlood.objects.count()) == (2 * ALLOWED, 0, 0)


def test_beyond_it_sign_ups_are_kept_unmailed_and_each_owner_is_told_once(newsletter: Newsletter, owner: User) -> None:
    flooded(newsletter)
    come(newsletter, 10, now=NOW + MINUTE, prefix="more")
    work(NOW + MINUTE)

    assert (mailed(), held()) == (ALLOWED, 20)
    alert = OutgoingMail.objects.get(kind="sign_ups_flood")
    assert alert.recipient == owner.email
    assert b"https://testserver/admin/" in bytes(alert.content)
    assert agenda.is_idle(now=NOW + 2 * MINUTE) or OutgoingMail.objects.filter(state="pending").exists()
    assert not breaker.undecided().exclude(closed_at=None).exists()


def test_an_editor_s_sign_ups_are_never_held(newsletter: Newsletter, owner: User) -> None:
    flooded(newsletter)
    request_sign_up(
        newsletter, email="ada@example.com", source="admin", ip="", now=NOW, basis="Asked by phone.", by_id=owner.pk
    )

    work(NOW)

    assert OutgoingMail.objects.filter(recipient="ada@example.com").exists()


def test_it_closes_by_itself_and_then_mails_new_ones_at_once(newsletter: Newsletter) -> None:
    flooded(newsletter)
    come(newsletter, 10, now=NOW + 30 * MINUTE, prefix="more")
    work(NOW + 30 * MINUTE)
    work(NOW + HOUR + MINUTE)
    assert breaker.open_flood() is not None, "ten came within the last hour"

    later = NOW + 2 * HOUR
    come(newsletter, 1, now=later, prefix="honest")
    work(later)

    assert breaker.open_flood() is None
    assert OutgoingMail.objects.filter(recipient="honest0@example.com").exists()
    assert held() == 20, "those of the flood wait for a person"
    assert breaker.undecided().count() == 1


def test_let_through_they_are_all_mailed_and_for_a_day_none_is_held(newsletter: Newsletter, owner: User) -> None:
    flood = flooded(newsletter)

    assert breaker.let_through(flood, by=owner, now=NOW + MINUTE) == 10
    work(NOW + MINUTE)
    come(newsletter, 50, now=NOW + 2 * MINUTE, prefix="more")
    work(NOW + 2 * MINUTE)

    assert (mailed(), held()) == (ALLOWED + 10 + 50, 0)
    assert not breaker.undecided().exists()
    assert SignUpFlood.objects.get().decided_by == owner


def test_thrown_away_they_are_forgotten_and_what_goes_on_coming_is_held(newsletter: Newsletter, owner: User) -> None:
    flood = flooded(newsletter)

    assert breaker.throw_away(flood, by=owner, now=NOW + MINUTE) == 10
    come(newsletter, 5, now=NOW + 2 * MINUTE, prefix="more")
    work(NOW + 2 * MINUTE)

    flood.refresh_from_db()
    assert (mailed(), held(), flood.thrown_away, flood.closed_at) == (ALLOWED, 5, 10, None)


def test_what_nobody_decides_on_is_forgotten_after_seven_days_and_counted(newsletter: Newsletter) -> None:
    flood = flooded(newsletter)

    assert breaker.forget_held(NOW + timedelta(days=7) - MINUTE) == 0
    assert breaker.forget_held(NOW + timedelta(days=7)) == 10

    flood.refresh_from_db()
    assert (held(), flood.forgotten) == (0, 10)


def test_a_thousand_sign_ups_of_one_victim_are_no_flood(newsletter: Newsletter) -> None:
    """Nobody stops the others by signing up one address over and over."""
    for _ in range(1000):
        request_sign_up(newsletter, email="victim@example.com", source="/", ip="", now=NOW)
    come(newsletter, ALLOWED - 1)

    work(NOW)

    assert (mailed(), held()) == (ALLOWED, 0)
