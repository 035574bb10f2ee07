"""The two machines under events in any order: hypothesis looks for a way around the tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

from newsletter.delivery.store.steps import CAMPAIGN_TARGETS, DELIVERY_TARGETS, _sources
from newsletter.engine.machine import (
    CAMPAIGN_STEPS,
    DELIVERY_STEPS,
    CampaignEvent,
    CampaignState,
    DeliveryEvent,
    DeliveryState,
    IllegalStepError,
    delivery_sources,
    sources,
    step_campaign,
    step_delivery,
)


class Deliveries(RuleBasedStateMachine):
    """Many deliveries at once; what each of them has seen is remembered and held against where it stands."""

    deliveries: Bundle[int] = Bundle("deliveries")

    def __init__(self) -> None:
        super().__init__()
        self.states: list[DeliveryState] = []
        self.seen: list[list[DeliveryEvent]] = []

    @initialize(target=deliveries, number=st.integers(1, 4))
    def freeze(self, number: int) -> MultipleResults[int]:
        self.states = [DeliveryState.PENDING] * number
        self.seen = [[] for _ in range(number)]
        return multiple(*range(number))

    @rule(number=deliveries, event=st.sampled_from(DeliveryEvent))
    def happen(self, number: int, event: DeliveryEvent) -> None:
        before = self.states[number]
        if (before, event) in DELIVERY_STEPS:
            self.states[number] = step_delivery(before, event)
            self.seen[number].append(event)
            return
        with pytest.raises(IllegalStepError, match=str(before)):
            self.states[number] = step_delivery(before, event)
        assert self.states[number] is before

    @invariant()
    def nobody_is_accepted_without_an_answer_or_a_persons_word(self) -> None:
        taken = {DeliveryState.ACCEPTED, DeliveryState.BOUNCED, DeliveryState.COMPLAINED}
        for state, seen in zip(self.states, self.seen, strict=True):
            if state in taken:
                assert {DeliveryEvent.ANSWERED_OK, DeliveryEvent.RESOLVED_AS_SENT} & set(seen)

    @invariant()
    def nobody_is_handed_over_again_after_a_lost_answer_unless_somebody_says_so(self) -> None:
        for seen in self.seen:
            for at, event in enumerate(seen):
                if event is DeliveryEvent.ANSWER_LOST:
                    after = seen[at + 1 :]
                    again = after.index(DeliveryEvent.HANDED_OVER) if DeliveryEvent.HANDED_OVER in after else None
                    assert again is None or DeliveryEvent.RESOLVED_TO_RESEND in after[:again]

    @invariant()
    def nobody_is_handed_over_after_an_acceptance(self) -> None:
        for seen in self.seen:
            if DeliveryEvent.ANSWERED_OK in seen:
                assert DeliveryEvent.HANDED_OVER not in seen[seen.index(DeliveryEvent.ANSWERED_OK) :]


class Campaigns(RuleBasedStateMachine):
    """Campaigns come and end; nothing brings one back that was stopped for good."""

    campaigns: Bundle[list[CampaignState]] = Bundle("campaigns")

    @rule(target=campaigns)
    def schedule(self) -> list[CampaignState]:
        return [CampaignState.SCHEDULED]

    @rule(history=campaigns, event=st.sampled_from(CampaignEvent))
    def happen(self, history: list[CampaignState], event: CampaignEvent) -> None:
        before = history[-1]
        if (before, event) in CAMPAIGN_STEPS:
            history.append(step_campaign(before, event))
            return
        with pytest.raises(IllegalStepError, match=str(before)):
            step_campaign(before, event)

    @rule(history=consumes(campaigns))
    def end(self, history: list[CampaignState]) -> None:
        over = {CampaignState.CANCELLED, CampaignState.FAILED}
        assert not over & set(history[:-1])
        if CampaignState.SENT in history:
            assert CampaignState.SENDING in history
        if CampaignState.FAILED in history:
            assert CampaignState.SENDING not in history, "a failed one has sent nothing"


TestDeliveries = Deliveries.TestCase
TestCampaigns = Campaigns.TestCase


State = TypeVar("State", DeliveryState, CampaignState)


def reachable(steps: Mapping[tuple[State, Any], State], first: State) -> set[State]:
    found, edge = {first}, [first]
    while edge:
        state = edge.pop()
        after = {target for (before, _), target in steps.items() if before == state} - found
        found |= after
        edge.extend(after)
    return found


def test_every_state_can_be_reached_and_the_tables_name_no_other() -> None:
    assert reachable(DELIVERY_STEPS, DeliveryState.PENDING) == set(DeliveryState)
    assert reachable(CAMPAIGN_STEPS, CampaignState.SCHEDULED) == set(CampaignState)


def test_every_event_can_happen_somewhere() -> None:
    assert {event for _, event in DELIVERY_STEPS} == set(DeliveryEvent)
    assert {event for _, event in CAMPAIGN_STEPS} == set(CampaignEvent)
    assert all(delivery_sources(event) for event in DeliveryEvent)
    assert all(sources(event) for event in CampaignEvent)


def test_from_every_state_of_a_delivery_that_is_not_over_there_is_a_way_to_its_end() -> None:
    unfinished = {DeliveryState.PENDING, DeliveryState.HANDED_OVER, DeliveryState.DEFERRED}
    for state in unfinished:
        assert reachable(DELIVERY_STEPS, state) - unfinished


@given(events=st.lists(st.sampled_from(DeliveryEvent), min_size=1, max_size=4))
def test_rows_moved_by_several_events_at_once_are_those_that_could_take_each_step(events: list[DeliveryEvent]) -> None:
    """What `move_deliveries` filters on and sets, against one step after the other."""
    for state in DeliveryState:
        stepped: DeliveryState | None = state
        for event in events:
            stepped = None if stepped is None else DELIVERY_STEPS.get((stepped, event))
        moved = DELIVERY_TARGETS[events[-1]] if state in _sources(tuple(events)) else None
        assert moved == stepped


@given(event=st.sampled_from(CampaignEvent), state=st.sampled_from(CampaignState))
def test_campaigns_moved_by_an_update_are_those_that_could_take_the_step(
    event: CampaignEvent, state: CampaignState
) -> None:
    moved = CAMPAIGN_TARGETS[event] if state in sources(event) else None
    assert moved == CAMPAIGN_STEPS.get((state, event))
