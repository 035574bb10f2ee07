"""Chunks of workers that died or slept: what their journals say is booked, and they can't write any more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from newsletter.backends.base import Result
from newsletter.delivery import store
from newsletter.delivery.journal import Mark
from newsletter.models import Newsletter, UncertainPolicy
from tests.factories import make_subscriptions
from tests.factories_delivery import NOON, make_sending_campaign, states
from tests.integration.claiming import claim, die, ids, settle


def test_an_expired_lease_leaves_what_the_journal_says(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 6)
    campaign = make_sending_campaign(newsletter)
    dead = claim(f"{store.host()}:1:dead")
    marks = [Mark.HANDED_OVER, Mark.ACCEPTED, Mark.REFUSED, Mark.DEFERRED, Mark.WITHDRAWN]
    die(dead, dict(zip(ids(dead), marks, strict=False)))
    assert store.reclaim_expired(now=NOON + timedelta(seconds=19)) == 0
    assert store.reclaim_expired(now=NOON + timedelta(seconds=21)) == 1
    assert states(campaign) == ["uncertain", "accepted", "refused", "deferred", "skipped", "pending"]
    assert claim("alive", at=21).claim.fence == dead.claim.fence + 2
    assert not dead.journal.path.exists()


def missing(journal: Path) -> None:
    journal.unlink()


def truncated(journal: Path) -> None:
    journal.write_bytes(journal.read_bytes()[:-1])


def of_another_claim(journal: Path) -> None:
    content = bytearray(journal.read_bytes())
    content[60] ^= 1
    journal.write_bytes(content)


def from_before_the_machine_started(journal: Path) -> None:
    content = bytearray(journal.read_bytes())
    content[20] ^= 1
    journal.write_bytes(content)


def empty(journal: Path) -> None:
    journal.write_bytes(b"")


@pytest.mark.parametrize(
    "spoil",
    [missing, truncated, of_another_claim, from_before_the_machine_started, empty],
    ids=lambda spoil: spoil.__name__,
)
def test_without_a_journal_to_believe_all_that_was_open_is_uncertain(
    newsletter: Newsletter, spoil: Callable[[Path], None]
) -> None:
    make_subscriptions(newsletter, 3)
    campaign = make_sending_campaign(newsletter)
    dead = claim(f"{store.host()}:1:dead")
    die(dead, {})
    spoil(dead.journal.path)
    assert store.reclaim_expired(now=NOON + timedelta(seconds=21)) == 1
    assert states(campaign) == ["uncertain"] * 3


def test_another_machine_gets_a_while_to_read_its_own_journals(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_sending_campaign(newsletter)
    dead = claim("elsewhere:1:dead")
    die(dead, {})
    dead.journal.path.unlink()
    assert store.reclaim_expired(now=NOON + timedelta(seconds=60)) == 0
    assert store.reclaim_expired(now=NOON + timedelta(seconds=60), here_only=True) == 0
    assert store.reclaim_expired(now=NOON + timedelta(seconds=81)) == 1
    assert states(campaign) == ["uncertain"] * 2


def test_a_worker_that_slept_past_its_lease_can_not_write(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 2)
    campaign = make_sending_campaign(newsletter)
    sleeper = claim("sleeper")
    key, other = ids(sleeper)
    sleeper.journal.mark(key, Mark.HANDED_OVER)
    store.reclaim_expired(now=NOON + timedelta(minutes=1))
    assert sleeper.journal.is_void
    acts: list[Callable[[], object]] = [
        lambda: settle(sleeper, key, Result.ACCEPTED),
        lambda: settle(sleeper, other, Result.REFUSED),
        lambda: store.give_back(sleeper.claim, store.Account(), now=NOON),
    ]
    for act in acts:
        with pytest.raises(store.FencedError):
            act()
    assert states(campaign) == ["uncertain", "pending"]


def test_a_stale_claim_of_the_same_worker_is_void_too(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 1)
    make_sending_campaign(newsletter)
    old = claim("worker")
    store.reclaim_expired(now=NOON + timedelta(minutes=2))
    claim("worker", at=120)
    with pytest.raises(store.FencedError):
        settle(old, ids(old)[0], Result.ACCEPTED)


def test_every_booking_renews_the_lease(newsletter: Newsletter) -> None:
    make_subscriptions(newsletter, 1)
    make_sending_campaign(newsletter)
    claimed = claim()
    store.book(claimed.claim, store.Account(), now=NOON + timedelta(seconds=15))
    assert store.reclaim_expired(now=NOON + timedelta(seconds=30)) == 0


@pytest.mark.parametrize(
    ("policy", "after"), [(UncertainPolicy.HOLD, "uncertain"), (UncertainPolicy.RESEND_ONCE, "pending")]
)
def test_the_newsletter_decides_about_lost_answers(newsletter: Newsletter, policy: str, after: str) -> None:
    Newsletter.objects.filter(pk=newsletter.pk).update(uncertain_policy=policy)
    make_subscriptions(newsletter, 1)
    campaign = make_sending_campaign(newsletter)
    dead = claim("dead")
    die(dead, {ids(dead)[0]: Mark.HANDED_OVER})
    store.reclaim_expired(now=NOON + timedelta(minutes=1))
    assert states(campaign) == [after]


def test_a_delivery_is_sent_again_by_policy_only_once(newsletter: Newsletter) -> None:
    Newsletter.objects.filter(pk=newsletter.pk).update(uncertain_policy=UncertainPolicy.RESEND_ONCE)
    make_subscriptions(newsletter, 1)
    campaign = make_sending_campaign(newsletter)
    claimed = claim()
    (key,) = ids(claimed)
    for expected in ("pending", "uncertain"):
        settle(claimed, key, Result.UNKNOWN, "lost")
        assert states(campaign) == [expected]
