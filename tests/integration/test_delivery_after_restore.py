"""After a restore nothing goes out by itself, and nothing that may have gone out goes out again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsletter.delivery import control, store
from newsletter.delivery.clock import Clock
from newsletter.delivery.held_after_restore import WorkerRunsError, hold_everything, refuse_beside_a_worker
from newsletter.delivery.store.after_restore import FENCES_SKIPPED, hold_restored
from newsletter.models import Chunk, ClockLease, Delivery, Newsletter, UncertainPolicy
from tests.factories import make_subscriptions
from tests.factories_delivery import NOON, make_campaign, make_sending_campaign, states

LATER = NOON + timedelta(days=1)


@pytest.fixture
def newsletter(newsletter: Newsletter) -> Newsletter:
    make_subscriptions(newsletter, 4)
    return newsletter


@pytest.mark.parametrize("state", ["scheduled", "preparing", "sending", "paused", "waiting", "held"])
def test_a_campaign_that_was_not_over_is_held_with_a_reason(newsletter: Newsletter, state: str) -> None:
    campaign = make_campaign(newsletter, state=state, retry_at=NOON if state == "waiting" else None)
    assert hold_everything(made_at=NOON, now=LATER) == 1
    campaign.refresh_from_db()
    assert (campaign.state, campaign.retry_at) == ("held", None)
    assert campaign.reason == (
        "This publication was restored from a backup of 2026-03-02 12:00 UTC. Mails may have gone out since. Compare "
        "with the mail server's log, then release or cancel."
    )


@pytest.mark.parametrize("state", ["sent", "cancelled", "failed"])
def test_a_campaign_that_was_over_stays_as_it_was(newsletter: Newsletter, state: str) -> None:
    campaign = make_campaign(newsletter, state=state)
    assert hold_everything(made_at=NOON, now=LATER) == 0
    campaign.refresh_from_db()
    assert campaign.state == state


def test_one_that_was_held_before_keeps_its_reason_after_the_new_one(newsletter: Newsletter) -> None:
    campaign = make_campaign(newsletter, state="held", reason="A story of it was deleted.")
    hold_restored("Restored.", now=LATER)
    campaign.refresh_from_db()
    assert campaign.reason == "Restored. A story of it was deleted."


@pytest.mark.parametrize("policy", UncertainPolicy)
def test_what_a_worker_had_claimed_is_uncertain_and_never_sent_again_by_a_policy(
    newsletter: Newsletter, policy: UncertainPolicy
) -> None:
    Newsletter.objects.update(uncertain_policy=policy)
    campaign = make_sending_campaign(newsletter)
    first = campaign.deliveries.order_by("pk")[0]
    Delivery.objects.filter(pk=first.pk).update(state="accepted", attempts=1)
    Chunk.objects.update(owner="worker of then", fence=7, lease_until=NOON)
    hold_restored("Restored.", now=LATER)
    assert states(campaign) == ["accepted", "uncertain", "uncertain", "uncertain"]
    chunk = campaign.chunks.get()
    assert (chunk.owner, chunk.lease_until, chunk.closed_at) == ("", None, LATER)
    assert chunk.fence == 7 + FENCES_SKIPPED
    assert set(campaign.deliveries.values_list("attempts", flat=True)) == {1}


def test_what_nobody_had_claimed_waits_for_a_person(newsletter: Newsletter) -> None:
    campaign = make_sending_campaign(newsletter)
    hold_restored("Restored.", now=LATER)
    assert states(campaign) == ["pending"] * 4
    Clock("worker").tick(now=LATER)
    campaign.refresh_from_db()
    assert (campaign.state, states(campaign)) == ("held", ["pending"] * 4)

    assert control.release(campaign.pk, now=LATER).state == "sending"
    assert campaign.chunks.get().closed_at is None


def test_one_whose_instant_is_still_to_come_waits_for_it_once_it_is_released(newsletter: Newsletter) -> None:
    campaign = make_campaign(newsletter, scheduled_at=LATER + timedelta(days=3))
    hold_restored("Restored.", now=LATER)
    assert control.release(campaign.pk, now=LATER).state == "scheduled"
    assert not campaign.deliveries.exists()


@pytest.mark.parametrize("state", ["scheduled", "preparing"])
def test_one_that_was_never_frozen_finds_its_readers_once_it_is_released(newsletter: Newsletter, state: str) -> None:
    campaign = make_campaign(newsletter, state=state)
    hold_restored("Restored.", now=LATER)
    released = control.release(campaign.pk, now=LATER)
    assert (released.state, released.recipients, released.started_at) == ("sending", 4, LATER)
    assert states(campaign) == ["pending"] * 4


def test_the_clock_of_then_keeps_no_worker_waiting(newsletter: Newsletter) -> None:
    assert store.take_clock("worker of then", now=LATER)
    with pytest.raises(WorkerRunsError, match="Stop every worker"):
        refuse_beside_a_worker(now=LATER)
    hold_restored("Restored.", now=LATER)
    refuse_beside_a_worker(now=LATER)
    assert ClockLease.objects.get().owner == ""
    assert Clock("worker of now").tick(now=LATER)


def test_a_worker_that_died_long_ago_is_in_nobodys_way(newsletter: Newsletter) -> None:
    assert store.take_clock("dead worker", now=NOON)
    refuse_beside_a_worker(now=NOON + timedelta(seconds=13))


def test_a_chunk_in_somebodys_hands_is_a_worker_too(newsletter: Newsletter) -> None:
    make_sending_campaign(newsletter).chunks.update(owner="a task on another machine", lease_until=NOON)
    with pytest.raises(WorkerRunsError):
        refuse_beside_a_worker(now=NOON)
    refuse_beside_a_worker(now=LATER)
