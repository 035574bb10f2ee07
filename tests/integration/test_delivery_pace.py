"""Limits in practice: rows that workers share, and the pacer of one worker."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from newsletter.delivery.pacing import Pacer
from newsletter.delivery.slowed_domains import SlowedDomains
from newsletter.delivery.store.pace import forget_paces, give_back_today, reserve, reserve_today
from newsletter.engine.warm_up import cap
from newsletter.models import Campaign, Newsletter, Pace
from tests.factories_delivery import NOON, make_campaign
from tests.integration.test_audience_races import at_once

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db


class Sending:
    """A worker's loop without a server: a clock of its own, and messages without end."""

    def __init__(self, newsletter: Newsletter, campaign: Campaign, **options: SlowedDomains) -> None:
        self.pacer = Pacer(newsletter, campaign, NOON, **options)
        self.at = 0.0
        self.sent: dict[str, list[float]] = {}

    @property
    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.at)

    def run(self, seconds: float, domains: list[str], *, step: float = 0.01) -> None:
        end, next_refill = self.at + seconds, self.at
        while self.at < end:
            if self.at >= next_refill or self.pacer.wants_refill(self.at):
                self.pacer.refill(self.now, self.at)
                next_refill = self.at + 0.25
            may_any = not self.pacer.holds_all(self.at)
            for domain in domains:
                for _ in range(100):
                    if not self.pacer.may_go(domain, self.at):
                        break
                    assert may_any
                    self.sent.setdefault(domain, []).append(self.at)
            self.at += step

    def count(self, *domains: str) -> int:
        return sum(len(self.sent.get(domain, [])) for domain in domains or self.sent)


@pytest.fixture
def campaign(newsletter: Newsletter) -> Campaign:
    return make_campaign(newsletter)


def change(instance: Campaign | Newsletter, **fields: object) -> None:
    """As the admin does, beside what is being sent."""
    type(instance).objects.filter(pk=instance.pk).update(**fields)


def fresh(newsletter: Newsletter, **fields: object) -> Newsletter:
    change(newsletter, **fields)
    newsletter.refresh_from_db()
    return newsletter


def most_in_a_second(instants: list[float]) -> int:
    return max(sum(at <= other < at + 1 - 1e-9 for other in instants) for at in instants)


def test_without_limits_nothing_is_asked_and_nothing_waits(
    newsletter: Newsletter, campaign: Campaign, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        pacer = Pacer(newsletter, campaign, NOON)
        for n in range(100):
            pacer.refill(NOON, n / 101)
            assert pacer.is_free
            assert pacer.may_go("example.com", n / 101)
        assert pacer.next_in(1.0) is None
        assert not pacer.wants_refill(1.0)
        pacer.close(NOON)
    assert not Pace.objects.exists()


def test_asking_for_a_message_costs_no_query(
    newsletter: Newsletter, campaign: Campaign, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    pacer = Pacer(fresh(newsletter, messages_per_hour=360_000), campaign, NOON)
    assert not pacer.may_go("example.com", 0.0)
    pacer.refill(NOON, 0.0)
    with django_assert_num_queries(0):
        assert sum(pacer.may_go("example.com", 0.1) for _ in range(50)) in (5, 6)
        assert pacer.next_in(0.1) == pytest.approx(0.0105 - 0.1 % 0.0105, abs=0.001)


def test_the_newsletters_limit_holds_and_is_used(newsletter: Newsletter, campaign: Campaign) -> None:
    sending = Sending(fresh(newsletter, messages_per_hour=180_000), campaign)
    sending.run(10, ["example.com"])
    assert 465 <= sending.count() <= 500
    assert most_in_a_second(sending.sent["example.com"]) <= 50


def test_two_workers_keep_one_limit(newsletter: Newsletter, campaign: Campaign) -> None:
    newsletter = fresh(newsletter, messages_per_hour=180_000)
    workers = [Sending(newsletter, campaign) for _ in range(3)]
    for _ in range(400):
        for worker in workers:
            worker.run(0.0249, ["example.com"], step=0.0125)
    sent = sorted(at for worker in workers for at in worker.sent["example.com"])
    assert 420 <= len(sent) <= 500
    assert most_in_a_second(sent) <= 50
    assert min(worker.count() for worker in workers) > 20


def test_a_domain_with_a_limit_waits_and_the_others_go_on(newsletter: Newsletter, campaign: Campaign) -> None:
    limits = "gmail.com 36000\nhotmail.com outlook.com 18000"
    sending = Sending(fresh(newsletter, messages_per_hour=360_000, domain_limits=limits), campaign)
    sending.run(10, ["gmail.com", "outlook.com", "hotmail.com", "example.com"])
    assert 85 <= sending.count("gmail.com") <= 100
    assert 40 <= sending.count("outlook.com", "hotmail.com") <= 50
    assert 930 <= sending.count() <= 1000


def test_two_slow_limits_do_not_miss_each_other(newsletter: Newsletter, campaign: Campaign) -> None:
    limits = "gmail.com 3600\noutlook.com 3600"
    sending = Sending(fresh(newsletter, messages_per_hour=7200, domain_limits=limits), campaign)
    sending.run(60, ["gmail.com", "outlook.com"])
    assert sending.count("gmail.com") > 45
    assert sending.count("outlook.com") > 45
    assert most_in_a_second(sending.sent["gmail.com"]) == 1


def test_the_campaigns_own_speed_wins(newsletter: Newsletter, campaign: Campaign) -> None:
    change(campaign, messages_per_hour=36_000)
    campaign.refresh_from_db()
    sending = Sending(fresh(newsletter, messages_per_hour=3600), campaign)
    sending.run(5, ["example.com"])
    assert 40 <= sending.count() <= 50


@pytest.mark.parametrize(("before", "then"), [(None, 36_000), (3600, 36_000), (360_000, 36_000), (100, 36_000)])
def test_a_change_of_speed_holds_within_a_second(
    newsletter: Newsletter, campaign: Campaign, before: int | None, then: int
) -> None:
    sending = Sending(fresh(newsletter, messages_per_hour=before), campaign)
    sending.run(3, ["example.com"])
    change(campaign, messages_per_hour=then)
    sending.run(1, ["example.com"])
    sending.sent.clear()
    sending.run(5, ["example.com"])
    assert 40 <= sending.count() <= 50
    change(campaign, messages_per_hour=None)
    change(newsletter, messages_per_hour=None)
    sending.run(1, ["example.com"])
    assert sending.pacer.is_free


def test_limits_that_cannot_be_read_do_not_stop_a_campaign(newsletter: Newsletter, campaign: Campaign) -> None:
    pacer = Pacer(fresh(newsletter, domain_limits="nonsense\ngmail.com 3600"), campaign, NOON)
    pacer.refill(NOON, 0.0)
    assert [pacer.may_go("gmail.com", 0.0) for _ in range(2)] == [True, False]
    assert pacer.may_go("example.com", 0.0)


def test_a_domain_that_throttles_is_slowed_alone(newsletter: Newsletter, campaign: Campaign) -> None:
    slowed = SlowedDomains()
    sending = Sending(newsletter, campaign, slowed=slowed)
    assert sending.pacer.is_free
    sending.pacer.slow_down("gmail.com", 0.0, observed=20.0)
    assert not sending.pacer.is_free
    sending.run(10, ["gmail.com", "example.com"])
    assert 90 <= sending.count("gmail.com") <= 101
    assert sending.count("example.com") > 10_000
    assert not Pacer(newsletter, campaign, NOON, slowed=slowed).is_free
    sending.at = 3000.0
    sending.run(0.1, ["gmail.com"])
    assert sending.pacer.is_free


def test_the_warm_up_ends_the_day_and_goes_on_tomorrow(newsletter: Newsletter, campaign: Campaign) -> None:
    newsletter = fresh(newsletter, warms_up_from=date(2026, 3, 1), time_zone="America/New_York")
    sending = Sending(newsletter, campaign)
    sending.run(3, ["example.com"])
    assert sending.count() == cap(2)
    rest = sending.pacer.resting
    assert rest is not None
    assert rest == (
        f"The warm-up allows {cap(2)} mails today, and they have gone out. It goes on tomorrow by itself.",
        datetime(2026, 3, 3, 5, tzinfo=UTC),
    )
    sending.at = (rest[1] - NOON).total_seconds()
    sending.run(1, ["example.com"])
    assert sending.count() > (cap(2) or 0)


def test_what_is_left_of_a_day_is_given_back(newsletter: Newsletter, campaign: Campaign) -> None:
    newsletter = fresh(newsletter, warms_up_from=NOON.date())
    pacer = Pacer(newsletter, campaign, NOON)
    pacer.refill(NOON, 0.0)
    assert sum(pacer.may_go("example.com", 0.0) for _ in range(5)) == 5
    pacer.close(NOON)
    assert Pace.objects.get(name=f"day:{newsletter.pk}").reserved == 5
    assert not pacer.may_go("example.com", 0.0)


def test_a_warm_up_that_is_over_or_lies_ahead_limits_nothing(newsletter: Newsletter, campaign: Campaign) -> None:
    for begins in (date(2025, 1, 1), date(2026, 3, 3)):
        pacer = Pacer(fresh(newsletter, warms_up_from=begins), campaign, NOON)
        pacer.refill(NOON, 0.0)
        assert pacer.is_free


def test_lifting_the_warm_up_ends_the_rest(newsletter: Newsletter, campaign: Campaign) -> None:
    sending = Sending(fresh(newsletter, warms_up_from=NOON.date()), campaign)
    sending.run(2, ["example.com"])
    assert sending.pacer.resting
    change(newsletter, warms_up_from=None)
    sending.run(1, ["example.com"])
    assert not sending.pacer.resting
    assert sending.pacer.is_free


def test_a_day_is_shared_to_the_last_message(newsletter: Newsletter) -> None:
    newsletter = fresh(newsletter, warms_up_from=NOON.date(), time_zone="Nowhere")
    most = cap(1)
    assert most is not None
    shares = [reserve_today(newsletter, 90, NOON) for _ in range(4)]
    assert [share and share.granted for share in shares] == [90, 90, most - 180, 0]
    give_back_today(newsletter, 30, NOON)
    give_back_today(newsletter, 0, NOON)
    again = reserve_today(newsletter, 90, NOON)
    assert again == (30, most, datetime(2026, 3, 3, tzinfo=UTC))


def test_rows_of_limits_that_nobody_uses_are_forgotten(newsletter: Newsletter) -> None:
    reserve("newsletter:1", 1, 3600, NOON)
    reserve("newsletter:2", 1, 3600, NOON + timedelta(days=4))
    assert forget_paces(NOON + timedelta(days=4)) == 1
    assert Pace.objects.get().name == "newsletter:2"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_workers_that_reserve_at_once_never_get_the_same_permit(newsletter: Newsletter) -> None:
    instants: list[float] = []
    granted: list[int] = []
    newsletter = fresh(newsletter, warms_up_from=NOON.date())
    began = time.monotonic()

    def work() -> None:
        for _ in range(60):
            now = NOON + timedelta(seconds=time.monotonic() - began)
            found = reserve("newsletter:1", 3, 360_000, now)
            start = (found.start - NOON).total_seconds()
            instants.extend(start + k * found.interval for k in range(found.granted))
            share = reserve_today(newsletter, 1, NOON)
            granted.append(share.granted if share else 0)

    at_once(work, 6)
    instants.sort()
    gaps = [second - first for first, second in itertools.pairwise(instants)]
    assert len(instants) > 100
    assert min(gaps) > 0.0104
    assert sum(granted) == cap(1)
    assert connection.vendor == "postgresql"
