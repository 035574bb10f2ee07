"""The delivery and campaign machines: what the tables promise."""

import itertools
from collections.abc import Mapping

import pytest

from newsletter.engine.machine import (
    CAMPAIGN_STEPS,
    DELIVERY_STEPS,
    CampaignEvent,
    CampaignState,
    DeliveryEvent,
    DeliveryState,
    IllegalStepError,
    step_campaign,
    step_delivery,
)


@pytest.mark.parametrize(
    ("state", "event"), sorted(set(itertools.product(DeliveryState, DeliveryEvent)) - set(DELIVERY_STEPS))
)
def test_every_delivery_step_outside_the_table_is_refused(state: DeliveryState, event: DeliveryEvent) -> None:
    with pytest.raises(IllegalStepError):
        step_delivery(state, event)


@pytest.mark.parametrize(
    ("state", "event"), sorted(set(itertools.product(CampaignState, CampaignEvent)) - set(CAMPAIGN_STEPS))
)
def test_every_campaign_step_outside_the_table_is_refused(state: CampaignState, event: CampaignEvent) -> None:
    with pytest.raises(IllegalStepError):
        step_campaign(state, event)


def test_a_lost_answer_is_never_taken_for_acceptance() -> None:
    assert step_delivery(DeliveryState.HANDED_OVER, DeliveryEvent.ANSWER_LOST) is DeliveryState.UNCERTAIN


def test_only_a_person_or_a_policy_moves_an_uncertain_delivery() -> None:
    events = {event for state, event in DELIVERY_STEPS if state is DeliveryState.UNCERTAIN}
    assert events == {DeliveryEvent.RESOLVED_AS_SENT, DeliveryEvent.RESOLVED_TO_RESEND}


def test_nothing_leaves_a_campaign_that_was_stopped_for_good() -> None:
    over = {CampaignState.CANCELLED, CampaignState.FAILED}
    assert not [state for state, _ in CAMPAIGN_STEPS if state in over]


def test_a_sent_campaign_moves_only_when_a_person_sends_uncertain_deliveries_again() -> None:
    events = {event for state, event in CAMPAIGN_STEPS if state is CampaignState.SENT}
    assert events == {CampaignEvent.REOPENED}


@pytest.mark.parametrize("steps", [CAMPAIGN_STEPS, DELIVERY_STEPS])
def test_an_event_leads_to_one_state_wherever_it_comes_from(steps: Mapping[tuple[str, str], str]) -> None:
    for event in {event for _, event in steps}:
        assert len({target for (_, seen), target in steps.items() if seen == event}) == 1


def test_after_a_restore_whatever_was_not_over_is_held() -> None:
    held = {state for state in CampaignState if (state, CampaignEvent.RESTORED) in CAMPAIGN_STEPS}
    over = {CampaignState.SENT, CampaignState.CANCELLED, CampaignState.FAILED}
    assert held == set(CampaignState) - over
    assert all(step_campaign(state, CampaignEvent.RESTORED) is CampaignState.HELD for state in held)
